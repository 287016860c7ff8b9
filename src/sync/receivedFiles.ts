/**
 * The namespace of files that members received from outside the team. It is no folder in Dropbox, and has neither a
 * listing nor a member list, so only a few of a namespace's transitions apply to it.
 */
import { discovered } from './discoveryState';
import type { ItemHint } from './events';
import type { NamespacePatch } from './namespaceState';
import type { NamespaceDocument } from './syncDocuments';

/** Its namespace id, in place of one of Dropbox. Entries are stored with it, and queries name it. */
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

/** Events named files that no listing has shown yet. Their hints are kept until after the listings of this run. */
export const receivedFilesHinted = (waitingHints: ItemHint[], isStale: boolean): NamespacePatch => ({
  ...(isStale ? receivedFilesStale() : { namespaceId: RECEIVED_NAMESPACE_ID }),
  waitingHints,
});

/**
 * The files that the asked members received are stored. `missing`: number of files that are in no one's list any more;
 * a later run asks everyone again. `everyone`: all active members were asked. Only then is a problem of an earlier run
 * solved, and what the deletion guard held obsolete. `isHeld`: it holds something of this run. `isStale`: a repair was
 * requested in the meantime.
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
