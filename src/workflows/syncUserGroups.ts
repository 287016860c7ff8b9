import type { PhaseInput } from '../contract/activities';
import { syncGroups } from './activityProxies';
import type { PartCounts } from '../contract/counts';
import { checkInput, runChecks } from './checkInput';

export async function syncUserGroups(input: PhaseInput): Promise<PartCounts> {
  checkInput(input, runChecks);
  return syncGroups(input);
}
