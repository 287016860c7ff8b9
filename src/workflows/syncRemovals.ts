import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { RunInput } from '../contract/activities';
import { sumParts, type PartCounts } from '../contract/counts';
import { nextRemovals, removeNamespace } from './activityProxies';

export interface RemovalsWorkflowInput extends RunInput {
  /** Result so far, and the last namespace that was removed, when it continues as new. */
  soFar?: { counts: PartCounts; after: string };
}

/** Removes the namespaces that are gone for the whole team, with what is stored of them. */
export async function syncRemovals(input: RemovalsWorkflowInput): Promise<PartCounts> {
  const { soFar, ...run } = input;
  let { counts, after } = soFar ?? { counts: {}, after: '' };
  const continueIfLong = async (): Promise<void> => {
    if (!workflowInfo().continueAsNewSuggested) return;
    await continueAsNew<typeof syncRemovals>({ ...run, soFar: { counts, after } });
  };
  for (;;) {
    const namespaceIds = await nextRemovals({ ...run, after });
    if (namespaceIds.length === 0) return counts;
    for (const namespaceId of namespaceIds) {
      for (let done = false; !done;) {
        await continueIfLong();
        const { done: last, ...more } = await removeNamespace({ ...run, namespaceId });
        counts = sumParts(counts, more);
        done = last;
      }
      after = namespaceId;
    }
  }
}
