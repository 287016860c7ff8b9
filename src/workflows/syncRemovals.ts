import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { RunInput } from '../contract/activities';
import { filledFrom, optional } from '../contract/checks';
import { sumParts, type PartCounts } from '../contract/counts';
import type { HeldNamespace } from '../contract/held';
import { nextRemovals, removeNamespace } from './activityProxies';
import { checkInput, runChecks } from './checkInput';

interface SoFar {
  counts: PartCounts;
  held: HeldNamespace[];
  after: string;
}

const nothing = (): SoFar => ({ counts: {}, held: [], after: '' });

export interface RemovalsWorkflowInput extends RunInput {
  /** Result so far, and the last namespace that was removed, when it continues as new. */
  soFar?: SoFar;
}

export interface RemovalsResult extends PartCounts {
  held: HeldNamespace[];
}

/** Removes the namespaces that are gone for the whole team, with what is stored of them. */
export async function syncRemovals(input: RemovalsWorkflowInput): Promise<RemovalsResult> {
  checkInput(input, { ...runChecks, soFar: optional((value) => filledFrom(nothing(), value) !== undefined) });
  const { soFar, ...run } = input;
  const { held } = soFar ?? nothing();
  let { counts, after } = soFar ?? nothing();
  const continueIfLong = async (): Promise<void> => {
    if (!workflowInfo().continueAsNewSuggested) return;
    await continueAsNew<typeof syncRemovals>({ ...run, soFar: { counts, held, after } });
  };
  for (;;) {
    const namespaceIds = await nextRemovals({ ...run, after });
    if (namespaceIds.length === 0) return { ...counts, held };
    for (const namespaceId of namespaceIds) {
      for (let done = false; !done;) {
        await continueIfLong();
        const { done: last, held: one, ...more } = await removeNamespace({ ...run, namespaceId });
        counts = sumParts(counts, more);
        if (one) held.push(one);
        done = last;
      }
      after = namespaceId;
    }
  }
}
