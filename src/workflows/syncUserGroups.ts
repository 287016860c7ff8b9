import type { PhaseInput, TeamListResult } from '../contract/activities';
import { syncGroups } from './activityProxies';
import { checkInput, runChecks } from './checkInput';

/** The groups of the team, and who is in them. */
export async function syncUserGroups(input: PhaseInput): Promise<TeamListResult> {
  checkInput(input, runChecks);
  return syncGroups(input);
}
