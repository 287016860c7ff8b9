import { chunks } from '../../chunks';
import { newEdge } from '../../sync/edges';
import type { PermissionEdge } from '../../sync/pipesHubDocuments';
import type { Principal } from '../../sync/syncDocuments';
import type { PrincipalVertices } from '../../sync/team';
import { groupVertex, recordGroupVertex, userVertex } from '../../sync/vertices';
import type { GraphContext } from '../driver/context';
import { inTransaction, type StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { namespacesNaming } from '../state/namespaces';
import { namedIn } from '../state/storedPrincipals';
import { readMembers } from './members';
import {
  addChanges,
  noChanges,
  recordTargets,
  replacePermissions,
  type PermissionChanges,
  type PermissionTarget,
} from './permissions';
import { groupKeys } from './team';

interface SharedFile {
  recordKey: string;
  principals: Principal[] | null;
}

/**
 * Records whose own member list names one of these principals, each with its whole list. While an item moves, it has
 * entries in several namespaces. The list that was read last counts, even if it names none of them any more.
 */
const sharedWith = defineQuery<{ connectorId: string; ids: string[] }, SharedFile>(
  'regrant.sharedWith',
  `FOR id IN @ids
     FOR entry IN dropboxEntries
       FILTER entry.connectorId == @connectorId AND id IN entry.sharedWith[*]
       FILTER IS_STRING(entry.recordKey)
       COLLECT recordKey = entry.recordKey
       LET latest = FIRST(
         FOR other IN dropboxEntries
           FILTER other.recordKey == recordKey
           FILTER other.membersReadAt != null
           SORT other.membersReadAt DESC
           LIMIT 1
           RETURN other.principals
       )
       RETURN { recordKey, principals: latest }`,
  { connectorId: 'connector', ids: ['dbmid:1'] },
);

const groupsOfUsers = defineQuery<{ users: string[] }, { from: string; to: string }>(
  'regrant.groupsOfUsers',
  `FOR user IN @users
     FOR edge IN permission
       FILTER edge._from == user AND STARTS_WITH(edge._to, "groups/")
       RETURN { from: edge._from, to: edge._to }`,
  { users: ['users/key'] },
);

const MEMBERS_PER_TRANSACTION = 200;
const RECORDS_PER_TRANSACTION = 200;
/** Members and groups whose files are looked for at once. */
const PRINCIPALS_PER_QUERY = 100;

/**
 * Applies the stored member lists again to members and groups that changed, without a call to Dropbox: in the
 * namespaces and files whose lists name them, and in the groups of the members. Revokes as well as grants. `team` has
 * to be read after the change. A repeat changes nothing.
 */
export async function regrantPrincipals(
  graph: StandaloneGraph,
  context: GraphContext,
  ids: readonly string[],
  team: PrincipalVertices,
): Promise<PermissionChanges> {
  const sum = noChanges();
  if (ids.length === 0) return sum;
  sum.granted += await regrantGroups(graph, context, ids);
  for await (const namespaces of namespacesNaming(graph, context.connectorId, ids)) {
    const targets = namespaces.flatMap(({ recordGroupKey, principals }) =>
      principals === null ? [] : [{ to: recordGroupVertex(recordGroupKey), principals }],
    );
    addChanges(sum, await replaceIn(graph, context, targets, team));
  }
  for (const part of chunks(ids, PRINCIPALS_PER_QUERY)) {
    for await (const stored of graph.stream(sharedWith, { connectorId: context.connectorId, ids: part }, 1000)) {
      const entries = stored.map((one) => ({ ...one, principals: one.principals && namedIn(one.principals) }));
      for (const targets of chunks(recordTargets(entries), RECORDS_PER_TRANSACTION)) {
        addChanges(sum, await replaceIn(graph, context, targets, team));
      }
    }
  }
  return sum;
}

async function replaceIn(
  graph: StandaloneGraph,
  context: GraphContext,
  targets: readonly PermissionTarget[],
  team: PrincipalVertices,
): Promise<PermissionChanges> {
  if (targets.length === 0) return noChanges();
  return inTransaction(graph, ['permission'], (tx) => replacePermissions(tx, context.now, targets, team));
}

/**
 * Adds the edges that are missing between active members and the groups that the team's list names for each of them.
 */
async function regrantGroups(graph: StandaloneGraph, context: GraphContext, ids: readonly string[]): Promise<number> {
  let granted = 0;
  const keys = await groupKeys(graph, context.connectorId);
  for (const part of chunks(ids, MEMBERS_PER_TRANSACTION)) {
    granted += await inTransaction(graph, ['permission'], async (tx) => {
      const members = await readMembers(tx, context.connectorId, part);
      const wanted = new Map<string, PermissionEdge>();
      const users: string[] = [];
      for (const { status, userKey, groupIds } of members.values()) {
        if (status !== 'active' || userKey === null) continue;
        users.push(userVertex(userKey));
        for (const id of groupIds) {
          const key = keys.get(id);
          if (key === undefined) continue;
          const edge = newEdge(userVertex(userKey), groupVertex(key), context.now);
          wanted.set(`${edge._from} ${edge._to}`, { ...edge, role: 'READER', type: 'USER' });
        }
      }
      for (const { from, to } of await tx.run(groupsOfUsers, { users })) wanted.delete(`${from} ${to}`);
      await tx.insertAll('permission', [...wanted.values()], 'update');
      return wanted.size;
    });
  }
  return granted;
}
