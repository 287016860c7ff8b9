import { chunks } from '../../chunks';
import type { HeldNamespace } from '../../contract/held';
import type { FolderPage } from '../../dropbox';
import type { StandaloneGraph } from '../../graph/driver/graph';
import { countSubtree, folderKeys, readEntries, walkSubtree, walkMissing } from '../../graph/entries/entries';
import { isBelowAny, itemsAfter, pathChangeOf, replacesFolder, type PathChange } from '../../sync/folderEntries';
import { entryKey } from '../../sync/keys';
import type { AllowedDeletions, EntryDocument, NamespaceDocument } from '../../sync/syncDocuments';
import { askGuard, type AllowedRange, type Asker } from './askGuard';
import { PendingDeletions } from './pendingDeletions';

const KEYS_PER_QUERY = 1000;

/**
 * Most pages that are read ahead, some 200,000 entries. If more follow, the total of the deletions is unknown: they
 * pass only up to the number of items that always passes, and later pages are checked when the listing reaches them.
 */
const LOOK_AHEAD_PAGES = 100;

export interface GuardSource {
  /** The pages after this one, to the end of what is known now. */
  pagesAfter(page: FolderPage): AsyncIterable<FolderPage>;
}

/** Asks the deletion guard whether a listing may delete what it is about to delete. */
export class ListingGuard {
  /** What the guard has let pass last, in this attempt or in an earlier one, on pages that are not committed yet. */
  private allowed: AllowedDeletions | null;
  /** Deleted paths on the page that was checked last, and the records at and below them. */
  private checked = { paths: 0, records: 0 };
  private readAhead = false;

  constructor(
    private readonly asker: Asker,
    private readonly namespace: Pick<NamespaceDocument, 'connectorId' | 'namespaceId' | 'mark' | 'allowed'>,
    /** Number of deletions that always pass. */
    private readonly items: number,
    private readonly source: GuardSource,
    /** Called after each page that is read or counted. */
    private readonly onProgress: () => void,
  ) {
    this.allowed = namespace.allowed;
  }

  /** Whether pages were read ahead since this was asked last. */
  hasReadAhead(): boolean {
    const { readAhead } = this;
    this.readAhead = false;
    return readAhead;
  }

  /**
   * The deletions of a page, and of all pages after it, when they are held. A folder that moved arrives as a deletion
   * first, so the pages to come are read before the answer: only items that are nowhere afterwards count. What passes
   * is stored with the cursor up to which it holds, so each page is read ahead once. Dropbox may return other pages to
   * a later attempt: these pass only if they remove no more paths and records.
   */
  async checkPage(page: FolderPage): Promise<HeldNamespace | null> {
    const removed = await this.removedPaths(page);
    this.checked = { paths: removed.length, records: 0 };
    if (removed.length === 0) return null;
    const paths = new Set(removed);
    const changes = this.changesOf(page);
    const { pending: onPage, records } = await this.pendingDeletions(paths, itemsAfter(changes));
    this.checked.records = records;
    const { paths: allowedPaths = 0, records: allowedRecords = 0 } = this.allowed ?? {};
    if (removed.length <= allowedPaths && records <= allowedRecords) return null;
    const range = { until: page.cursor, paths: removed.length, records };
    // In a listing from the start, the sweep counts what the pages to come will not show.
    const passesAlone = this.namespace.mark !== null && this.passedBefore + onPage.count <= this.items;
    if (!page.hasMore || passesAlone) return onPage.count === 0 ? null : this.ask(onPage, range);
    this.readAhead = true;
    let pages = 0;
    let isUnfinished = false;
    for await (const later of this.source.pagesAfter(page)) {
      const more = await this.removedPaths(later);
      for (const path of more) paths.add(path);
      changes.push(...this.changesOf(later));
      range.paths += more.length;
      range.until = later.cursor;
      this.onProgress();
      pages += 1;
      isUnfinished = pages === LOOK_AHEAD_PAGES && later.hasMore;
      if (isUnfinished) break;
    }
    const { pending, records: all } = await this.pendingDeletions(paths, itemsAfter(changes));
    range.records = all;
    return this.ask(pending, range, isUnfinished && this.passedBefore + pending.count > this.items);
  }

