import type { DropboxActor, DropboxSession, TeamGroup } from '../dropbox';
import { failureTypeOf } from '../failures';
import { groupId as groupVertex, recordGroupId, recordId } from '../graph/driver/context';
import { activeGroupMembers } from '../graph/access/groupMembership';
import { storedGroups } from '../graph/access/groups';
import { memberIndex, principalIndex, type MemberIndex, type PrincipalIndex } from '../graph/access/memberIndex';
import { allNamespaces } from '../graph/state/namespaces';
import { countPermissionChanges } from '../graph/access/permissions';
import { filesWithMembers } from '../graph/readers/recordStructure';
import { permissionsTo } from '../graph/readers/verification';
import { principalsOf, type ListedMembers } from '../sync/access';
import type { NamespaceDocument, Principal } from '../sync/documents';
import { duplicates, mistyped } from './edgeFaults';
import type { Findings } from './findings';
import type { StandaloneGraph } from '../graph/driver/graph';

interface Reading {
  graph: StandaloneGraph;
  connectorId: string;
  session: DropboxSession;
  team: MemberIndex;
  vertices: PrincipalIndex;
  findings: Findings;
}

/** Compares the edges that stand for member lists with the lists themselves: groups, namespaces, single files. */
export async function checkAccessLists(
  graph: StandaloneGraph,
  connectorId: string,
  session: DropboxSession,
  findings: Findings,
): Promise<void> {
  const reading: Reading = {
    graph,
    connectorId,
    session,
    team: await memberIndex(graph, connectorId),
    vertices: await principalIndex(graph, connectorId),
    findings,
  };
  await checkGroups(reading);
  await checkNamespaces(reading);
  await checkSharedFiles(reading);
}

async function checkGroups({ graph, connectorId, session, team, findings }: Reading): Promise<void> {
  const differs = (text: string): void => {
    findings.teamDiffers = true;
    findings.add({ kind: 'accessList', text });
  };
  const listed = new Map<string, TeamGroup>();
  for await (const page of session.team.groups()) for (const group of page) listed.set(group.groupId, group);
  const expected = await activeGroupMembers(graph, connectorId);
  const stored = new Set<string>();
  for await (const batch of storedGroups(graph, connectorId)) {
    const edgesTo = await permissionsTo(
      graph,
      batch.map(({ key }) => groupVertex(key)),
    );
    for (const group of batch) {
      stored.add(group.groupId);
      const one = listed.get(group.groupId);
      if (one === undefined) {
        differs(`group ${group.name} is not in Dropbox`);
        continue;
      }
      if (one.name !== group.name) differs(`group ${group.name} is called ${one.name} in Dropbox`);
      const wanted = new Set<string>();
      // Who is in a group that Dropbox manages itself, only the members tell.
      if (one.managementType === 'system_managed') for (const id of expected.get(one.groupId) ?? []) wanted.add(id);
      else {
        for await (const page of session.team.groupMembers(group.groupId)) {
          for (const { teamMemberId } of page) {
            const member = team.byMemberId(teamMemberId);
            if (member?.status === 'active' && member.userKey !== null) wanted.add(teamMemberId);
          }
        }
      }
      const edges = edgesTo.get(groupVertex(group.key)) ?? [];
      if (mistyped(edges).length > 0) differs(`group ${group.name}: some of its members by edges of a wrong type`);
      const twice = duplicates(edges);
      for (const { key } of twice) findings.strayEdge('permission', key);
      if (twice.length > 0) differs(`group ${group.name}: ${twice.length} of its members twice`);
      const extra = [...new Set(group.members)].filter((id) => !wanted.delete(id));
      for (const id of extra) differs(`group ${group.name}: ${id} is in it, and not in Dropbox`);
      for (const id of wanted) differs(`group ${group.name}: ${id} is not in it, and is in Dropbox`);
    }
  }
  for (const [groupId, { name }] of listed) if (!stored.has(groupId)) differs(`group ${name} is not in the graph`);
}

