import type { PhaseInput, TeamListResult } from '../contract/activities';
import { sumParts, type PartCounts } from '../contract/counts';
import { refreshAccess, syncMembers } from './activityProxies';
import { checkInput, runChecks } from './checkInput';

export interface UsersResult extends TeamListResult {
  /** No namespace of the connector is stored yet. */
  isFirst: boolean;
}

/** Members become users of PipesHub with a relation to the app. The access of those who changed is applied again. */
export async function syncUsers(input: PhaseInput): Promise<UsersResult> {
  checkInput(input, runChecks);
  // A worker of a former version says neither: then access may be due, and namespaces may be stored.
  const { gaps, accessDue = true, isFirst = false, ...members } = await syncMembers(input);
  let total: PartCounts = members;
  for (let done = !accessDue; !done;) {
    const { done: last, ...counts } = await refreshAccess(input);
    total = sumParts(total, counts);
    done = last;
  }
  return { ...total, gaps, isFirst };
}
