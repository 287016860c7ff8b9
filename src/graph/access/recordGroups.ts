import { isDeepStrictEqual } from 'node:util';
import { failure } from '../../failures';
import { heldIn } from '../../sync/deletionGuard';
import { newEdge } from '../../sync/edges';
import { recordGroupKey } from '../../sync/keys';
import type { Edge, RecordGroupDocument } from '../../sync/pipesHubDocuments';
import type { NamespaceDocument, NamespaceKind } from '../../sync/syncDocuments';
import type { PrincipalVertices } from '../../sync/team';
import { appVertex, organizationVertex, recordGroupVertex } from '../../sync/vertices';
import type { GraphContext } from '../driver/context';
import { removeWithEdges } from '../driver/edges';
import { inTransaction, type Graph, type StandaloneGraph, type Transaction } from '../driver/graph';
import { part, readInOneRequest } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { namespacesPart, putNamespaces, readNamespaces, removeNamespaces } from '../state/namespaces';
import {
  countPermissionChanges,
  noChanges,
  replacePermissions,
  type PermissionChanges,
  type PermissionTarget,
} from './permissions';

type StoredRecordGroup = Pick<RecordGroupDocument, '_key' | 'externalGroupId'> &
  Record<'orgId' | 'groupName' | 'description' | 'parentExternalGroupId', string | null>;

const byExternalId = defineQuery<{ connectorId: string; ids: string[] }, StoredRecordGroup>(
  'recordGroups.byExternalId',
  `FOR recordGroup IN recordGroups
     FILTER recordGroup.externalGroupId IN @ids AND recordGroup.connectorId == @connectorId
     SORT recordGroup._key DESC
     RETURN KEEP(recordGroup, "_key", "externalGroupId", "orgId", "groupName", "description", "parentExternalGroupId")`,
  { connectorId: 'connector', ids: ['1'] },
);

type HierarchyEdge = Pick<Edge, '_key' | '_from' | '_to'> & { entityType: string | null };

const hierarchyEdges = defineQuery<{ groups: string[] }, HierarchyEdge>(
  'recordGroups.hierarchyEdges',
  `FOR recordGroup IN @groups
     FOR edge IN belongsTo
       FILTER edge._from == recordGroup
       RETURN { _key: edge._key, _from: edge._from, _to: edge._to, entityType: edge.entityType }`,
  { groups: ['recordGroups/key'] },
);

const inheritanceEdges = defineQuery<{ groups: string[] }, string>(
  'recordGroups.inheritanceEdges',
  `FOR recordGroup IN @groups
     FOR edge IN inheritPermissions
       FILTER edge._from == recordGroup
       RETURN edge._key`,
  { groups: ['recordGroups/key'] },
);

const descriptions: Record<NamespaceKind, string> = {
  team_folder: 'Team Folder',
  shared_folder: 'Shared Folder',
  personal: 'Personal Folder',
  app_folder: 'App Folder',
  team_root: 'Team Space',
  received: 'Received Files',
};

export interface RecordGroupsWritten extends PermissionChanges {
  recordGroups: number;
  /** Key of the record group of each namespace. A record group that PipesHub created keeps its key. */
  keys: Record<string, string>;
}

/**
 * Writes one batch of namespaces in one transaction: their documents, record groups and edges. A namespace whose
 * members were never read grants nothing. A record group has its complete member list and inherits from no other. A
 * repeat changes nothing. `since`: the stored documents that the new ones were derived from; without it, nothing is
 * compared. @throws GraphConflict if one of them has changed since it was read
 */
