import { chunks } from '../../chunks';
import type { HeldNamespace } from '../../contract/sync';
import type { FolderPage } from '../../dropbox';
import type { StandaloneGraph } from '../../graph/driver/graph';
import { countSubtree, folderPaths, otherPointers, readEntries, walkSubtree } from '../../graph/entries/entries';
import type { EntryDocument } from '../../sync/documents';
import { replacesFolder } from '../../sync/folderEntries';
import { entryKey } from '../../sync/keys';

/** Paths that are shown to the operator who has to approve. */
const SAMPLES = 5;
const KEYS_PER_QUERY = 1000;

/** Deletions that an operator has to approve, with some of their paths, which must not enter a workflow history. */
export type HeldDeletions = HeldNamespace & { samples: string[] };

export interface GuardedNamespace {
  connectorId: string;
  namespaceId: string;
  /** Deletions are held when there are more than `items` of them, and more than this share of the namespace's records. */
  limits: { share: number; items: number };
}

export interface GuardSource {
  /** The pages after this one, to the end of what is known now. */
  pagesAfter(page: FolderPage): AsyncIterable<FolderPage>;
  exists(path: string): Promise<boolean>;
}

/** Decides whether a listing may delete what it is about to delete, or has to wait for an operator's approval. */
export class DeletionGuard {
  /** Pages from the current one on that a check has included already. */
  private pagesIncluded = 0;

  constructor(
    private readonly graph: StandaloneGraph,
    private readonly namespace: GuardedNamespace,
    private readonly source: GuardSource,
    /** Called after each page that is read or counted. */
    private readonly onProgress: () => void,
  ) {}

  /**
   * The deletions of a page, and of all pages after it, when they are over the limit. A folder that moved arrives as a
   * deletion first, so the pages to come are read before the answer: only items that are nowhere afterwards count.
   */
  async checkPage(page: FolderPage): Promise<HeldDeletions | null> {
    if (this.pagesIncluded > 0) {
      this.pagesIncluded -= 1;
      return null;
    }
    const removed = await this.removedPaths(page);
    if (removed.length === 0) return null;
    const { items } = this.namespace.limits;
    if (!page.hasMore && (await this.countStored(removed, items + 1)) <= items) return null;
    const paths = new Set(removed);
    const present = presentItems(page);
    for await (const later of this.source.pagesAfter(page)) {
      for (const path of await this.removedPaths(later)) paths.add(path);
      for (const id of presentItems(later)) present.add(id);
      this.pagesIncluded += 1;
      this.onProgress();
    }
    return this.overLimit(await this.pendingDeletions(paths, present));
  }

  /**
   * The entries that a complete listing has not seen, when they are over the limit. A listing that saw nothing at all is
   * believed only when what is stored can't be found by its path either.
   */
  async checkSweep(generation: string): Promise<HeldDeletions | null> {
    const { connectorId, namespaceId } = this.namespace;
    const pending = new PendingDeletions(this.graph);
    let sawSomething = false;
    for await (const page of walkSubtree(this.graph, connectorId, namespaceId, '')) {
      sawSomething ||= page.some(({ mark }) => mark === generation);
      await pending.add(page.filter(({ mark }) => mark !== generation));
      this.onProgress();
    }
    if (!sawSomething && (await this.anyExists(pending.samples))) return this.held(pending, await this.countAll());
    return this.overLimit(pending);
  }

  /** Paths that a page removes, each with its subtree: deleted ones, and folders that another item replaces. */
  private async removedPaths(page: FolderPage): Promise<string[]> {
    const { connectorId, namespaceId } = this.namespace;
    const deleted: string[] = [];
    const replaced: string[] = [];
    for (const entry of page.entries) {
      const path = entry.path_lower;
      if (entry['.tag'] === 'deleted') deleted.push(path);
      else if (replacesFolder(entry, namespaceId)) replaced.push(entryKey(connectorId, namespaceId, path));
    }
    return replaced.length === 0 ? deleted : [...deleted, ...(await folderPaths(this.graph, replaced))];
  }

  /** How many entries are stored at and below these paths; stops counting at `enough`. */
  private async countStored(paths: readonly string[], enough: number): Promise<number> {
    const { connectorId, namespaceId } = this.namespace;
    const roots = await readEntries(this.graph, this.keysOf(paths));
    let count = roots.length;
    for (const { path, kind } of roots) {
      if (count >= enough) break;
      if (kind !== 'file') count += await countSubtree(this.graph, connectorId, namespaceId, path);
    }
    return count;
  }

  private async pendingDeletions(paths: ReadonlySet<string>, present: ReadonlySet<string>): Promise<PendingDeletions> {
    const { connectorId, namespaceId } = this.namespace;
    const pending = new PendingDeletions(this.graph);
    const roots: EntryDocument[] = [];
    for (const keys of chunks(this.keysOf([...paths]), KEYS_PER_QUERY)) {
      roots.push(...(await readEntries(this.graph, keys)));
    }
    for (const root of roots) {
      if (!present.has(root.itemId)) await pending.add([root]);
      if (root.kind === 'file' || isBelowAny(root.path, paths)) continue;
      for await (const below of walkSubtree(this.graph, connectorId, namespaceId, root.path)) {
        await pending.add(below.filter(({ itemId }) => !present.has(itemId)));
        this.onProgress();
      }
    }
    return pending;
  }

  private async overLimit(pending: PendingDeletions): Promise<HeldDeletions | null> {
    const { share, items } = this.namespace.limits;
    if (pending.count <= items) return null;
    const total = await this.countAll();
    return pending.count <= share * total ? null : this.held(pending, total);
  }

  private held({ count, samples }: PendingDeletions, total: number): HeldDeletions {
    return { namespaceId: this.namespace.namespaceId, deletes: count, revokes: 0, total, samples };
  }

  private countAll(): Promise<number> {
    return countSubtree(this.graph, this.namespace.connectorId, this.namespace.namespaceId, '');
  }

  private async anyExists(paths: readonly string[]): Promise<boolean> {
    for (const path of paths) if (await this.source.exists(path)) return true;
    return false;
  }

  private keysOf(paths: readonly string[]): string[] {
    const { connectorId, namespaceId } = this.namespace;
    return paths.map((path) => entryKey(connectorId, namespaceId, path));
  }
}

/** Entries whose record no other entry points to: records that would really be deleted. */
class PendingDeletions {
  count = 0;
  readonly samples: string[] = [];

  constructor(private readonly graph: StandaloneGraph) {}

  async add(entries: readonly Pick<EntryDocument, '_key' | 'recordKey' | 'path'>[]): Promise<void> {
    const withRecord = entries.filter(({ recordKey }) => recordKey !== null);
    if (withRecord.length === 0) return;
    const elsewhere = await otherPointers(this.graph, withRecord);
    for (const { _key, path } of withRecord) {
      if (elsewhere.has(_key)) continue;
      this.count += 1;
      if (this.samples.length < SAMPLES) this.samples.push(path);
    }
  }
}

const presentItems = ({ entries }: FolderPage): Set<string> =>
  new Set(entries.flatMap((entry) => (entry['.tag'] === 'deleted' ? [] : [entry.id])));

function isBelowAny(path: string, paths: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    if (paths.has(path.slice(0, at))) return true;
  }
  return false;
}
