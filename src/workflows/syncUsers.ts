import type { PhaseInput, TeamListResult } from '../contract/activities';
import { sumParts, type PartCounts } from '../contract/counts';
import { refreshAccess, syncMembers } from './activityProxies';
import { checkInput, runChecks } from './checkInput';

/** Members become users of PipesHub with a relation to the app. The access of those who changed is applied again. */
export async function syncUsers(input: PhaseInput): Promise<TeamListResult> {
  checkInput(input, runChecks);
  // A worker of a former version does not say whether anything is due: then there may be.
  const { gaps, accessDue = true, ...members } = await syncMembers(input);
  let total: PartCounts = members;
  for (let done = !accessDue; !done;) {
    const { done: last, ...counts } = await refreshAccess(input);
    total = sumParts(total, counts);
    done = last;
  }
  return { ...total, gaps };
}
