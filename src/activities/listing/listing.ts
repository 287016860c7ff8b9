import { activityInfo } from '@temporalio/activity';
import type { NamespaceInput, NamespaceResult } from '../../contract/activities';
import type { DropboxActor } from '../../dropbox';
import { failure } from '../../failures';
import type { Transaction } from '../../graph/driver/graph';
import { advanceListing } from '../../graph/entries/advanceListing';
import { assertStillOwner, type CommitContext } from '../../graph/entries/commitContext';
import type { ListingStart } from '../../graph/entries/listingStart';
import { StoredGuess } from '../../graph/entries/storedGuess';
import { gapLine } from '../../sync/gaps';
import { listingGivenUp, listingTimedOut, relistFromStart, relistingStarted } from '../../sync/listingState';
import { entriesPerPage, noPages } from '../../sync/listProgress';
import { needsRelisting, type NamespacePatch } from '../../sync/namespaceState';
import { leftOutSince, type Miss } from '../../sync/notSeen';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import { ListingGuard } from '../guard/listingGuard';
import { askForMissing, missingProblems } from '../guard/missingItems';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { timeSlice } from '../runtime/timeSlice';
import { openCommit, teamOfRun } from './listingContext';
import { PageCommitter, type PageProgress } from './pageCommitter';
import { readPageMembers } from './pageMembers';
import { requireOwnPage } from './pageOrigin';
import { PageReader, type StartPoint } from './reader';

/** A namespace whose listing this attempt owns. */
export interface TakenListing {
  /** The fencing token of this attempt. */
  attempt: string;
  /** The generation of a listing from the start. */
  generation: string;
  /** What `takeListing` has found where it has begun the listing; null: it has not. */
  begun: ListingStart | null;
}

/** A listing whose first page can be read. */
interface BegunListing {
  start: StartPoint;
  /** The namespace as it is stored since the listing began. */
  namespace: NamespaceDocument;
  guard: ListingGuard;
  committer: PageCommitter;
  /** Whether nothing of the namespace was stored. */
  isFirst: boolean;
  /** Whether something may be stored that the listing does not show: it is a listing from the start, and not the first. */
  mayLeaveOut: boolean;
}

/** One attempt at listing a namespace: reads page by page, lets the guard check the deletions, commits. */
export class Listing {
  private committer: PageCommitter | undefined;
  /** Whether this attempt has to return. */
  private isLate = timeSlice();

  private constructor(
    private readonly open: OpenConnector,
    readonly namespace: NamespaceDocument,
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
    return new Listing(open, namespace, actor, reader, taken);
  }

  get counts(): PageCommitter['counts'] | undefined {
    return this.committer?.counts;
  }

  /** What this attempt still has to own when it stores something. */
  private get owner(): CommitContext & { attempt: string } {
    const { attempt } = this.taken;
    return { ...openCommit(this.open, this.namespace), attempt };
  }

  /** Stores a step of this attempt. @throws GraphConflict if another attempt has taken over */
  async advance(patch: NamespacePatch): Promise<void> {
    await advanceListing(this.open.graph, this.open.context(), this.owner, patch);
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

  /** Reads and commits pages for about a minute. After the last page, ends the listing. */
  async readPages(): Promise<NamespaceResult> {
    if (needsRelisting(this.namespace)) await this.reader.requireListedAccess();
    const listing = this.begin(await this.startPoint());
    const stopped =
      (await this.commitPages(listing)) ?? (listing.mayLeaveOut ? await this.endRelisting(listing) : null);
    return { ...(stopped ?? { done: true }), ...listing.committer.counts };
  }

  private startPoint(): Promise<StartPoint> {
    const { generation, begun } = this.taken;
    return this.reader.startPoint(this.owner, generation, begun);
  }

  private begin(start: StartPoint): BegunListing {
    const { open, reader } = this;
    const isRelisting = 'generation' in start;
    const namespace = isRelisting
      ? { ...this.namespace, ...relistingStarted(this.namespace, start.generation) }
      : this.namespace;
    const isFirst = isRelisting && start.isFirst;
    const mayLeaveOut = namespace.mark !== null && !isFirst;
    const { owner } = this;
    const requireOwner = (tx: Transaction): Promise<void> => assertStillOwner(owner, tx);
    const asker = { open, namespaceId: namespace.namespaceId, requireOwner };
    const guard = new ListingGuard(asker, namespace, open.connector.brake.items, reader, checkpoint);
    const context = {
      ...openCommit(open, namespace, this.taken.attempt),
      guess: new StoredGuess(isFirst),
    };
    this.committer = new PageCommitter(open, namespace, context, {
      cursorOwner: reader.cursorOwner,
      cursor: isRelisting ? null : start.cursor,
      team: () => teamOfRun(open),
      earlier: activityInfo().heartbeatDetails as PageProgress | undefined,
      mayLeaveOut,
      hasDeadLetters: start.hasDeadLetters,
    });
    return { start, namespace, guard, committer: this.committer, isFirst, mayLeaveOut };
  }

  /** Commits page after page. Returns why it has stopped before the last one; null if it has not. */
  private async commitPages({
    start,
    namespace,
    guard,
    committer,
    isFirst,
  }: BegunListing): Promise<NamespaceResult | null> {
    const { open, actor, reader } = this;
    let hasReadAhead = false;
    for (let page = await reader.first(start); ;) {
      await requireOwnPage(open, actor, namespace, page);
      if (page.entries.some((entry) => entry['.tag'] === 'deleted')) await reader.requireFullAccess();
      // The first listing of a namespace has nothing to lose yet.
      const held = isFirst ? null : await guard.checkPage(page);
      if (held) return { done: false, held };
      if (guard.hasReadAhead() && !hasReadAhead) {
        // Reading ahead commits nothing: the attempt has its time for the pages. Once, since an attempt has to end.
        this.isLate = timeSlice();
        hasReadAhead = true;
      }
      const members = await readPageMembers(open, actor, namespace, page);
      // The next page is read while this one is committed. Dropbox may refuse two concurrent calls with one cursor, so
      // nothing is under way any more when an attempt returns.
      if (page.hasMore) reader.count(page);
      const next = page.hasMore && !this.isLate() ? reader.next(page) : undefined;
      // It is awaited later, and Node ends a process in which a promise rejects before anything waits for it.
      next?.catch(() => undefined);
      await committer.commit(page, members, guard.committed(page));
      if (!page.hasMore) return null;
      if (!next) return { done: false, pages: reader.pagesRead };
      page = await next;
    }
  }

  /**
   * Ends a listing from the start, after its last page: sweeps what it has not seen, if Dropbox does not have that any
   * more. Returns why it can't be ended yet; null if it has ended.
   */
  private async endRelisting({ namespace, guard, committer }: BegunListing): Promise<NamespaceResult | null> {
    const run = this.open.miss();
    const answer = await askForMissing(this.open.graph, this.actor, namespace, run);
    if (answer === 'leftOut' || answer === 'unknown') {
      return { done: false, gap: await this.doubt(namespace, answer, run) };
    }
    if (answer === 'gone') {
      await this.reader.requireFullAccess({ again: true });
      const held = await guard.checkSweep(namespace.mark ?? '');
      if (held) return { done: false, held };
      await committer.sweep();
    }
    await committer.finish();
    return null;
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
}
