import { createHash } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import type { DropboxActor, FolderPage } from '../../dropbox';
import {
  addCounts,
  commitConcurrently,
  commitEnd,
  commitSegment,
  assertStillOwner,
  noCommitCounts,
  removeEntries,
  type CommitContext,
} from '../../graph/entries/commit';
import type { PageEnd } from '../../graph/entries/batch';
import { noFileMembers, type FileMembers } from '../../graph/entries/fileMembers';
import { newDeadLetter, removeDeadLetters } from '../../graph/state/deadLetters';
import {
  countSubtree,
  folderPaths,
  otherPointers,
  readEntries,
  walkSubtree,
  type EntrySummary,
} from '../../graph/entries/entries';
import { patchNamespaces } from '../../graph/state/namespaces';
import { deleteSyncPoints, readSyncPoint, syncPointDocument } from '../../graph/state/syncPoints';
import { failure } from '../../failures';
import { principalsOf } from '../../sync/access';
import type { DeadLetterDocument, EntryDocument, NamespaceDocument, Principal } from '../../sync/documents';
import { entryKey, folderCursorName, namespaceKey } from '../../sync/keys';
import { replacesFolder } from '../../sync/folderEntries';
import { segmentsOf, segmentsOfListing, type PageSegments, type Segment } from '../../sync/segments';
import type { HeldNamespace } from '../../contract/sync';
import type { NamespaceInput, NamespaceResult } from '../../contract/activities';
import { fileMembersOf, openCommit, teamOfRun } from './listingContext';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { chunks } from '../../chunks';
import { inTransaction } from '../../graph/driver/graph';

/** Keys or ids that one query looks up. */
const KEYS_PER_QUERY = 1000;

/** An attempt hands back after this, ms: its counts reach the workflow. */
const TIME_SLICE = 60_000;
/** Batches of a page that are committed at the same time: the database works on one while the next is planned. */
const BATCHES_TOGETHER = 3;
const SAMPLES = 5;
/** Levels with which a member sees a part of a folder, or its name. */
const PARTIAL_ACCESS: ReadonlySet<string> = new Set(['traverse', 'no_access']);

/** How far a page was committed, for the next attempt: a hint, and only if Dropbox gives the same page again. */
interface Progress {
  page: string;
  segments: number;
}

type Held = HeldNamespace & { samples: string[] };

/** What a page's files say about their own members. */
interface Explicit {
  principals: Map<string, Principal[]>;
  letters: DeadLetterDocument[];
}

/** One namespace's listing, as far as one attempt takes it. */
export class Listing {
  readonly counts = noCommitCounts();
  /** What the attempt before this one left: it is about the page that this one begins with, and about no other. */
  private before = activityInfo().heartbeatDetails as Progress | undefined;
  /** The delegate is known to see all of it. */
  private delegateVerified = false;
  /** Pages from here on that the brake has looked at already, and the next one of them. */
  private lookedAhead: { pages: number; next: FolderPage | undefined } = { pages: 0, next: undefined };

  private constructor(
    private readonly open: OpenConnector,
    private namespace: NamespaceDocument,
    private readonly input: NamespaceInput,
    private readonly actor: DropboxActor,
    private readonly delegate: string,
    private commit: CommitContext,
  ) {}

  static async open(open: OpenConnector, namespace: NamespaceDocument, input: NamespaceInput): Promise<Listing> {
    if (namespace.delegate === null) {
      throw failure('NamespaceUnreachable', 'nobody in the team can list it', { details: { reason: 'no_delegate' } });
    }
    const actor = await open.as(namespace.delegate);
    const { activityId, attempt, workflowExecution } = activityInfo();
    const mine = `${workflowExecution?.runId ?? input.runId}/${activityId}/${attempt}`;
    const { namespaceId } = namespace;
    await patchNamespaces(open.graph, open.context(), [{ namespaceId, attempt: mine }]);
    const commit = { ...openCommit(open, namespace, input.runId), attempt: mine };
    return new Listing(open, namespace, input, actor, namespace.delegate, commit);
  }

