import type { Database } from 'arangojs';
import type { GraphContext } from '../../src/graph/driver/context';
import { namespaceKey, recordGroupKey } from '../../src/sync/keys';
import type { Role } from '../../src/sync/pipesHubDocuments';
import type { NamespaceDocument, Principal, TeamMember } from '../../src/sync/syncDocuments';
import { all, CONNECTOR, ORG } from '../support/database';

export const context = (now = 1000, connectorId = CONNECTOR): GraphContext => ({ connectorId, orgId: ORG, now });

/** `from role to` of the permission edges, sorted. */
export async function edges(db: Database, collection = 'permission'): Promise<string[]> {
  const found = await all(db, collection);
  return found.map((edge) => `${edge._from} ${edge.role ?? edge.entityType ?? '-'} ${edge._to}`).sort();
}

export const member = (id: string, more: Partial<TeamMember> = {}): TeamMember => ({
  teamMemberId: `dbmid:${id}`,
  accountId: `dbid:${id}`,
  email: `${id}@acme.example`,
  displayName: id.toUpperCase(),
  status: 'active',
  homeNamespaceId: null,
  rootNamespaceId: null,
  groupIds: [],
  ...more,
});

export const user = (id: string, role: Role = 'READER'): Principal => ({ id: `dbmid:${id}`, kind: 'user', role });
export const group = (id: string, role: Role = 'READER'): Principal => ({ id: `g:${id}`, kind: 'group', role });

export const namespace = (id: string, more: Partial<NamespaceDocument> = {}): NamespaceDocument => ({
  _key: namespaceKey(CONNECTOR, id),
  connectorId: CONNECTOR,
  namespaceId: id,
  kind: 'team_folder',
  name: `Folder ${id}`,
  ownerMemberId: null,
  parentNamespaceId: null,
  inheritsAccess: true,
  externalGroupId: id,
  recordGroupKey: recordGroupKey(CONNECTOR, id),
  principals: [],
  membersReadAt: 1,
  due: false,
  delegate: null,
  work: 'none',
  problem: null,
  mark: null,
  held: null,
  heldRevocations: null,
  heldFilters: null,
  allowed: null,
  updatedAt: 1000,
  ...more,
});

/** A record with its edges, as a commit leaves it. */
export const putRecord = (
  db: Database,
  key: string,
  groupKey: string | null,
  connectorId = CONNECTOR,
  more: Record<string, unknown> = {},
): Promise<void> => putRecords(db, [key], groupKey, connectorId, () => more);

/** When the documents here were written. */
export const times = { createdAtTimestamp: 1, updatedAtTimestamp: 1 };

/** A record as it is stored. */
export const recordNamed = (key: string, connectorId: string): object => ({
  _key: key,
  orgId: ORG,
  recordName: `${key}.txt`,
  externalRecordId: `id:${key}`,
  connectorId,
  recordType: 'FILE',
  version: 0,
  origin: 'CONNECTOR',
  connectorName: 'DROPBOX',
  mimeType: 'text/plain',
  ...times,
});

/** Many records with their edges. */
export async function putRecords(
  db: Database,
  keys: readonly string[],
  groupKey: string | null,
  connectorId = CONNECTOR,
  more: (key: string) => Record<string, unknown> = () => ({}),
): Promise<void> {
  const save = async (collection: string, documentOf: (key: string) => object): Promise<void> => {
    for (const result of await db.collection(collection).saveAll(keys.map(documentOf))) {
      if ('error' in result) throw new Error(`${collection}: ${result.errorMessage}`);
    }
  };
  await save('records', (key) => ({ ...recordNamed(key, connectorId), ...more(key) }));
  await save('files', (key) => ({ _key: key, orgId: ORG, name: `${key}.txt`, isFile: true }));
  await save('isOfType', (key) => ({ _from: `records/${key}`, _to: `files/${key}`, ...times }));
  if (groupKey === null) return;
  for (const collection of ['belongsTo', 'inheritPermissions']) {
    await save(collection, (key) => ({ _from: `records/${key}`, _to: `recordGroups/${groupKey}`, ...times }));
  }
}

export async function link(
  db: Database,
  collection: string,
  _from: string,
  _to: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const edge = { _from, _to, createdAtTimestamp: 1, updatedAtTimestamp: 1, ...more };
  return (await db.collection(collection).save(edge))._key;
}
