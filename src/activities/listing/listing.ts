import { activityInfo } from '@temporalio/activity';
import type { NamespaceInput, NamespaceResult } from '../../contract/activities';
import type { HeldNamespace } from '../../contract/held';
import type { DropboxActor, FileMembers, FolderPage } from '../../dropbox';
import { failure } from '../../failures';
import type { Transaction } from '../../graph/driver/graph';
import { advanceListing } from '../../graph/entries/advanceListing';
import { assertStillOwner } from '../../graph/entries/commitContext';
import { readEntriesOfItems } from '../../graph/entries/entries';
import type { ListingStart } from '../../graph/entries/listingStart';
import { StoredGuess } from '../../graph/entries/storedGuess';
import { newDeadLetter } from '../../graph/state/deadLetters';
import { hasUnknownLevel, principalsOf, unreadableNames } from '../../sync/access';
import type { NamespaceDocument, Principal } from '../../sync/documents';
import { filesWithMembers } from '../../sync/folderEntries';
import { gapLine } from '../../sync/gaps';
import { listingGivenUp, listingTimedOut, relistFromStart, relistingStarted } from '../../sync/listingState';
import { entriesPerPage, noPages } from '../../sync/listProgress';
import { needsRelisting, type NamespacePatch } from '../../sync/namespaceState';
import { leftOutSince, type Miss } from '../../sync/notSeen';
import { addUngranted, noneUngranted } from '../access/ungranted';
import { ListingGuard } from '../guard/listingGuard';
import { askForMissing, missingProblems } from '../guard/missingItems';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { timeSlice } from '../runtime/timeSlice';
import { openCommit, teamOfRun } from './listingContext';
import { PageCommitter, type PageProgress, type ReadFileMembers } from './pageCommitter';
import { PageReader, type Start } from './reader';

/** A namespace whose listing this attempt owns. */
export interface TakenListing {
  /** The fencing token of this attempt. */
  attempt: string;
  /** The generation of a listing from the start. */
  generation: string;
  /** Null: `takeListing` has not begun the listing. */
  start: ListingStart | null;
}

/** One attempt at listing a namespace: reads page by page, lets the guard check the deletions, commits. */
export class Listing {
  private committer: PageCommitter | undefined;

  private constructor(
    private readonly open: OpenConnector,
    readonly namespace: NamespaceDocument,
    private readonly input: NamespaceInput,
    private readonly actor: DropboxActor,
    private readonly reader: PageReader,
    private readonly taken: TakenListing,
  ) {}

  /** @throws NamespaceUnreachable */
  static async open(
    open: OpenConnector,
    namespace: NamespaceDocument,
    input: NamespaceInput,
    taken: TakenListing,
  ): Promise<Listing> {
    const { delegate } = namespace;
    if (delegate === null) {
      const details = { reason: 'no_delegate' };
      throw failure('NamespaceUnreachable', 'no one in the team can list it', { details });
    }
    const actor = await open.as(delegate);
    const cursorOwner = await open.cursorOwner(delegate);
    const reading = { open, namespace, delegate, cursorOwner, actor, runStartedAt: input.startedAt };
    const reader = new PageReader(reading, input.pages ?? noPages());
    return new Listing(open, namespace, input, actor, reader, taken);
  }

  get counts(): PageCommitter['counts'] | undefined {
    return this.committer?.counts;
  }

  /** Stores a step of this attempt. @throws GraphConflict if another attempt has taken over */
  async advance(patch: NamespacePatch): Promise<void> {
    const { open, namespace } = this;
    const owner = openCommit(open, namespace, this.input.runId, this.taken.attempt);
    await advanceListing(open.graph, open.context(), owner, patch);
  }

  /**
   * The next attempt lists from the start, under a new generation: as it begins, it forgets the cursor. Access stays in
   * place meanwhile.
   */
  restart(): Promise<void> {
    return this.advance(relistFromStart(this.namespace));
  }

