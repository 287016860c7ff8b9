import type { StandaloneGraph } from '../../graph/driver/graph';
import { readEntriesOfItems } from '../../graph/entries/entries';
import type { EntryDocument } from '../../sync/documents';

/** Items that one request looks up. An entry that is shared with very many has tens of KB. */
const MOST_ITEMS = 1000;

/**
 * The stored entries of items, where lists of items wait for their turn: what is expected is read with the first list
 * that needs a request. Before entries of theirs are written, they are forgotten.
 */
export class EntriesAhead {
  private readonly expected = new Set<string>();
  private readonly read = new Map<string, EntryDocument[]>();

  constructor(
    private readonly graph: StandaloneGraph,
    private readonly connectorId: string,
  ) {}

  /** These items will be asked for soon. */
  expect(itemIds: Iterable<string>): void {
    for (const id of itemIds) this.expected.add(id);
  }

  /** The entries of these items. */
  async of(itemIds: readonly string[]): Promise<EntryDocument[]> {
    if (itemIds.some((id) => !this.read.has(id))) await this.lookUp(itemIds);
    return itemIds.flatMap((id) => this.read.get(id) ?? []);
  }

  /** Entries have changed: they are read again. */
  forget(): void {
    this.read.clear();
  }

  private async lookUp(itemIds: readonly string[]): Promise<void> {
    const ids = [...new Set([...itemIds, ...this.expected])].slice(0, Math.max(MOST_ITEMS, itemIds.length));
    this.expected.clear();
    this.read.clear();
    for (const id of ids) this.read.set(id, []);
    for (const entry of await readEntriesOfItems(this.graph, this.connectorId, ids))
      this.read.get(entry.itemId)?.push(entry);
  }
}