export async function writeRecordGroups(
  graph: StandaloneGraph,
  context: GraphContext,
  namespaces: readonly NamespaceDocument[],
  team: PrincipalVertices,
  since?: ReadonlyMap<string, NamespaceDocument>,
): Promise<RecordGroupsWritten> {
  const written = ['recordGroups', 'belongsTo', 'inheritPermissions', 'permission', 'dropboxNamespaces'];
  return inTransaction(graph, written, async (tx) => {
    const ids = namespaces.map((namespace) => namespace.externalGroupId);
    // Of duplicates the smallest key wins, as everywhere. The query returns it last.
    const stored = new Map<string, StoredRecordGroup>();
    const groups = await tx.run(byExternalId, { connectorId: context.connectorId, ids });
    for (const group of groups) stored.set(group.externalGroupId, group);
    const keys: Record<string, string> = {};
    const insert: RecordGroupDocument[] = [];
    const update: Partial<RecordGroupDocument>[] = [];
    const documents: NamespaceDocument[] = [];
    for (const namespace of namespaces) {
      const found = stored.get(namespace.externalGroupId);
      const key = found?._key ?? recordGroupKey(context.connectorId, namespace.externalGroupId);
      keys[namespace.namespaceId] = key;
      const wanted = recordGroup(context, key, namespace);
      if (found === undefined) insert.push(wanted);
      else if (differs(found, wanted)) {
        const { createdAtTimestamp: _kept, ...patch } = wanted;
        update.push(patch);
      }
      documents.push({ ...namespace, recordGroupKey: key });
    }
    await tx.insertAll('recordGroups', insert, 'update');
    await tx.updateAll('recordGroups', update as { _key: string }[]);
    // Dropbox may list two folders of a member, which share their record group.
    const vertices = [...new Set(Object.values(keys).map(recordGroupVertex))];
    const compared = documents.flatMap((one) => (since || heldIn(one).length > 0 ? [one.namespaceId] : []));
    const { above, inherited, known } = await readAround(tx, context, vertices, compared);
    await writeHierarchyEdges(tx, context, vertices, above);
    await tx.removeAll('inheritPermissions', inherited);
    const targets = new Map(documents.map((one) => [one.recordGroupKey, permissionTarget(one)]));
    const changes = await replacePermissions(tx, context.now, [...targets.values()], team);
    if (since) for (const next of documents) requireUnchanged(since.get(next.namespaceId), known, next);
    await putNamespaces(
      tx,
      documents.map((next) => withAnswers(next, known.get(next.namespaceId))),
    );
    return { recordGroups: documents.length, keys, ...changes };
  });
}

/** The number of permission edges that `writeRecordGroups` would change, in all of these namespaces. Writes nothing. */
export const countAccessChanges = (
  graph: Graph,
  namespaces: readonly Pick<NamespaceDocument, 'recordGroupKey' | 'principals'>[],
  team: PrincipalVertices,
): Promise<PermissionChanges> => countPermissionChanges(graph, namespaces.map(permissionTarget), team);

const permissionTarget = ({
  recordGroupKey: key,
  principals,
}: Pick<NamespaceDocument, 'recordGroupKey' | 'principals'>): PermissionTarget => ({
  to: recordGroupVertex(key),
  principals: principals ?? [],
});

/**
 * A zombie attempt must not store outdated answers after a later attempt has stored its own. If the answer to a commit
 * was lost, the repeated body finds its own documents, which is no conflict. @throws GraphConflict
 */
function requireUnchanged(
  before: NamespaceDocument | undefined,
  stored: ReadonlyMap<string, NamespaceDocument>,
  next: NamespaceDocument,
): void {
  const current = stored.get(next.namespaceId);
  if (isSameButHeld(current, before) || isSameButHeld(current, next)) return;
  throw failure('GraphConflict', `namespace ${next.namespaceId} has changed since it was read`);
}

const isSameButHeld = (a: NamespaceDocument | undefined, b: NamespaceDocument | undefined): boolean =>
  isDeepStrictEqual(a && { ...a, ...nothingCompared }, b && { ...b, ...nothingCompared });

/** An operator may answer at any time. */
const nothingCompared = { held: null, heldRevocations: null, heldFilters: null, updatedAt: 0 };

/**
 * An operator may have answered since a document was read. So the fields that `namespace` still holds are taken from
 * what is stored now. This loses nothing: a writer of whole documents may clear such a field, but never sets one.
 */
function withAnswers(namespace: NamespaceDocument, current: NamespaceDocument | undefined): NamespaceDocument {
  if (current === undefined) return namespace;
  const next = { ...namespace };
  for (const { field } of heldIn(namespace)) next[field] = current[field];
  return next;
}

