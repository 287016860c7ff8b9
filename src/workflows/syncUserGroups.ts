import type { PhaseInput } from '../contract/activities';
import { syncGroups } from './activityProxies';
import type { PartCounts } from '../contract/counts';

/** Groups and who is in them, each written as one consistent whole. */
export async function syncUserGroups(input: PhaseInput): Promise<PartCounts> {
  return syncGroups(input);
}
