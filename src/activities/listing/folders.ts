import { activityInfo } from '@temporalio/activity';
import { chunks } from '../../chunks';
import type {
  DelegatesInput,
  DelegateWork,
  GiveUpInput,
  NamespaceInput,
  NamespaceResult,
} from '../../contract/activities';
import { failureDetailsOf, failureTypeOf } from '../../failures';
import { takeListing } from '../../graph/entries/listingStart';
import { patchNamespaces, readNamespaces, workByDelegate } from '../../graph/state/namespaces';
import { graphOfRun } from '../../graph/state/runFence';
import { gapLine } from '../../sync/gaps';
import { generationName } from '../../sync/keys';
import { listingGivenUp } from '../../sync/listingState';
import { needsListing, needsRelisting } from '../../sync/namespaceState';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import { OpenConnector, type ActivityServices } from '../runtime/services';
import { replaceDelegate } from './delegates';
import { Listing } from './listing';
import { FOREIGN_PAGE } from './pageOrigin';

/** Whether a page of a listing did not arrive in time. */
function isTimeout(error: unknown): boolean {
  const { route, reason } = failureDetailsOf(error);
  return reason === 'timeout' && typeof route === 'string' && route.startsWith('files/list_folder');
}

/**
 * Whether a page of another namespace came at a stored cursor, and not in the first attempt: the cursor may be that of
 * the other namespace. A listing from the start is not begun again, so there is one such restart at most.
 */
const hasForeignCursor = (error: unknown, namespace: NamespaceDocument): boolean =>
  failureDetailsOf(error).reason === FOREIGN_PAGE && activityInfo().attempt > 1 && !needsRelisting(namespace);

const PATCHES_PER_BATCH = 500;

/** Namespaces that the delegates of one answer share, and that each of them gets in any case: a few 100 KB of ids. */
const NAMESPACES_PER_ANSWER = 10_000;
const NAMESPACES_PER_DELEGATE = 50;

/** Work that is short enough for a workflow history. What is cut off is the `rest` of its delegate. */
export function bounded(works: readonly DelegateWork[], after = ''): DelegateWork[] {
  let left = NAMESPACES_PER_ANSWER;
  return works.map(({ delegate, namespaceIds: ids }) => {
    const all = ids.filter((id) => id > after);
    const namespaceIds = all.toSorted().slice(0, Math.max(left, NAMESPACES_PER_DELEGATE));
    left -= namespaceIds.length;
    return { delegate, namespaceIds, ...(namespaceIds.length < all.length ? { more: true } : {}) };
  });
}

/** The fencing token of this attempt: no other one has it. */
function attemptToken(runId: string): string {
  const { activityId, attempt, workflowExecution } = activityInfo();
  return `${workflowExecution?.runId ?? runId}/${activityId}/${attempt}`;
}

export function folderActivities(services: ActivityServices) {
  return {
    /** The next delegates in the order of their ids, each with the namespaces that they have to list in this run. */
    async nextDelegates({ connectorId, only, rest, ...which }: DelegatesInput): Promise<DelegateWork[]> {
      if (!only) return bounded(await workByDelegate(services.graph, connectorId, which, rest?.delegate), rest?.after);
      const works = new Map<string, string[]>();
      for (const namespace of (await readNamespaces(services.graph, connectorId, only)).values()) {
        const { delegate, namespaceId } = namespace;
        if (delegate === null || !needsListing(namespace)) continue;
        works.set(delegate, [...(works.get(delegate) ?? []), namespaceId]);
      }
      return bounded(
        [...works]
          .map(([delegate, namespaceIds]) => ({ delegate, namespaceIds }))
          .sort((a, b) => (a.delegate < b.delegate ? -1 : 1)),
      );
    },

    /**
     * Continues a listing for about a minute. It resumes at the stored cursor, so any attempt may die at any moment.
     * When another delegate has to list it, they are chosen here, and the next call continues with them.
     */
    async syncNamespace(input: NamespaceInput): Promise<NamespaceResult> {
      const { connectorId, namespaceId, runId } = input;
      const attempt = attemptToken(runId);
      const now = services.now();
      const generation = generationName(runId, activityInfo().activityId, now);
      const owner = { connectorId, namespaceId, attempt, generation, now };
      const { connector, namespace, begun } = await takeListing(graphOfRun(services.graph, input), owner);
      const open = OpenConnector.of(services, connector, runId);
      if (namespace === null || !needsListing(namespace)) return { done: true };
      const listing = await Listing.open(open, namespace, input, { attempt, generation, begun });
      try {
        return { ...(await listing.readPages()), ...open.calls };
      } catch (error) {
        switch (failureTypeOf(error)) {
          case 'CursorReset':
            await listing.restart();
            return { done: false, restarted: true, ...listing.counts, ...open.calls };
          case 'NamespaceUnreachable':
          case 'PathRootChanged': {
            const replaced = await replaceDelegate(open, listing, input, error);
            return { ...replaced, ...listing.counts, ...open.calls };
          }
          case 'ListEndless': {
            const problem = (error as Error).message;
            await listing.giveUp(problem);
            return { done: false, gap: gapLine(namespaceId, problem), ...listing.counts, ...open.calls };
          }
          default:
            if (hasForeignCursor(error, namespace)) await listing.restart();
            else if (!(isTimeout(error) && (await listing.timedOut()))) throw error;
            return { done: false, restarted: true, ...listing.counts, ...open.calls };
        }
      }
    },

    /** Stores why listings failed, for `status` and for the result of the run. */
    async giveUpListings({ connectorId, runId, namespaceIds, problem }: GiveUpInput): Promise<void> {
      const graph = graphOfRun(services.graph, { connectorId, runId });
      const { now } = services;
      for (const batch of chunks(namespaceIds, PATCHES_PER_BATCH)) {
        const waiting = [...(await readNamespaces(graph, connectorId, batch)).values()].filter(needsListing);
        const patches = waiting.map((namespace) => listingGivenUp(namespace, problem));
        await patchNamespaces(graph, { connectorId, now: now() }, patches);
      }
    },
  };
}
