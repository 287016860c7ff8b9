import type { NamespaceDocument, NamespaceKind, Principal } from '../../sync/documents';
import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { readNamespaces } from '../state/namespaces';

interface StoredRecord {
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
  entries: { namespaceId: string; path: string; principals: Principal[] | null }[];
}

/** Where the content of a record is in Dropbox, and which members can read it. */
export interface RecordLocation extends Omit<StoredRecord, 'entries'> {
  places: { namespaceId: string; kind: NamespaceKind | null; path: string; delegate: string | null }[];
  /** team_member_ids of a few active members who can read it. */
  readers: string[];
}

const stored = defineQuery<{ key: string }, StoredRecord>(
  'recordLocation.record',
  `
FOR r IN records
  FILTER r._key == @key AND r.connectorName == "DROPBOX"
  LET file = FIRST(FOR f IN files FILTER f._key == r._key RETURN f)
  LET entries = (FOR e IN dropboxEntries FILTER e.recordKey == r._key
    RETURN { namespaceId: e.namespaceId, path: e.path, principals: e.principals })
  RETURN { key: r._key, orgId: r.orgId, connectorId: r.connectorId, name: r.recordName, itemId: r.externalRecordId,
    isFile: file.isFile == true, revision: r.externalRevisionId, contentHash: file.sha256Hash, mimeType: r.mimeType, entries: entries }`,
  { key: 'record' },
);

const activeMembers = defineQuery<{ connectorId: string; ids: string[]; limit: number }, string>(
  'recordLocation.activeMembers',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.status == "active" AND member.teamMemberId IN @ids
     LIMIT @limit
     RETURN member.teamMemberId`,
  { connectorId: 'connector', ids: ['dbmid:1'], limit: 5 },
);

const activeInGroups = defineQuery<{ connectorId: string; ids: string[]; limit: number }, string>(
  'recordLocation.activeInGroups',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.status == "active"
     FILTER LENGTH(INTERSECTION(member.groupIds, @ids)) > 0
     LIMIT @limit
     RETURN member.teamMemberId`,
  { connectorId: 'connector', ids: ['g:1'], limit: 5 },
);

/** How many members are tried before a record counts as unreadable. */
const READERS = 5;

/** The location of a record, or null if there is no such record of a Dropbox connector. */
export async function locateRecord(graph: Graph, key: string): Promise<RecordLocation | null> {
  const [found] = await graph.run(stored, { key });
  if (!found) return null;
  const { entries, ...record } = found;
  const { connectorId } = record;
  const namespaces = await readNamespaces(
    graph,
    connectorId,
    entries.map(({ namespaceId }) => namespaceId),
  );
  const places = entries.map(({ namespaceId, path }) => {
    const space = namespaces.get(namespaceId);
    return { namespaceId, path, kind: space?.kind ?? null, delegate: space?.delegate ?? null };
  });
  const principals = [
    ...entries.flatMap((entry) => entry.principals ?? []),
    ...[...namespaces.values()].flatMap(readersOf),
  ];
  const ids = (kind: Principal['kind']): string[] => [
    ...new Set(principals.filter((principal) => principal.kind === kind).map(({ id }) => id)),
  ];
  const users = ids('user');
  const readers = users.length === 0 ? [] : await graph.run(activeMembers, { connectorId, ids: users, limit: READERS });
  const groups = ids('group');
  if (readers.length < READERS && groups.length > 0) {
    readers.push(...(await graph.run(activeInGroups, { connectorId, ids: groups, limit: READERS })));
  }
  return { ...record, places, readers: [...new Set(readers)] };
}

/** A personal folder has no member list. Its owner can read it. */
const readersOf = ({ ownerMemberId, principals }: NamespaceDocument): Principal[] => [
  ...(ownerMemberId === null ? [] : [{ id: ownerMemberId, kind: 'user' as const, role: 'OWNER' as const }]),
  ...(principals ?? []),
];

const memberOfUser = defineQuery<{ connectorId: string; userId: string }, string>(
  'recordLocation.memberOfUser',
  `FOR user IN users
     FILTER user.userId == @userId
     FOR member IN dropboxMembers
       FILTER member.connectorId == @connectorId AND member.userKey == user._key AND member.status == "active"
       RETURN member.teamMemberId`,
  { connectorId: 'connector', userId: 'user' },
);

/** The team_member_id of a PipesHub user who is an active member of the team, or null. */
export const memberOfPipesHubUser = async (graph: Graph, connectorId: string, userId: string): Promise<string | null> =>
  (await graph.run(memberOfUser, { connectorId, userId }))[0] ?? null;

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