  /** Forgets the cursor: the next call lists from the start, with a new mark. Access stays in place meanwhile. */
  async restart(): Promise<void> {
    const { namespaceId } = this.namespace;
    await inTransaction(this.open.graph, ['dropboxNamespaces', 'syncPoints'], async (tx) => {
      await assertStillOwner(this.commit, tx);
      await deleteSyncPoints(tx, this.open.context(), [folderCursorName(namespaceId)]);
      await patchNamespaces(tx, this.open.context(), [{ namespaceId, work: 'relist', mark: null }]);
    });
  }

  async readPages(): Promise<NamespaceResult> {
    const startedAt = Date.now();
    if (this.namespace.work === 'relist') await this.verifyDelegate();
    const cursor = await this.startingCursor();
    let page = cursor === null ? await this.actor.listFolder(this.namespace.namespaceId) : await this.next(cursor);
    for (;;) {
      if (page.entries.some((entry) => entry['.tag'] === 'deleted')) await this.verifyDelegate();
      const held = await this.checkDeletions(page);
      if (held) return this.held(held);
      const explicit = await this.explicitMembers(page);
      // The next page is on its way while this one is committed; its failure is looked at when its turn comes. Dropbox
      // may refuse the same call twice at a time, so nothing is under way any more when an attempt hands back.
      const isLate = Date.now() - startedAt > TIME_SLICE;
      const upcoming = page.hasMore && !isLate ? observed(this.following(page)) : undefined;
      await this.commitPage(page, explicit);
      if (!page.hasMore) break;
      if (!upcoming) return { done: false, ...this.counts };
      page = unwrap(await upcoming);
    }
    return this.finish();
  }

  /**
   * Somebody who may only pass through a folder gets a listing of it all the same, of the ways that he may go: whatever it
   * leaves out would be swept, and what he lost comes to him as deleted. Who sees everything follows from the member list;
   * one that was not read in this run may be older than his loss, so he is asked before anything goes on his word.
   */
  private async verifyDelegate(): Promise<void> {
    const { namespaceId, kind, membersReadAt } = this.namespace;
    const listed = kind === 'team_folder' || kind === 'shared_folder';
    if (this.delegateVerified || !listed || this.delegate === 'admin') return;
    if ((membersReadAt ?? 0) <= (this.open.connector.lastRun?.endedAt ?? 0)) {
      const { accessLevel } = await this.actor.folderMetadata(namespaceId);
      if (PARTIAL_ACCESS.has(accessLevel)) {
        const details = { reason: accessLevel };
        throw failure('NamespaceUnreachable', `${this.delegate} sees only a part of it`, { details });
      }
    }
    this.delegateVerified = true;
  }

  private next(cursor: string): Promise<FolderPage> {
    return this.actor.continueFolder(this.namespace.namespaceId, cursor);
  }

  /** The page after this one: it has been read already where the brake has looked ahead. */
  private async following(page: FolderPage): Promise<FolderPage> {
    const { next } = this.lookedAhead;
    this.lookedAhead.next = undefined;
    return next ?? this.next(page.cursor);
  }

  /**
   * The stored cursor, if it can be used: it is bound to its reader. Without one everything is listed, under a new mark,
   * so that what is not seen can be told afterwards. A relisting that was interrupted has both, and goes on.
   */
  private async startingCursor(): Promise<string | null> {
    const { namespaceId, work, mark } = this.namespace;
    const stored = await readSyncPoint(this.open.graph, this.open.context(), folderCursorName(namespaceId));
    const usable = stored && stored.boundTo === this.delegate;
    if (usable && (work === 'continue' || mark !== null)) return stored.cursor;
    const fresh = `${this.input.runId}/${activityInfo().activityId}/${this.open.services.now()}`;
    await inTransaction(this.open.graph, ['dropboxNamespaces', 'syncPoints'], async (tx) => {
      await assertStillOwner(this.commit, tx);
      await deleteSyncPoints(tx, this.open.context(), [folderCursorName(namespaceId)]);
      await patchNamespaces(tx, this.open.context(), [{ namespaceId, work: 'relist', mark: fresh }]);
    });
    this.namespace = { ...this.namespace, mark: fresh, work: 'relist' };
    this.commit = { ...this.commit, generation: fresh };
    return null;
  }

