import type { ConnectorDocument } from '../../sync/connectorDocument';
import type { NamespaceKind } from '../../sync/syncDocuments';
import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { connectorOf, unknownConnector } from '../state/connectors';

/** Where the content of a record is in Dropbox, and which members can read it. */
export interface RecordLocation {
  key: string;
  orgId: string;
  connectorId: string;
  name: string;
  /** Dropbox `id:…` */
  itemId: string;
  isFile: boolean;
  /** Dropbox's rev and content_hash as of the last sync. */
  revision: string | null;
  contentHash: string | null;
  mimeType: string;
  places: { namespaceId: string; kind: NamespaceKind | null; path: string; delegate: string | null }[];
  /** team_member_ids of a few active members who can read it. */
  readers: string[];
}

interface LocationRow {
  record: Omit<RecordLocation, 'places' | 'readers'>;
  places: RecordLocation['places'];
  named: string[];
  inGroups: string[];
  /** The user as an active member of the team. */
  memberId: string | null;
  connector: unknown;
}

/** How many members are tried before a record counts as unreadable. */
const READERS = 5;

/**
 * Everything that a request for content needs, in one query. The owner of a personal folder, which has no member list,
 * can read it. Members are looked up by their groups only if too few are named themselves.
 */
const location = defineQuery<{ key: string; userId: string | null; readers: number }, LocationRow>(
  'recordLocation.locate',
  `FOR record IN records
     FILTER record._key == @key AND record.connectorName == "DROPBOX"
     LET file = FIRST(FOR one IN files FILTER one._key == record._key RETURN one)
     LET places = (
       FOR entry IN dropboxEntries
         FILTER entry.recordKey == record._key
         LET namespace = FIRST(FOR one IN dropboxNamespaces
           FILTER one.connectorId == record.connectorId AND one.namespaceId == entry.namespaceId
           RETURN one)
         LET principals = APPEND(NOT_NULL(entry.principals, []), NOT_NULL(namespace.principals, []))
         RETURN {
           place: { namespaceId: entry.namespaceId, kind: namespace.kind, path: entry.path, delegate: namespace.delegate },
           userIds: APPEND([namespace.ownerMemberId], (FOR one IN principals FILTER one.kind == "user" RETURN one.id)),
           groupIds: (FOR one IN principals FILTER one.kind == "group" RETURN one.id)
         })
     LET userIds = UNIQUE(FLATTEN(places[*].userIds))
     LET groupIds = UNIQUE(FLATTEN(places[*].groupIds))
     LET named = (
       FOR member IN dropboxMembers
         FILTER member.connectorId == record.connectorId AND member.status == "active"
         FILTER member.teamMemberId IN userIds
         LIMIT @readers
         RETURN member.teamMemberId)
     LET inGroups = UNIQUE(FLATTEN(
       FOR groupId IN (LENGTH(named) < @readers ? groupIds : [])
         RETURN (
           FOR member IN dropboxMembers
             FILTER member.connectorId == record.connectorId AND groupId IN member.groupIds[*]
             FILTER member.status == "active"
             LIMIT @readers
             RETURN member.teamMemberId)))
     LET memberId = FIRST(
       FOR user IN users
         FILTER @userId != null AND user.userId == @userId
         FOR member IN dropboxMembers
           FILTER member.connectorId == record.connectorId AND member.userKey == user._key
           FILTER member.status == "active"
           RETURN member.teamMemberId)
     RETURN {
       record: { key: record._key, orgId: record.orgId, connectorId: record.connectorId, name: record.recordName,
         itemId: record.externalRecordId, isFile: file.isFile == true, revision: record.externalRevisionId,
         contentHash: file.sha256Hash, mimeType: record.mimeType },
       places: places[*].place, named: named, inGroups: SLICE(inGroups, 0, @readers), memberId: memberId,
       connector: FIRST(FOR one IN dropboxConnectors FILTER one._key == record.connectorId RETURN one)
     }`,
  { key: 'record', userId: null, readers: 5 },
);

const recordOf = ({ record, places, named, inGroups }: LocationRow): RecordLocation => ({
  ...record,
  places,
  readers: [...new Set([...named, ...inGroups])],
});

/** The location of a record, or null if there is no such record of a Dropbox connector. */
export async function locateRecord(graph: Graph, key: string): Promise<RecordLocation | null> {
  const [row] = await graph.run(location, { key, userId: null, readers: READERS });
  return row ? recordOf(row) : null;
}

/** A record for which a PipesHub user asks, and the connector that fetches it. */
export interface RequestedRecord {
  record: RecordLocation;
  connector: ConnectorDocument;
  /** team_member_id of the user; null if they are not an active member of the team. */
  memberId: string | null;
}

/** Does what `locateRecord` does, and also reads the connector and a user. @throws ConnectorUnknown, GraphRefused */
export async function locateRequested(
  graph: Graph,
  key: string,
  userId: string | undefined,
): Promise<RequestedRecord | null> {
  const [row] = await graph.run(location, { key, userId: userId ?? null, readers: READERS });
  if (!row) return null;
  const record = recordOf(row);
  if (row.connector === null) throw unknownConnector(record.connectorId);
  return { record, connector: connectorOf(row.connector), memberId: row.memberId };
}

const membersOfAccounts = defineQuery<{ connectorId: string; accounts: string[] }, string>(
  'recordLocation.membersOfAccounts',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.accountId IN @accounts
     RETURN member.teamMemberId`,
  { connectorId: 'connector', accounts: ['dbid:1'] },
);

/** The team_member_ids of the members with these Dropbox accounts. */
export const membersByAccount = async (graph: Graph, connectorId: string, accounts: string[]): Promise<string[]> =>
  accounts.length === 0 ? [] : graph.run(membersOfAccounts, { connectorId, accounts });

const organization = defineQuery<{ key: string }, string>(
  'recordLocation.organizationOfRecord',
  `FOR record IN records
     FILTER record._key == @key AND record.connectorName == "DROPBOX"
     RETURN record.orgId`,
  { key: 'record' },
);

/** The organization that a record belongs to, or null. */
export const organizationOfRecord = async (graph: Graph, key: string): Promise<string | null> =>
  (await graph.run(organization, { key }))[0] ?? null;
