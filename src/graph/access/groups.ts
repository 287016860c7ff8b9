import { groupKey } from '../../sync/keys';
import type { GroupDocument } from '../../sync/pipesHubDocuments';
import { Readers } from '../../sync/readers';
import type { MemberDocument } from '../../sync/syncDocuments';
import type { IndexedMember } from '../../sync/team';
import { groupVertex, userVertex } from '../../sync/vertices';
import type { GraphContext } from '../driver/context';
import { removeWithEdges } from '../driver/edges';
import { inTransaction, type StandaloneGraph } from '../driver/graph';
import { part, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { membersPart, readMembers } from './members';
import {
  addChanges,
  noChanges,
  replaceEdges,
  type Grant,
  type PermissionChanges,
  type WantedEdges,
} from './permissions';
import { indexedMembers } from './team';

interface StoredGroup {
  key: string;
  groupId: string;
  name: string;
}

const byExternalId = defineQuery<{ connectorId: string; groupIds: string[] }, StoredGroup>(
  'groups.byExternalId',
  `FOR group IN groups
     FILTER group.externalGroupId IN @groupIds AND group.connectorId == @connectorId
     SORT group._key
     RETURN { key: group._key, groupId: group.externalGroupId, name: group.name }`,
  { connectorId: 'connector', groupIds: ['g:1'] },
);

/** `users`: ids of the user documents with an edge to the group. */
type GroupWithUsers = StoredGroup & { users: string[] };

/** AQL: each group, with its users. */
const EACH_GROUP = `FOR group IN groups
     FILTER group.connectorId == @connectorId
     LET users = (
       FOR edge IN permission
         FILTER edge._to == group._id
         RETURN edge._from
     )`;

const everyGroup = defineQuery<{ connectorId: string }, GroupWithUsers>(
  'groups.all',
  `${EACH_GROUP}
     RETURN { key: group._key, groupId: group.externalGroupId, name: group.name, users: users }`,
  { connectorId: 'connector' },
);

/** As `everyGroup`, with at most a thousand users per row, so that a row does not grow with its group. */
const everyGroupInParts = defineQuery<{ connectorId: string }, GroupWithUsers>(
  'groups.allInParts',
  `${EACH_GROUP}
     FOR number IN 0..FLOOR(MAX([LENGTH(users) - 1, 0]) / 1000)
       RETURN {
         key: group._key,
         groupId: group.externalGroupId,
         name: group.name,
         users: SLICE(users, number * 1000, 1000)
       }`,
  { connectorId: 'connector' },
);

/** A group as Dropbox lists it, with its complete list of members. */
export interface GroupList {
  group: { groupId: string; name: string };
  members: readonly { teamMemberId: string }[];
}

/** Most members that the groups of one transaction have in total. A group with more has a transaction of its own. */
const MEMBERS_PER_TRANSACTION = 2000;

/**
 * Makes groups and their members equal to what was read, by difference, several groups in one transaction. The role is
 * always READER, since PipesHub's readers ignore who owns a group. A member who is not active, or unknown, gets no edge.
 * A repeat changes nothing.
 */
export async function writeGroups(
  graph: StandaloneGraph,
  context: GraphContext,
  lists: readonly GroupList[],
): Promise<PermissionChanges> {
  const sum = noChanges();
  // Dropbox may list a group twice, and a transaction writes each edge once.
  const unique = [...new Map(lists.map((list) => [list.group.groupId, list])).values()];
  for (const part of partsOf(unique)) addChanges(sum, await writePart(graph, context, part));
  return sum;
}

function partsOf(lists: readonly GroupList[]): GroupList[][] {
  const parts: GroupList[][] = [];
  let space = 0;
  for (const list of lists) {
    space -= list.members.length;
    const last = parts.at(-1);
    if (last && space >= 0) last.push(list);
    else {
      parts.push([list]);
      space = MEMBERS_PER_TRANSACTION - list.members.length;
    }
  }
  return parts;
}

async function writePart(
  graph: StandaloneGraph,
  context: GraphContext,
  lists: readonly GroupList[],
): Promise<PermissionChanges> {
  const { connectorId } = context;
  const groupIds = lists.map(({ group }) => group.groupId);
  const memberIds = new Set(lists.flatMap(({ members }) => members.map(({ teamMemberId }) => teamMemberId)));
  return inTransaction(graph, ['groups', 'permission'], async (tx) => {
    const stored = new Map<string, StoredGroup>();
    for (const group of await tx.run(byExternalId, { connectorId, groupIds }))
      if (!stored.has(group.groupId)) stored.set(group.groupId, group);
    const known = await readMembers(tx, connectorId, [...memberIds]);
    const created: GroupDocument[] = [];
    const renamed: Pick<GroupDocument, '_key' | 'name' | 'updatedAtTimestamp'>[] = [];
    const wanted: WantedEdges[] = [];
    for (const { group, members } of lists) {
      const before = stored.get(group.groupId);
      const key = before?.key ?? groupKey(connectorId, group.groupId);
      if (before === undefined) created.push(newGroup(context, key, group));
      else if (before.name !== group.name)
        renamed.push({ _key: key, name: group.name, updatedAtTimestamp: context.now });
      const from = new Map<string, Grant>();
      for (const { teamMemberId } of members) {
        const member = known.get(teamMemberId);
        if (member?.status === 'active' && member.userKey !== null)
          from.set(userVertex(member.userKey), { role: 'READER', type: 'USER' });
      }
      wanted.push({ to: groupVertex(key), from });
    }
    await tx.insertAll('groups', created, 'update');
    await tx.updateAll('groups', renamed);
    return replaceEdges(tx, context.now, wanted);
  });
}

function newGroup(context: GraphContext, _key: string, group: { groupId: string; name: string }): GroupDocument {
  return {
    _key,
    orgId: context.orgId,
    name: group.name,
    externalGroupId: group.groupId,
    appName: 'DROPBOX',
    connectorName: 'DROPBOX',
    connectorId: context.connectorId,
    createdAtTimestamp: context.now,
    updatedAtTimestamp: context.now,
  };
}

/** Removes groups and their duplicates. A repeat continues where the last call stopped. */
export async function removeGroups(
  graph: StandaloneGraph,
  connectorId: string,
  groupIds: readonly string[],
): Promise<PermissionChanges & { groups: number }> {
  const sum = { ...noChanges(), groups: 0 };
  if (groupIds.length === 0) return sum;
  for (const { key } of await graph.run(byExternalId, { connectorId, groupIds: [...groupIds] })) {
    const { permissions, documents } = await removeWithEdges(graph, 'groups', key, ['permission']);
    sum.revoked += permissions;
    sum.groups += documents;
  }
  return sum;
}

export interface StoredGroupMembers extends StoredGroup {
  /** team_member_ids of the users with an edge to the group. For a user without a member it is the edge's `_from`. */
  members: string[];
}

export async function* storedGroups(graph: StandaloneGraph, connectorId: string): AsyncGenerator<StoredGroupMembers[]> {
  const owners = new UserOwners();
  for await (const batch of indexedMembers(graph, connectorId)) for (const member of batch) owners.add(member);
  for await (const batch of graph.stream(everyGroup, { connectorId }, 50))
    yield batch.map((group) => owners.withMembers(group));
}

/** Reads all groups in one request, and who should belong to each of them according to the stored members. */
export class GroupsRead {
  private readonly owners = new UserOwners();
  private readonly readers = new Readers();
  private readonly groups: GroupWithUsers[] = [];

  /** For `readInOneRequest`. */
  parts(connectorId: string): Part[] {
    const addMember = (member: MemberDocument): void => {
      this.owners.add(member);
      this.readers.add(member);
    };
    return [
      membersPart(connectorId, addMember),
      part(everyGroupInParts, { connectorId }, (group) => this.addGroup(group)),
    ];
  }

  private addGroup({ users, ...group }: GroupWithUsers): void {
    const last = this.groups.at(-1);
    if (last?.key === group.key) for (const user of users) last.users.push(user);
    else this.groups.push({ ...group, users });
  }

  get expected(): Readers['byGroup'] {
    return this.readers.byGroup;
  }

  get granted(): Readers['granted'] {
    return this.readers.granted;
  }

  byId(): Map<string, StoredGroupMembers> {
    return new Map(this.groups.map((group) => [group.groupId, this.owners.withMembers(group)]));
  }
}

/** The member of each user document: an active one where several have the same user. */
class UserOwners {
  private readonly byUser = new Map<string, string>();

  add({ teamMemberId, userKey, status }: Pick<IndexedMember, 'teamMemberId' | 'userKey' | 'status'>): void {
    if (userKey !== null && (status === 'active' || !this.byUser.has(userKey))) this.byUser.set(userKey, teamMemberId);
  }

  withMembers({ users, ...group }: GroupWithUsers): StoredGroupMembers {
    return { ...group, members: users.map((from) => this.byUser.get(from.slice('users/'.length)) ?? from) };
  }
}