  /**
   * Direct members of the files that have some: a call per hundred. A list that can't be read grants nothing, and the
   * file goes to the dead letters with the page that it is on.
   */
  private async explicitMembers(page: FolderPage): Promise<Explicit> {
    const ids = page.entries.flatMap((entry) =>
      entry['.tag'] === 'file' && entry.has_explicit_shared_members ? [entry.id] : [],
    );
    const explicit: Explicit = { principals: new Map(), letters: [] };
    if (ids.length === 0) return explicit;
    const { connectorId, namespaceId } = this.namespace;
    const team = await teamOfRun(this.open, this.input.runId);
    for (const [subject, answer] of await this.actor.fileMembersBatch(ids)) {
      if ('members' in answer) explicit.principals.set(subject, principalsOf(answer.members, team).principals);
      else {
        const letter = {
          kind: 'fileMembers' as const,
          namespaceId,
          subject,
          reason: `its members can't be read (${answer.problem})`,
        };
        explicit.letters.push(newDeadLetter(connectorId, letter, this.open.services.now()));
      }
    }
    return explicit;
  }

  private async commitPage(page: FolderPage, explicit: Explicit): Promise<void> {
    await this.commitEntries(page, explicit);
    // What could be read now waits for no other try.
    const read = [...explicit.principals.keys()];
    const { connectorId, namespaceId } = this.namespace;
    await removeDeadLetters(
      this.open.graph,
      connectorId,
      read.map((subject) => ({ kind: 'fileMembers', namespaceId, subject })),
    );
  }