  /**
   * What is allowed after the page that was checked last is committed; undefined if that page changes nothing of it.
   */
  committed(page: FolderPage): AllowedDeletions | undefined {
    const { allowed, checked } = this;
    if (allowed === null || allowed.paths === 0) return undefined;
    const left = (before: number, removed: number): number =>
      page.cursor === allowed.until ? 0 : Math.max(0, before - removed);
    const paths = left(allowed.paths, checked.paths);
    if (paths === allowed.paths) return undefined;
    return (this.allowed = { ...allowed, paths, records: left(allowed.records ?? 0, checked.records) });
  }

  /** The entries that a complete listing has not seen, and that Dropbox does not know any more, when they are held. */
  async checkSweep(generation: string): Promise<HeldNamespace | null> {
    const until = `sweep ${generation}`;
    // After the last page, what has not been seen can only become less.
    if (this.allowed?.until === until) return null;
    const pending = new PendingDeletions(this.graph);
    for await (const missing of walkMissing(this.graph, this.namespace, generation)) {
      await pending.add(missing);
      this.onProgress();
    }
    return pending.count === 0 ? null : this.ask(pending, { until, paths: 0 });
  }

  private get graph(): StandaloneGraph {
    return this.asker.open.graph;
  }

  private get passedBefore(): number {
    return this.allowed?.runId === this.asker.open.runId ? this.allowed.deletes : 0;
  }

  private async ask(
    { count, samples }: PendingDeletions,
    range: AllowedRange,
    isUnfinished = false,
  ): Promise<HeldNamespace | null> {
    const total = await countSubtree(this.graph, this.namespace);
    const answer = await askGuard(this.asker, { field: 'held', count, total, samples, isUnfinished }, range);
    if (answer.allowed) this.allowed = answer.allowed;
    return answer.held;
  }

  private changesOf({ entries }: FolderPage): PathChange[] {
    return entries.map((entry) => pathChangeOf(entry, this.namespace.namespaceId));
  }

  /** Paths that a page removes, each with its subtree: deleted ones, and folders that another item replaces. */
  private async removedPaths(page: FolderPage): Promise<string[]> {
    const { connectorId, namespaceId } = this.namespace;
    const deleted: string[] = [];
    const replaced = new Map<string, string>();
    for (const entry of page.entries) {
      const path = entry.path_lower;
      if (entry['.tag'] === 'deleted') deleted.push(path);
      else if (replacesFolder(entry, namespaceId)) replaced.set(entryKey(connectorId, namespaceId, path), path);
    }
    if (replaced.size === 0) return deleted;
    const folders = await folderKeys(this.graph, [...replaced.keys()]);
    return [...deleted, ...folders.flatMap((key) => replaced.get(key) ?? [])];
  }

  /** The records at and below these paths: those of items that are not `present`, and the number of all. */
  private async pendingDeletions(
    paths: ReadonlySet<string>,
    present: ReadonlySet<string>,
  ): Promise<{ pending: PendingDeletions; records: number }> {
    const { connectorId, namespaceId } = this.namespace;
    const pending = new PendingDeletions(this.graph);
    let records = 0;
    const add = async (entries: readonly EntryDocument[]): Promise<void> => {
      records += entries.filter(({ recordKey }) => recordKey !== null).length;
      await pending.add(entries.filter(({ itemId }) => !present.has(itemId)));
    };
    const roots = new Map<string, EntryDocument>();
    const pathKeys = [...paths].map((path) => entryKey(connectorId, namespaceId, path));
    for (const keys of chunks(pathKeys, KEYS_PER_QUERY))
      for (const root of await readEntries(this.graph, keys)) roots.set(root.path, root);
    for (const path of paths) {
      const root = roots.get(path);
      if (root) await add([root]);
      // A folder may be missing while what it contains is stored: "create missing parents".
      if (root?.kind === 'file' || isBelowAny(path, paths)) continue;
      for await (const below of walkSubtree(this.graph, { connectorId, namespaceId, path })) {
        await add(below);
        this.onProgress();
      }
    }
    return { pending, records };
  }
}
