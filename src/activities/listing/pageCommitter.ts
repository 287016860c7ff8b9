import { createHash } from 'node:crypto';
import { chunks } from '../../chunks';
import type { FolderPage } from '../../dropbox';
import { failure } from '../../failures';
import { inTransaction } from '../../graph/driver/graph';
import { advanceListing } from '../../graph/entries/advanceListing';
import type { PageEnd } from '../../graph/entries/batch';
import { commitConcurrently, commitEnd, commitSegment } from '../../graph/entries/commit';
import {
  addCounts,
  assertStillOwner,
  keyOf,
  noCommitCounts,
  type CommitContext,
} from '../../graph/entries/commitContext';
import { readEntries, readEntriesOfItems, walkMissing } from '../../graph/entries/entries';
import { noFileMembers, type FileMembers } from '../../graph/entries/fileMembers';
import { removeEntries } from '../../graph/entries/removal';
import { newDeadLetter, removeDeadLetters } from '../../graph/state/deadLetters';
import { syncPointDocument } from '../../graph/state/syncPoints';
import { deletionsCommitted } from '../../sync/approvalState';
import { folderCursorName } from '../../sync/keys';
import { listingFinished } from '../../sync/listingState';
import { namespaceUpdate } from '../../sync/namespaceState';
import { segmentsOf, segmentsOfListing, type PageSegments, type Segment } from '../../sync/segments';
import type { AllowedDeletions, DeadLetterDocument, NamespaceDocument } from '../../sync/syncDocuments';
import type { TeamIndex } from '../../sync/team';
import { noneUngranted, type UngrantedPart } from '../access/ungranted';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { fileMembersOf } from './listingContext';
import type { PageMembers } from './pageMembers';

/** Batches of a page that are committed concurrently: the database works on one while the next one is planned. */
const CONCURRENT_BATCHES = 3;

/**
 * How many segments of a page, named by its fingerprint, are committed. A later attempt skips them if Dropbox returns
 * the same page again.
 */
export interface PageProgress {
  page: string;
  segments: number;
}

interface Options {
  /** What the cursors are bound to. */
  cursorOwner: string;
  /** The stored cursor; null: none. */
  cursor: string | null;
  team: () => Promise<TeamIndex>;
  /** How far an earlier attempt came. */
  earlier: PageProgress | undefined;
  /** Whether the listing may leave out what is stored. Then it ends with `finish`, otherwise with its last page. */
  mayLeaveOut: boolean;
  hasDeadLetters: boolean;
}

/** Commits the pages of one namespace's listing: each in batches, the cursor with the last one. */
export class PageCommitter {
  readonly counts = { ...noCommitCounts(), ...noneUngranted() };
  private earlier: PageProgress | undefined;
  private cursor: string | null;

  constructor(
    private readonly open: OpenConnector,
    private readonly namespace: NamespaceDocument,
    private readonly context: CommitContext,
    private readonly options: Options,
  ) {
    this.earlier = options.earlier;
    this.cursor = options.cursor;
  }

  /** `allowed`: what the deletion guard allows after this page, if the page changes that. */
  async commit(page: FolderPage, read: PageMembers, allowed?: AllowedDeletions): Promise<void> {
    const { principals } = read;
    const deadLetters = [...read.deadLetters, ...(await this.refusedEntries(page))];
    for (const reason of Object.keys(read.ungranted) as (keyof UngrantedPart)[]) {
      this.counts[reason] += read.ungranted[reason];
    }
    const fileMembers =
      principals.size === 0 ? noFileMembers : fileMembersOf(principals, await this.options.team(), read.levelsUnknown);
    this.counts.deadLetters += deadLetters.length;
    await this.commitSegments(page, fileMembers, { ...this.endOf(page, allowed), deadLetters });
    this.cursor = page.cursor;
    if (!this.options.hasDeadLetters) return;
    const { connectorId, namespaceId } = this.namespace;
    // A list that could be read only in part is still a dead letter.
    const unread = new Set(read.deadLetters.map(({ subject }) => subject));
    const subjects = [...principals.keys()]
      .filter((subject) => !unread.has(subject))
      .map((subject) => ({ kind: 'fileMembers' as const, namespaceId, subject }));
    await removeDeadLetters(this.open.graph, connectorId, subjects);
  }

  /**
   * Each entry that can't be used becomes a dead letter. What is stored of it stays: a listing from the start counts it
   * as seen. If an entry has neither an id nor a path, it is unknown what has to stay. Then a listing that continues at
   * a cursor begins again from the start, where Dropbox may describe the entry better, and a listing from the start
   * fails.
   */
  private async refusedEntries({ refused = [] }: FolderPage): Promise<DeadLetterDocument[]> {
    const { open, context, namespace } = this;
    const { connectorId, namespaceId, mark } = namespace;
    const subjects: string[] = [];
    const letters = refused.map(({ subject, reason }) => {
      if (subject === null) throw failure(mark === null ? 'CursorReset' : 'DropboxUnexpected', reason);
      subjects.push(subject);
      return newDeadLetter(connectorId, { kind: 'entry', namespaceId, subject, reason }, open.services.now());
    });
    if (mark === null || subjects.length === 0) return letters;
    const atPaths = await readEntries(
      open.graph,
      subjects.map((path) => keyOf(context, path)),
    );
    const stored = [...(await readEntriesOfItems(open.graph, connectorId, subjects)), ...atPaths];
    const seen = stored.filter((entry) => entry.namespaceId === namespaceId).map(({ _key }) => ({ _key, mark }));
    await inTransaction(open.graph, ['dropboxEntries', 'dropboxNamespaces'], async (tx) => {
      await assertStillOwner(context, tx);
      await tx.updateAll('dropboxEntries', seen);
    });
    return letters;
  }

