import type { PhaseInput, TeamListResult } from '../contract/activities';
import { syncGroups } from './activityProxies';

export async function syncUserGroups(input: PhaseInput): Promise<TeamListResult> {
  return syncGroups(input);
}
