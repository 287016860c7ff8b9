import type { PhaseInput } from '../activities/contract';
import { syncGroups } from './activityProxies';
import type { PartCounts } from './counts';

/** Groups and who is in them, each written as one consistent whole. */
export async function syncUserGroups(input: PhaseInput): Promise<PartCounts> {
  return syncGroups(input);
}