  /**
   * Counts a page that did not arrive in time. A cursor keeps its page size, so after two of them the listing starts
   * again with smaller pages. Returns whether it does.
   */
  async timedOut(): Promise<boolean> {
    const { namespace } = this;
    const patch = listingTimedOut(namespace);
    const restarts = entriesPerPage(patch) !== entriesPerPage(namespace);
    await this.advance(restarts ? { ...relistFromStart(namespace), ...patch } : patch);
    return restarts;
  }

  /** Stores why it could not be read to its end. */
  giveUp(problem: string): Promise<void> {
    return this.advance(listingGivenUp(this.namespace, problem));
  }

  async readPages(): Promise<NamespaceResult> {
    const { reader } = this;
    let isLate = timeSlice();
    let hasReadAhead = false;
    if (needsRelisting(this.namespace)) await reader.requireListedAccess();
    const start = await this.start();
    const namespace = startedNamespace(this.namespace, start);
    const guard = this.guard(namespace);
    const isFirst = isFirstListing(start);
    const mayLeaveOut = namespace.mark !== null && !isFirst;
    const committer = this.openCommitter(namespace, start, mayLeaveOut);
    let page = await reader.first(start);
    for (;;) {
      if (page.entries.some((entry) => entry['.tag'] === 'deleted')) await reader.requireFullAccess();
      // The first listing of a namespace has nothing to lose yet.
      const held = isFirst ? null : await guard.checkPage(page);
      if (held) return this.heldResult(held);
      if (guard.hasReadAhead() && !hasReadAhead) {
        // Reading ahead commits nothing: the attempt has its time for the pages. Once, since an attempt has to end.
        isLate = timeSlice();
        hasReadAhead = true;
      }
      const fileMembers = await this.readFileMembers(page);
      // The next page is read while this one is committed. Dropbox may refuse two concurrent calls with one cursor, so
      // nothing is under way any more when an attempt returns.
      if (page.hasMore) reader.count(page);
      const next = page.hasMore && !isLate() ? reader.next(page) : undefined;
      // It is awaited later, and Node ends a process in which a promise rejects before anything waits for it.
      next?.catch(() => undefined);
      await committer.commit(page, fileMembers, guard.committed(page));
      if (!page.hasMore) break;
      if (!next) return { done: false, pages: reader.pagesRead, ...committer.counts };
      page = await next;
    }
    if (mayLeaveOut) {
      const run = this.open.miss(this.input.runId);
      const answer = await askForMissing(this.open.graph, this.actor, namespace, run);
      if (answer === 'leftOut' || answer === 'unknown') {
        return { done: false, gap: await this.doubt(namespace, answer, run), ...committer.counts };
      }
      if (answer === 'gone') {
        await reader.requireFullAccess({ again: true });
        const held = await guard.checkSweep(namespace.mark ?? '');
        if (held) return this.heldResult(held);
        await committer.sweep();
      }
      await committer.finish();
    }
    return { done: true, ...committer.counts };
  }

  /** Stores why a complete listing can't be trusted, and returns the gap. Nothing is swept. */
  private async doubt(namespace: NamespaceDocument, answer: 'leftOut' | 'unknown', run: Miss): Promise<string> {
    const { namespaceId, mark } = namespace;
    const problem = missingProblems[answer];
    const leftOut = answer === 'unknown' && mark !== null ? leftOutSince(namespace.leftOut, mark, run) : null;
    const given = listingGivenUp(namespace, problem, leftOut ?? (namespace.leftOut ? null : undefined));
    await this.advance({ ...relistFromStart(namespace), ...given });
    return gapLine(namespaceId, problem);
  }

  private start(): Promise<Start> {
    const { open, namespace, input } = this;
    const { attempt, generation, start } = this.taken;
    const owner = { ...openCommit(open, namespace, input.runId), attempt };
    return this.reader.start(owner, generation, start);
  }

