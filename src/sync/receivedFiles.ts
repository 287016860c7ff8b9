/**
 * The namespace of files that members received from outside the team. It stands for no folder of Dropbox, so no listing
 * and no member list of it exists: of all transitions of a namespace only a few have a counterpart here.
 */
import type { ItemHint } from './events';
import { discovered, type NamespacePatch } from './namespaceState';
import type { NamespaceDocument } from './syncDocuments';

/** Stands where the other documents have an id of Dropbox. Entries are stored with it, and queries name it. */
export const RECEIVED_NAMESPACE_ID = 'received';

/** Before the first reading. Its record group grants nothing: each file has direct edges to those who received it. */
export const receivedNamespace = (context: { connectorId: string; now: number }): NamespaceDocument => ({
  ...discovered(context, {
    namespaceId: RECEIVED_NAMESPACE_ID,
    kind: 'received',
    name: 'Files received from outside',
    ownerMemberId: null,
    externalGroupId: RECEIVED_NAMESPACE_ID,
    principals: [],
  }),
  work: 'none',
});

/** Every active member has to be asked again for what they received. */
export const receivedFilesStale = (): NamespacePatch => ({ namespaceId: RECEIVED_NAMESPACE_ID, membersReadAt: 0 });

/** `verify` found a difference in it: they are asked again, also if they are being asked now. */
export const receivedFilesRepair = (): NamespacePatch => ({ ...receivedFilesStale(), attempt: 'verify' });

/** Members are asked now, by this attempt. */
export const receivedFilesReading = (attempt: string): NamespacePatch & { attempt: string } => ({
  namespaceId: RECEIVED_NAMESPACE_ID,
  attempt,
});

/** Events named files that no listing has shown yet. The hints wait for the listings of this run. */
export const receivedFilesHinted = (waitingHints: ItemHint[], isStale: boolean): NamespacePatch => ({
  ...(isStale ? receivedFilesStale() : { namespaceId: RECEIVED_NAMESPACE_ID }),
  waitingHints,
});

/**
 * What the asked members received is stored. `missing`: number of files that are in no one's list any more; a later run
 * asks everyone again. What an earlier run did not see is still waiting, unless everyone was asked, and so is what the
 * deletion guard held. `isHeld`: it holds something since this run. `isStale`: a repair came while they were asked.
 */
export function receivedFilesRead(
  namespace: NamespaceDocument,
  readAt: number,
  {
    missing = 0,
    everyone = false,
    isHeld = false,
    isStale = false,
  }: { missing?: number; everyone?: boolean; isHeld?: boolean; isStale?: boolean } = {},
): NamespaceDocument {
  const problemBefore = everyone ? null : namespace.problem;
  return {
    ...namespace,
    membersReadAt: missing > 0 || isStale ? 0 : readAt,
    held: everyone && !isHeld ? null : namespace.held,
    problem:
      missing === 0
        ? problemBefore
        : `${missing} files are in no one's list; a later run has to confirm that they are gone`,
  };
}
