import type { PhaseInput } from '../contract/activities';
import { refreshAccess, syncMembers } from './activityProxies';
import { sumParts, type PartCounts } from '../contract/counts';

/** Members of the team → users of PipesHub and their relation to the app; whoever changed gets his access anew. */
export async function syncUsers(input: PhaseInput): Promise<PartCounts> {
  const members = await syncMembers(input);
  let total: PartCounts = members;
  let done = false;
  while (!done) {
    const part = await refreshAccess(input);
    done = part.done;
    total = sumParts(total, countsOf(part));
  }
  return total;
}

const countsOf = ({ done: _done, ...counts }: PartCounts & { done: boolean }): PartCounts => counts;
