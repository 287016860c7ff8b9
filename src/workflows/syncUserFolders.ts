import { continueAsNew, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { NamespaceInput } from '../contract/activities';
import { filledFrom, isFlag, isNumber, isTexts, optional } from '../contract/checks';
import { sumParts, type PartCounts } from '../contract/counts';
import type { HeldNamespace } from '../contract/held';
import { isObject, isText } from '../guards';
import { addGaps, gapLine } from '../sync/gaps';
import type { ListProgress } from '../sync/listProgress';
import { giveUpListings, syncNamespace } from './activityProxies';
import { checkInput, runChecks } from './checkInput';
import { isExhausted, reasonOf } from './failures';
import { impatientListing, listing } from './profiles';

export interface UserFoldersInput {
  connectorId: string;
  runId: string;
  /** Acting member (team_member_id), or `admin`. */
  delegate: string;
  namespaceIds: string[];
  /** When the run started, ms. */
  startedAt: number;
  /** The listings before these have failed with all of their attempts. */
  impatient?: boolean;
  soFar?: UserFoldersResult;
}
export interface UserFoldersResult {
  counts: PartCounts;
  done: number;
  failed: number;
  held: HeldNamespace[];
  gaps: string[];
  /** The last listing has failed with all of its attempts. */
  exhausted?: boolean;
}

const noResult = (): UserFoldersResult => ({ counts: {}, done: 0, failed: 0, held: [], gaps: [] });

const inputChecks = {
  ...runChecks,
  delegate: isText,
  namespaceIds: isTexts,
  startedAt: isNumber,
  impatient: optional(isFlag),
  soFar: optional((value) => isObject(value) && filledFrom(noResult(), value) !== undefined),
};

/** Lists the namespaces of one delegate, one after the other. One that fails is a gap; the others continue. */
export async function syncUserFolders(input: UserFoldersInput): Promise<UserFoldersResult> {
  checkInput(input, inputChecks);
  const result = input.soFar ?? noResult();
  const { connectorId, runId, startedAt } = input;
  result.exhausted ??= input.impatient ?? false;
  for (const [at, namespaceId] of input.namespaceIds.entries()) {
    if (workflowInfo().continueAsNewSuggested) {
      const namespaceIds = input.namespaceIds.slice(at);
      await continueAsNew<typeof syncUserFolders>({ ...input, namespaceIds, soFar: result });
    }
    setCurrentDetails(`namespace ${namespaceId}, ${at + 1} of ${input.namespaceIds.length}`);
    await listNamespace({ connectorId, runId, namespaceId, startedAt }, result);
  }
  return result;
}

/** A cursor that is reset more often than this in one run makes the namespace a gap. */
const MAX_RESTARTS = 5;

async function listNamespace(namespace: NamespaceInput, result: UserFoldersResult): Promise<void> {
  const { connectorId, runId, namespaceId } = namespace;
  const addGap = (gap: string): void => {
    addGaps(result.gaps, [gap]);
    result.failed += 1;
  };
  const giveUp = async (problem: string): Promise<void> => {
    await giveUpListings({ connectorId, runId, namespaceIds: [namespaceId], problem });
    addGap(gapLine(namespaceId, problem));
  };
  const refusing: string[] = [];
  let restarts = 0;
  let pages: ListProgress | undefined;
  for (;;) {
    try {
      const summary = `namespace ${namespaceId}`;
      const input = {
        ...namespace,
        ...(refusing.length > 0 ? { refused: refusing } : {}),
        ...(pages ? { pages } : {}),
      };
      const options = result.exhausted === true ? impatientListing : listing;
      const part = await syncNamespace.executeWithOptions({ ...options, summary }, [input]);
      result.exhausted = false;
      const { done, held, gap, refused, restarted, pages: read, ...counts } = part;
      result.counts = sumParts(result.counts, counts);
      if (held) result.held.push(held);
      if (gap !== undefined) return addGap(gap);
      if (done) {
        result.done += 1;
        return;
      }
      // Held revocations do not stop the listing of the content.
      if (held && held.deletes > 0) return;
      pages = read;
      if (refused !== undefined) refusing.push(refused);
      if (restarted) restarts += 1;
      if (restarts > MAX_RESTARTS) return await giveUp('Dropbox keeps resetting the cursor');
    } catch (error) {
      if (isCancellation(error)) throw error;
      result.exhausted = isExhausted(error);
      return await giveUp(reasonOf(error));
    }
  }
}
