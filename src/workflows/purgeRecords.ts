import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { PurgeInput } from '../contract/activities';
import { optional } from '../contract/checks';
import { sumParts, type PartCounts } from '../contract/counts';
import { isObject } from '../guards';
import { purgeOrphans } from './activityProxies';
import { checkInput, runChecks } from './checkInput';

/** Removes the records that no stored entry points to any more. */
export async function purgeRecords(given: PurgeInput & { soFar?: PartCounts }): Promise<PartCounts> {
  checkInput(given, { ...runChecks, soFar: optional(isObject) });
  const { soFar = {}, ...input } = given;
  let counts = soFar;
  for (;;) {
    const { done, ...more } = await purgeOrphans(input);
    counts = sumParts(counts, more);
    if (done) return counts;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof purgeRecords>({ ...input, soFar: counts });
  }
}