  private guard(namespace: NamespaceDocument): ListingGuard {
    const { open, input, reader } = this;
    const { namespaceId } = namespace;
    const owner = openCommit(open, namespace, input.runId, this.taken.attempt);
    const requireOwner = (tx: Transaction): Promise<void> => assertStillOwner(owner, tx);
    const asker = { open, namespaceId, runId: input.runId, requireOwner };
    return new ListingGuard(asker, namespace, open.connector.brake.items, reader, checkpoint);
  }

  private openCommitter(namespace: NamespaceDocument, start: Start, mayLeaveOut: boolean): PageCommitter {
    const { open, input, reader } = this;
    const guess = new StoredGuess(isFirstListing(start));
    const context = { ...openCommit(open, namespace, input.runId, this.taken.attempt), guess };
    const earlier = activityInfo().heartbeatDetails as PageProgress | undefined;
    const team = () => teamOfRun(open, input.runId);
    const { cursorOwner } = reader;
    const cursor = 'cursor' in start ? start.cursor : null;
    const { hasDeadLetters } = start;
    const options = { cursorOwner, cursor, team, earlier, mayLeaveOut, hasDeadLetters };
    this.committer = new PageCommitter(open, namespace, context, options);
    return this.committer;
  }

  /** A call per hundred files. A list that can't be read grants nothing, and its file becomes a dead letter. */
  private async readFileMembers(page: FolderPage): Promise<ReadFileMembers> {
    const ids = filesWithMembers(page.entries);
    const principals = new Map<string, Principal[]>();
    const deadLetters: ReadFileMembers['deadLetters'] = [];
    const levelsUnknown = new Set<string>();
    const ungranted = noneUngranted();
    if (ids.length === 0) return { principals, levelsUnknown, deadLetters, ungranted };
    const { connectorId, namespaceId } = this.namespace;
    const team = await teamOfRun(this.open, this.input.runId);
    const answers = await this.actor.fileMembersBatch(ids);
    const stored = await this.storedFileMembers(answers);
    for (const [subject, answer] of answers) {
      if ('members' in answer) {
        const access = principalsOf(answer.members, team, stored.get(subject));
        principals.set(subject, access.principals);
        addUngranted(ungranted, access.ungranted);
        if (hasUnknownLevel(answer.members)) levelsUnknown.add(subject);
      }
      const problem = 'members' in answer ? unreadableNames(answer.members) : answer.problem;
      if (problem === undefined) continue;
      const reason = `its members can't be read (${problem})`;
      const letter = { kind: 'fileMembers' as const, namespaceId, subject, reason };
      deadLetters.push(newDeadLetter(connectorId, letter, this.open.services.now()));
    }
    return { principals, levelsUnknown, deadLetters, ungranted };
  }

  /** What is stored of the lists that have names which can't be read. */
  private async storedFileMembers(answers: ReadonlyMap<string, FileMembers>): Promise<Map<string, Principal[]>> {
    const ids = [...answers].flatMap(([id, answer]) =>
      'members' in answer && unreadableNames(answer.members) !== undefined ? [id] : [],
    );
    const { connectorId, namespaceId } = this.namespace;
    const entries = ids.length === 0 ? [] : await readEntriesOfItems(this.open.graph, connectorId, ids);
    const here = entries.filter((entry) => entry.namespaceId === namespaceId);
    return new Map(here.map(({ itemId, principals = [] }) => [itemId, principals]));
  }

  private heldResult(held: HeldNamespace): NamespaceResult {
    return { done: false, held, ...this.counts };
  }
}

const isFirstListing = (start: Start): boolean => 'isFirst' in start && start.isFirst;

const startedNamespace = (namespace: NamespaceDocument, start: Start): NamespaceDocument =>
  'generation' in start ? { ...namespace, ...relistingStarted(namespace, start.generation) } : namespace;