async function checkNamespaces(reading: Reading): Promise<void> {
  const { graph, connectorId, findings, vertices } = reading;
  for await (const batch of allNamespaces(graph, connectorId)) {
    for (const namespace of batch) {
      const principals = await principalsNow(reading, namespace);
      if (principals === null) continue;
      const to = recordGroupId(namespace.recordGroupKey);
      const { granted, revoked, changed } = await countPermissionChanges(graph, [{ to, principals }], vertices);
      const { name, namespaceId, principals: kept } = namespace;
      const differs = (text: string): void =>
        findings.add({ kind: 'accessList', text: `${name} (${namespaceId}): ${text}`, namespaceId });
      if (granted + revoked + changed > 0) {
        differs(`${granted} too few, ${revoked} too many, ${changed} with another role`);
      } else if (kept !== null && !isSameList(kept, principals)) {
        // The edges are right, and the next sync would make them as wrong as what it believes.
        differs("the list that the connector keeps is not Dropbox's");
      }
    }
  }
}

function isSameList(kept: readonly Principal[], read: readonly Principal[]): boolean {
  const named = (list: readonly Principal[]): string =>
    [...new Set(list.map(({ id, role }) => `${id} ${role}`))].sort().join();
  return named(kept) === named(read);
}

/** null: nobody could be asked; the member views still show what is wrong. */
async function principalsNow(reading: Reading, namespace: NamespaceDocument): Promise<Principal[] | null> {
  const { kind, ownerMemberId, namespaceId } = namespace;
  switch (kind) {
    case 'personal':
    case 'app_folder':
      return ownerMemberId === null ? [] : [{ id: ownerMemberId, kind: 'user', role: 'OWNER' }];
    case 'received':
    case 'team_root':
      return null;
    case 'team_folder':
    case 'shared_folder': {
      const members = await firstAnswer(reading, namespace, (actor) => actor.folderMembers(namespaceId));
      return members === null ? null : principalsOf(members, reading.team).principals;
    }
  }
}

async function firstAnswer(
  { session, team }: Reading,
  { delegate, principals }: NamespaceDocument,
  ask: (actor: DropboxActor) => Promise<ListedMembers>,
): Promise<ListedMembers | null> {
  const { teamMemberId: admin } = await session.team.admin();
  const users = (principals ?? []).filter(({ kind }) => kind === 'user').map(({ id }) => id);
  const members = [...(delegate === null || delegate === 'admin' ? [] : [delegate]), ...users];
  const actors = [
    { kind: 'admin' as const, teamMemberId: admin },
    ...members
      .filter((id) => team.isActive(id))
      .slice(0, 5)
      .map((teamMemberId) => ({ kind: 'member' as const, teamMemberId })),
  ];
  for (const actor of actors) {
    try {
      return await ask(session.as(actor));
    } catch (error) {
      if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    }
  }
  return null;
}

async function checkSharedFiles({ graph, connectorId, session, team, vertices, findings }: Reading): Promise<void> {
  const { teamMemberId: admin } = await session.team.admin();
  const actor = session.as({ kind: 'admin', teamMemberId: admin });
  for await (const batch of filesWithMembers(graph, connectorId, 100)) {
    const lists = await actor.fileMembersBatch(batch.map(({ itemId }) => itemId));
    for (const { recordKey, itemId, namespaceId, path } of batch) {
      const list = lists.get(itemId);
      if (list === undefined || 'problem' in list) continue;
      const { principals } = principalsOf(list.members, team);
      const { granted, revoked, changed } = await countPermissionChanges(
        graph,
        [{ to: recordId(recordKey), principals }],
        vertices,
      );
      if (granted + revoked + changed === 0) continue;
      findings.add({
        kind: 'accessList',
        text: `${path} in ${namespaceId}: of its own members ${granted} too few, ${revoked} too many, ${changed} with another role`,
        namespaceId,
        recordKey,
        itemId,
      });
    }
  }
}