function recordGroup(context: GraphContext, _key: string, namespace: NamespaceDocument): RecordGroupDocument {
  return {
    _key,
    orgId: context.orgId,
    groupName: namespace.name === '' ? namespace.namespaceId : namespace.name,
    groupType: 'DRIVE',
    connectorName: 'DROPBOX',
    connectorId: context.connectorId,
    externalGroupId: namespace.externalGroupId,
    // It is shown under the app, since a user who can't read its parent would not find it there.
    parentExternalGroupId: null,
    description: descriptions[namespace.kind],
    createdAtTimestamp: context.now,
    updatedAtTimestamp: context.now,
  };
}

const differs = (stored: StoredRecordGroup, wanted: RecordGroupDocument): boolean =>
  stored.orgId !== wanted.orgId ||
  stored.groupName !== wanted.groupName ||
  stored.description !== wanted.description ||
  (stored.parentExternalGroupId ?? null) !== null;

/** What is stored around record groups, in one request. */
interface Around {
  /** Edges to what they are in. */
  above: HierarchyEdge[];
  /** Keys of edges to what they inherit from. */
  inherited: string[];
  known: Map<string, NamespaceDocument>;
}

async function readAround(
  tx: Transaction,
  { connectorId }: GraphContext,
  groups: string[],
  namespaceIds: string[],
): Promise<Around> {
  const around: Around = { above: [], inherited: [], known: new Map() };
  await readInOneRequest(tx, [
    part(hierarchyEdges, { groups }, (edge) => void around.above.push(edge)),
    part(inheritanceEdges, { groups }, (key) => void around.inherited.push(key)),
    namespacesPart(connectorId, namespaceIds, (one) => void around.known.set(one.namespaceId, one)),
  ]);
  return around;
}

/** Places each record group under the app and the organization, and removes other parents. */
async function writeHierarchyEdges(
  tx: Transaction,
  context: GraphContext,
  vertices: readonly string[],
  stored: readonly HierarchyEdge[],
): Promise<void> {
  const app = appVertex(context.connectorId);
  const organization = organizationVertex(context.orgId);
  const missing = new Set(vertices.flatMap((vertex) => [`${vertex} ${app}`, `${vertex} ${organization}`]));
  const surplus: string[] = [];
  for (const edge of stored) {
    const typed = edge._to === organization ? edge.entityType === 'ORGANIZATION' : edge.entityType === null;
    if (!typed || !missing.delete(`${edge._from} ${edge._to}`)) surplus.push(edge._key);
  }
  const insert = [...missing].map((pair) => {
    const [from = '', to = ''] = pair.split(' ');
    // The schema accepts an edge without a type, but refuses null.
    const type = to === organization ? { entityType: 'ORGANIZATION' as const } : {};
    return { ...newEdge(from, to, context.now), ...type };
  });
  await tx.removeAll('belongsTo', surplus);
  await tx.insertAll('belongsTo', insert, 'replace');
}

/**
 * Removes a namespace and its record group, in bounded transactions, access first. The caller has to be sure that the
 * namespace is gone, and removes its records, which may have direct permission edges. A repeat continues where the last
 * call stopped.
 */
export async function removeRecordGroup(
  graph: StandaloneGraph,
  connectorId: string,
  namespaceId: string,
): Promise<PermissionChanges> {
  const namespace = (await readNamespaces(graph, connectorId, [namespaceId])).get(namespaceId);
  if (namespace === undefined) return noChanges();
  const changes = await removeRecordGroupsOf(graph, namespace);
  await removeNamespaces(graph, connectorId, [namespaceId]);
  return changes;
}

/** Removes the record group of a namespace that stays. Its document is not written: others may write it at any time. */
export async function removeRecordGroupsOf(
  graph: StandaloneGraph,
  { connectorId, externalGroupId }: Pick<NamespaceDocument, 'connectorId' | 'externalGroupId'>,
): Promise<PermissionChanges> {
  const sum = noChanges();
  for (const { _key } of await graph.run(byExternalId, { connectorId, ids: [externalGroupId] })) {
    const edgesIn = ['permission', 'inheritPermissions', 'belongsTo'];
    sum.revoked += (await removeWithEdges(graph, 'recordGroups', _key, edgesIn)).permissions;
  }
  return sum;
}
