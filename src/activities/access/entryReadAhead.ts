import type { StandaloneGraph } from '../../graph/driver/graph';
import { readEntriesOfItems } from '../../graph/entries/entries';
import type { EntryDocument } from '../../sync/syncDocuments';

/** Items that one request looks up. An entry that is shared with very many has tens of KB. */
const MOST_ITEMS = 1000;

/**
 * Looks up the stored entries of items, with as few requests as possible: a request for one list of items also reads
 * those of the lists that come next, which were announced. Call `forget` before you write such entries.
 */
export class EntryReadAhead {
  private readonly announced = new Set<string>();
  private readonly read = new Map<string, EntryDocument[]>();

  constructor(
    private readonly graph: StandaloneGraph,
    private readonly connectorId: string,
  ) {}

  /** Says which items will be asked for soon. Sends no request. */
  announce(itemIds: Iterable<string>): void {
    for (const id of itemIds) this.announced.add(id);
  }

  /** The entries of these items. Sends a request unless all of them were read ahead. */
  async entriesOf(itemIds: readonly string[]): Promise<EntryDocument[]> {
    if (itemIds.some((id) => !this.read.has(id))) await this.lookUp(itemIds);
    return itemIds.flatMap((id) => this.read.get(id) ?? []);
  }

  /** Forgets what was read, since entries change. */
  forget(): void {
    this.read.clear();
  }

  private async lookUp(itemIds: readonly string[]): Promise<void> {
    const ids = [...new Set([...itemIds, ...this.announced])].slice(0, Math.max(MOST_ITEMS, itemIds.length));
    this.announced.clear();
    this.read.clear();
    for (const id of ids) this.read.set(id, []);
    for (const entry of await readEntriesOfItems(this.graph, this.connectorId, ids))
      this.read.get(entry.itemId)?.push(entry);
  }
}
