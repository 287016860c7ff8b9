import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { PhaseInput } from '../contract/activities';
import { filledFrom, isFlag, optional } from '../contract/checks';
import { sumParts, type PartCounts } from '../contract/counts';
import { addGaps } from '../sync/gaps';
import { discoverNamespaces, readNamespaceMembers, readSharingEvents } from './activityProxies';
import { checkInput, runChecks } from './checkInput';
import { LISTS_PER_ACTIVITY } from './profiles';
import type { SharingResult } from './syncSharing';

export interface RecordGroupsInput extends PhaseInput {
  /** Result so far, when it continues as new, or when the namespaces are stored already. */
  soFar?: RecordGroupsResult;
  /** The member lists are read by another child. */
  withoutLists?: boolean;
}
export interface RecordGroupsResult extends SharingResult {
  namespaces: number;
  /** Member lists are due that were not read. */
  listsDue?: boolean;
}

const inputChecks = {
  ...runChecks,
  withoutLists: optional(isFlag),
  soFar: optional((value) => filledFrom({ namespaces: 0, gaps: [], held: [] }, value) !== undefined),
};

/** Every namespace of the team, and all who can read it. */
export async function syncRecordGroups(input: RecordGroupsInput): Promise<RecordGroupsResult> {
  checkInput(input, inputChecks);
  const { soFar, withoutLists = false, ...phase } = input;
  let result: RecordGroupsResult;
  if (soFar) {
    result = soFar;
  } else {
    // A full sync reads everything anyway, and the sharing events once, after the listings.
    const { due: _due, ...events } = phase.full ? {} : await readSharingEvents({ ...phase, early: true });
    const { namespaces, gaps, listsDue = true, ...counts } = await discoverNamespaces(phase);
    result = { ...sumParts(events, counts), namespaces, gaps: [], held: [] };
    addGaps(result.gaps, gaps);
    if (!listsDue) return result;
    if (withoutLists) return { ...result, listsDue };
  }
  for (;;) {
    const { connectorId, runId } = phase;
    const part = await readNamespaceMembers({ connectorId, runId, limit: LISTS_PER_ACTIVITY });
    const { done, gaps, held, ...counts } = part;
    result = {
      ...sumParts(countsOf(result), counts),
      namespaces: result.namespaces,
      gaps: result.gaps,
      held: [...result.held, ...held],
    };
    addGaps(result.gaps, gaps);
    if (done) return result;
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof syncRecordGroups>({ ...phase, soFar: result });
  }
}

const countsOf = ({ namespaces: _n, listsDue: _l, gaps: _g, held: _h, ...counts }: RecordGroupsResult): PartCounts =>
  counts;
