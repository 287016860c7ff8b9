import type { PhaseInput } from '../contract/activities';
import { syncGroups } from './activityProxies';
import type { PartCounts } from '../contract/counts';

export async function syncUserGroups(input: PhaseInput): Promise<PartCounts> {
  return syncGroups(input);
}