  /** After the last page of a listing from the start: removes the entries that it has not seen. */
  async sweep(): Promise<void> {
    const { batchSize, generation } = this.context;
    for await (const missing of walkMissing(this.open.graph, this.namespace, generation)) {
      for (const batch of chunks(missing, batchSize)) addCounts(this.counts, await removeEntries(this.context, batch));
      checkpoint();
    }
  }

  /** Stores that the listing is complete. */
  async finish(): Promise<void> {
    await advanceListing(this.open.graph, this.open.context(), this.context, listingFinished(this.namespace));
  }

  private async commitSegments(page: FolderPage, fileMembers: FileMembers, end: PageEnd): Promise<void> {
    const { segments, firstConcurrent } = this.segmentsOf(page);
    if (segments.length === 0) return commitEnd(this.context, end);
    const fingerprint = this.fingerprintOf(segments);
    const committed = (count: number): void =>
      checkpoint({ page: fingerprint, segments: count } satisfies PageProgress);
    const last = segments.length - 1;
    let at = Math.min(this.skippedSegments(fingerprint), last);
    for (; at < Math.min(firstConcurrent, last); at += 1) {
      addCounts(this.counts, await commitSegment(this.context, segments[at] as Segment, fileMembers));
      committed(at + 1);
    }
    await this.commitAllConcurrently(segments.slice(at, last), fileMembers, (count) => committed(at + count));
    addCounts(this.counts, await commitSegment(this.context, segments[last] as Segment, fileMembers, end));
    committed(segments.length);
  }

  private segmentsOf(page: FolderPage): PageSegments {
    const { batchSize } = this.context;
    if (this.namespace.mark !== null) return segmentsOfListing(page.entries, batchSize);
    const segments = segmentsOf(page.entries, batchSize);
    return { segments, firstConcurrent: segments.length };
  }

  /**
   * A new generation has to see every entry again, so what was committed under another one does not count. Nor does it
   * if the page is cut in another way, by another batch size or another version: progress is a number of segments.
   */
  private fingerprintOf(segments: readonly Segment[]): string {
    const content = JSON.stringify([this.context.generation, segments]);
    return createHash('sha256').update(content).digest('base64url').slice(0, 22);
  }

  private skippedSegments(fingerprint: string): number {
    const { earlier } = this;
    this.earlier = undefined;
    return earlier?.page === fingerprint ? earlier.segments : 0;
  }

  /**
   * Commits segments that do not depend on each other, a few at a time. `committed` is called with the number of
   * segments from the first one on that are committed without a gap.
   */
  private async commitAllConcurrently(
    segments: readonly Segment[],
    fileMembers: FileMembers,
    committed: (count: number) => void,
  ): Promise<void> {
    const postponed: Segment[] = [];
    const done = new Set<number>();
    let next = 0;
    let withoutGap = 0;
    const commitNext = async (): Promise<void> => {
      while (next < segments.length) {
        const at = next;
        next += 1;
        const segment = segments[at] as Segment;
        try {
          const counts = await commitConcurrently(this.context, segment, fileMembers);
          if (counts) {
            addCounts(this.counts, counts);
            done.add(at);
          } else postponed.push(segment);
          while (done.has(withoutGap)) withoutGap += 1;
          committed(withoutGap);
        } catch (error) {
          next = segments.length;
          throw error;
        }
      }
    };
    // Every lane has ended before a failure is thrown: nothing is written after the attempt is over.
    const lanes = await Promise.allSettled(Array.from({ length: CONCURRENT_BATCHES }, commitNext));
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
    for (const segment of postponed) addCounts(this.counts, await commitSegment(this.context, segment, fileMembers));
  }

  /** The page's cursor and, on the last page of a listing that leaves nothing out, the end of the listing. */
  private endOf(page: FolderPage, allowed: AllowedDeletions | undefined): PageEnd {
    const { namespace, options } = this;
    const { namespaceId } = namespace;
    const context = this.open.context();
    const point = { name: folderCursorName(namespaceId), cursor: page.cursor, boundTo: options.cursorOwner };
    const isFinished = !page.hasMore && !options.mayLeaveOut;
    const patch = isFinished ? listingFinished(namespace) : allowed && deletionsCommitted(namespace, allowed);
    return {
      syncPoint: syncPointDocument(context, point),
      cursorBefore: this.cursor,
      ...(patch ? { namespace: namespaceUpdate(context, patch) } : {}),
    };
  }
}