  private async commitEntries(page: FolderPage, { principals, letters }: Explicit): Promise<void> {
    const fileMembers =
      principals.size === 0 ? noFileMembers : fileMembersOf(principals, await teamOfRun(this.open, this.input.runId));
    const { segments, firstConcurrent: besideFrom } = this.segments(page);
    const end = { ...this.endOf(page), deadLetters: letters };
    this.counts.deadLetters += letters.length;
    if (segments.length === 0) {
      await commitEnd(this.commit, end);
      return;
    }
    // A listing that has begun anew marks what it sees anew: what was committed under another mark is not done.
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([this.commit.generation, page.entries]))
      .digest('base64url')
      .slice(0, 22);
    const { before } = this;
    this.before = undefined;
    const skip = before?.page === fingerprint ? before.segments : 0;
    const last = segments.length - 1;
    const committed = (count: number): void => checkpoint({ page: fingerprint, segments: count } satisfies Progress);
    let at = Math.min(skip, last);
    for (; at < Math.min(besideFrom, last); at += 1) {
      addCounts(this.counts, await commitSegment(this.commit, segments[at] as Segment, fileMembers));
      committed(at + 1);
    }
    await this.commitTogether(segments.slice(at, last), fileMembers, (count) => committed(at + count));
    addCounts(this.counts, await commitSegment(this.commit, segments[last] as Segment, fileMembers, end));
    committed(last + 1);
  }

  private segments(page: FolderPage): PageSegments {
    const { batchSize } = this.commit;
    if (this.namespace.mark !== null) return segmentsOfListing(page.entries, batchSize);
    const segments = segmentsOf(page.entries, batchSize);
    return { segments, firstConcurrent: segments.length };
  }

  /** Commits segments that do not depend on each other, a few at a time; `committed` hears how many of the first ones are. */
  private async commitTogether(
    segments: readonly Segment[],
    fileMembers: FileMembers,
    committed: (count: number) => void,
  ): Promise<void> {
    const left: Segment[] = [];
    const done = new Set<number>();
    let next = 0;
    let unbroken = 0;
    const take = async (): Promise<void> => {
      while (next < segments.length) {
        const at = next;
        next += 1;
        const segment = segments[at] as Segment;
        try {
          const counts = await commitConcurrently(this.commit, segment, fileMembers);
          if (!counts) left.push(segment);
          else {
            addCounts(this.counts, counts);
            done.add(at);
          }
          while (done.has(unbroken)) unbroken += 1;
          committed(unbroken);
        } catch (error) {
          next = segments.length;
          throw error;
        }
      }
    };
    // All of them have ended before a failure is told: nothing goes on behind an attempt that is over.
    const ended = await Promise.allSettled(Array.from({ length: BATCHES_TOGETHER }, take));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    for (const segment of left) addCounts(this.counts, await commitSegment(this.commit, segment, fileMembers));
  }

  /** The page's cursor, and on the last page of a continued listing that there is nothing left to do. */
  private endOf(page: FolderPage): PageEnd {
    const { namespaceId, connectorId, mark } = this.namespace;
    const { now } = this.open.context();
    const point = { name: folderCursorName(namespaceId), cursor: page.cursor, boundTo: this.delegate };
    const finished = !page.hasMore && mark === null;
    return {
      syncPoint: syncPointDocument(this.open.context(), point),
      ...(finished
        ? { namespace: { _key: namespaceKey(connectorId, namespaceId), work: 'none', held: null, updatedAt: now } }
        : {}),
    };
  }

  /** After the last page of a relisting: what it has not seen goes. */
  private async finish(): Promise<NamespaceResult> {
    const { namespaceId, mark } = this.namespace;
    if (mark === null) return { done: true, ...this.counts };
    const held = await this.checkSweep(mark);
    if (held) return this.held(held);
    for await (const page of walkSubtree(this.open.graph, this.open.connector._key, namespaceId, '')) {
      const stale = page.filter((entry) => entry.mark !== mark);
      for (let at = 0; at < stale.length; at += this.commit.batchSize) {
        addCounts(this.counts, await removeEntries(this.commit, stale.slice(at, at + this.commit.batchSize)));
      }
      checkpoint();
    }
    const patch = { namespaceId, work: 'none' as const, mark: null, held: null };
    await inTransaction(this.open.graph, ['dropboxNamespaces'], async (tx) => {
      await assertStillOwner(this.commit, tx);
      await patchNamespaces(tx, this.open.context(), [patch]);
    });
    return { done: true, ...this.counts };
  }

  /** What is held back is written down with some of its paths, which no workflow may know. */
  private async held({ samples, ...held }: Held): Promise<NamespaceResult> {
    const { deletes, revokes, total } = held;
    const since = this.open.services.now();
    await inTransaction(this.open.graph, ['dropboxNamespaces'], (tx) =>
      patchNamespaces(tx, this.open.context(), [
        { namespaceId: this.namespace.namespaceId, held: { deletes, revokes, total, samples, since } },
      ]),
    );
    return { done: false, held, ...this.counts };
  }

  /**
   * Whether what this listing goes on to delete is too much to be done without asking. A folder that moved comes as a
   * deletion first, so the pages to come are looked at before the answer: only what is nowhere afterwards counts.
   */
  private async checkDeletions(page: FolderPage): Promise<Held | null> {
    if (this.input.approved || this.namespace.mark !== null) return null;
    if (this.lookedAhead.pages > 0) {
      this.lookedAhead.pages -= 1;
      return null;
    }
    const first = await this.removedPaths(page);
    if (first.length === 0) return null;
    const { items } = this.open.connector.brake;
    if (!page.hasMore && (await this.countBelow(first, items + 1)) <= items) return null;
    const ahead = await this.lookAhead(page);
    return this.countPendingDeletions(ahead.paths, ahead.seen);
  }

  /** What a page takes away with all that is below: deleted paths, and folders whose place something else takes. */
  private async removedPaths(page: FolderPage): Promise<string[]> {
    const { connectorId, namespaceId } = this.namespace;
    const deleted: string[] = [];
    const takers: string[] = [];
    for (const entry of page.entries) {
      const path = entry.path_lower ?? '';
      if (entry['.tag'] === 'deleted') deleted.push(path);
      else if (replacesFolder(entry, namespaceId)) takers.push(entryKey(connectorId, namespaceId, path));
    }
    return takers.length === 0 ? deleted : [...deleted, ...(await folderPaths(this.open.graph, takers))];
  }

  private async countBelow(paths: string[], enough: number): Promise<number> {
    const { connectorId, namespaceId } = this.namespace;
    const roots = await readEntries(
      this.open.graph,
      paths.map((path) => entryKey(connectorId, namespaceId, path)),
    );
    let count = roots.length;
    for (const { path, kind } of roots) {
      if (count >= enough) break;
      if (kind !== 'file') count += await countSubtree(this.open.graph, connectorId, namespaceId, path);
    }
    return count;
  }

  /** Paths that are deleted and items that are (again) somewhere, from this page to the end of what is known now. */
  private async lookAhead(page: FolderPage): Promise<{ paths: Set<string>; seen: Set<string> }> {
    const paths = new Set<string>();
    const seen = new Set<string>();
    for (let at = page; ;) {
      for (const path of await this.removedPaths(at)) paths.add(path);
      for (const entry of at.entries) if (entry['.tag'] !== 'deleted') seen.add(entry.id);
      if (!at.hasMore) return { paths, seen };
      at = await this.next(at.cursor);
      this.lookedAhead.next ??= at;
      this.lookedAhead.pages += 1;
      checkpoint();
    }
  }

  private async countPendingDeletions(paths: ReadonlySet<string>, seen: ReadonlySet<string>): Promise<Held | null> {
    const { connectorId, namespaceId } = this.namespace;
    const doomed = new PendingDeletions();
    const keys = [...paths].map((path) => entryKey(connectorId, namespaceId, path));
    const roots: EntryDocument[] = [];
    for (const part of chunks(keys, KEYS_PER_QUERY)) roots.push(...(await readEntries(this.open.graph, part)));
    for (const root of roots) {
      if (!seen.has(root.itemId)) await doomed.add(this.open, [root]);
      if (root.kind === 'file' || isBelowOneOf(root.path, paths)) continue;
      for await (const below of walkSubtree(this.open.graph, connectorId, namespaceId, root.path)) {
        await doomed.add(
          this.open,
          below.filter(({ itemId }) => !seen.has(itemId)),
        );
      }
    }
    return this.overLimit(doomed);
  }

  /**
   * A relisting that saw nothing at all is taken at its word only when what is stored can't be found by its path either:
   * an empty answer deletes no record that Dropbox still has, however few there are.
   */
  private async checkSweep(mark: string): Promise<Held | null> {
    if (this.input.approved) return null;
    const { connectorId, namespaceId } = this.namespace;
    const doomed = new PendingDeletions();
    let sawSomething = false;
    for await (const page of walkSubtree(this.open.graph, connectorId, namespaceId, '')) {
      sawSomething ||= page.some((entry) => entry.mark === mark);
      await doomed.add(
        this.open,
        page.filter((entry) => entry.mark !== mark),
      );
    }
    if (!sawSomething && (await this.isStillThere(doomed.samples))) {
      const total = await countSubtree(this.open.graph, connectorId, namespaceId, '');
      return { namespaceId, deletes: doomed.count, revokes: 0, total, samples: doomed.samples };
    }
    return this.overLimit(doomed);
  }

  private async isStillThere(paths: readonly string[]): Promise<boolean> {
    const { namespaceId } = this.namespace;
    for (const path of paths) if ((await this.actor.metadata(path, { namespaceId })) !== null) return true;
    return false;
  }

  private async overLimit(doomed: PendingDeletions): Promise<Held | null> {
    const { share, items } = this.open.connector.brake;
    const { connectorId, namespaceId } = this.namespace;
    if (doomed.count <= items) return null;
    const total = await countSubtree(this.open.graph, connectorId, namespaceId, '');
    if (doomed.count <= share * total) return null;
    return { namespaceId, deletes: doomed.count, revokes: 0, total, samples: doomed.samples };
  }
}

/** Entries whose record nothing else points to: what would really be deleted. */
class PendingDeletions {
  count = 0;
  readonly samples: string[] = [];

  async add(open: OpenConnector, entries: readonly Pick<EntrySummary, '_key' | 'recordKey' | 'path'>[]): Promise<void> {
    const withRecord = entries.filter(({ recordKey }) => recordKey !== null);
    if (withRecord.length === 0) return;
    const elsewhere = await otherPointers(open.graph, withRecord);
    for (const { _key, path } of withRecord) {
      if (elsewhere.has(_key)) continue;
      this.count += 1;
      if (this.samples.length < SAMPLES) this.samples.push(path);
    }
  }
}

/** Whether a folder further up is in the set too. */
function isBelowOneOf(path: string, paths: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    if (paths.has(path.slice(0, at))) return true;
  }
  return false;
}

type Settled<T> = { value: T } | { error: unknown };
/** A promise that is awaited later must not reject before: Node ends a process for that. */
const observed = <T>(promise: Promise<T>): Promise<Settled<T>> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
function unwrap<T>(result: Settled<T>): T {
  if ('error' in result) throw result.error;
  return result.value;
}
