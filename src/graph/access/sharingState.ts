import { namespaceKey } from '../../sync/keys';
import { RECEIVED_NAMESPACE_ID } from '../../sync/receivedFiles';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { Graph } from '../driver/graph';
import { part, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { DUE_LIST } from '../state/namespaces';
import { DUE_FILE } from './sharedEntries';

export interface SharingState {
  /** Members who were removed and have rejoined, and whose member lists have not been read again since. */
  rejoined: string[];
  /** What is stored of the files that members received; null before they were read for the first time. */
  received: NamespaceDocument | null;
  /** Whether their record group is left, although none of these files is stored any more. */
  isEmptied: boolean;
}

const state = defineQuery<{ connectorId: string; received: string }, SharingState>(
  'sharing.state',
  `LET rejoined = (
     FOR member IN dropboxMembers
       FILTER member.connectorId == @connectorId AND member.returned == true
       RETURN member.teamMemberId
   )
   LET received = FIRST(
     FOR namespace IN dropboxNamespaces
       FILTER namespace._key == @received
       RETURN UNSET(namespace, "_id", "_rev")
   )
   LET files = (
     FOR entry IN dropboxEntries
       FILTER entry.connectorId == @connectorId AND entry.namespaceId == received.namespaceId
       LIMIT 1
       RETURN 1
   )
   LET groups = (
     FOR recordGroup IN recordGroups
       FILTER recordGroup.externalGroupId == received.externalGroupId AND recordGroup.connectorId == @connectorId
       LIMIT 1
       RETURN 1
   )
   RETURN { rejoined, received, isEmptied: received != null AND LENGTH(files) == 0 AND LENGTH(groups) > 0 }`,
  { connectorId: 'connector', received: 'key' },
);

const receivedKey = (connectorId: string): string => namespaceKey(connectorId, RECEIVED_NAMESPACE_ID);

/** What is still owed from earlier sharing events. */
export async function readSharingState(graph: Graph, connectorId: string): Promise<SharingState> {
  const [found] = await graph.run(state, { connectorId, received: receivedKey(connectorId) });
  return found ?? nothingOwed;
}

export const nothingOwed: SharingState = { rejoined: [], received: null, isEmptied: false };

/** For `readInOneRequest`: what `readSharingState` returns. */
export const sharingStatePart = (connectorId: string, take: (found: SharingState) => void): Part =>
  part(state, { connectorId, received: receivedKey(connectorId) }, take);

/** Which member lists have to be read. */
export interface DueLists {
  /** Whether the list of some namespace is due. */
  lists: boolean;
  /** Whether the list of some file is due. */
  files: boolean;
}

const due = defineQuery<{ connectorId: string; runId: string }, DueLists>(
  'sharing.due',
  `LET lists = (FOR namespace IN dropboxNamespaces ${DUE_LIST} LIMIT 1 RETURN 1)
   LET files = (FOR entry IN dropboxEntries ${DUE_FILE} LIMIT 1 RETURN 1)
   RETURN { lists: LENGTH(lists) > 0, files: LENGTH(files) > 0 }`,
  { connectorId: 'connector', runId: 'run' },
);

/** For `readInOneRequest`. */
export const dueListsPart = (vars: { connectorId: string; runId: string }, take: (found: DueLists) => void): Part =>
  part(due, vars, take);
