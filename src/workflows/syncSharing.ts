import type { PhaseInput, SharingDue } from '../contract/activities';
import { sumParts, type PartCounts } from '../contract/counts';
import type { HeldNamespace } from '../contract/held';
import { addGaps } from '../sync/gaps';
import { readFileMembers, readNamespaceMembers, readSharingEvents, syncReceivedFiles } from './activityProxies';
import { checkInput, runChecks } from './checkInput';
import { LISTS_PER_ACTIVITY } from './profiles';

export interface SharingResult extends PartCounts {
  gaps: string[];
  held: HeldNamespace[];
}

const EVERYTHING: SharingDue = { lists: true, files: true, received: true };

/** Reads again what sharing events name. The events are hints; what is read is the truth. */
export async function syncSharing(input: PhaseInput): Promise<SharingResult> {
  checkInput(input, runChecks);
  const { connectorId, runId } = input;
  const { due = EVERYTHING, ...events } = await readSharingEvents(input);
  let counts: PartCounts = events;
  const gaps: string[] = [];
  const held: HeldNamespace[] = [];
  for (let done = !due.lists; !done;) {
    const part = await readNamespaceMembers({ connectorId, runId, limit: LISTS_PER_ACTIVITY });
    const { done: last, gaps: missing, held: waiting, ...more } = part;
    counts = sumParts(counts, more);
    addGaps(gaps, missing);
    held.push(...waiting);
    done = last;
  }
  // Received files may show that the member list of a file has changed, so they are read before those lists.
  if (due.received) counts = sumParts(counts, await syncReceivedFiles(input));
  for (let done = !(due.lists || due.files || due.received); !done;) {
    const { done: last, ...more } = await readFileMembers({ connectorId, runId });
    counts = sumParts(counts, more);
    done = last;
  }
  return { ...counts, gaps, held };
}
