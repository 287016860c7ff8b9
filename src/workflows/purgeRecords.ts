import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { PurgeInput } from '../contract/activities';
import { sumParts, type PartCounts } from '../contract/counts';
import { purgeOrphans } from './activityProxies';

/** Removes the records that no stored entry points to any more. */
export async function purgeRecords({ soFar = {}, ...input }: PurgeInput & { soFar?: PartCounts }): Promise<PartCounts> {
  let counts = soFar;
  for (;;) {
    const { done, ...more } = await purgeOrphans(input);
    counts = sumParts(counts, more);
    if (done) return counts;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof purgeRecords>({ ...input, soFar: counts });
  }
}
