import type { PhaseInput } from '../contract/activities';
import { syncGroups } from './activityProxies';
import type { PartCounts } from '../contract/counts';

/** Groups and their members. */
export async function syncUserGroups(input: PhaseInput): Promise<PartCounts> {
  return syncGroups(input);
}
