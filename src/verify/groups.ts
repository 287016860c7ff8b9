import type { TeamGroup } from '../dropbox';
import { storedGroups, type StoredGroupMembers } from '../graph/access/groups';
import { readReaders } from '../graph/access/readers';
import { permissionsTo } from '../graph/readers/verification';
import { mapConcurrently } from '../mapConcurrently';
import { groupVertex } from '../sync/vertices';
import { CONCURRENT_CALLS, type Check } from './check';
import { duplicates, mistyped } from './edgeFaults';

/** Compares the groups in the graph, and who is in them, with those of Dropbox. */
export async function checkGroups(check: Check): Promise<void> {
  const { graph, connectorId, session, findings } = check;
  const listed = new Map<string, TeamGroup>();
  for await (const page of session.team.groups()) for (const group of page) listed.set(group.groupId, group);
  const { byGroup: reported } = await readReaders(graph, connectorId);
  const report = (text: string): void => {
    findings.teamDiffers = true;
    findings.add({ kind: 'accessList', text });
  };

  const stored = new Set<string>();
  for await (const batch of storedGroups(graph, connectorId)) {
    const vertices = batch.map(({ key }) => groupVertex(key));
    const edges = await permissionsTo(graph, vertices);
    const expected = await mapConcurrently(batch, CONCURRENT_CALLS, async ({ groupId }) => {
      const group = listed.get(groupId);
      return group === undefined ? null : expectedMembers(check, group, reported);
    });
    for (const [at, group] of batch.entries()) {
      stored.add(group.groupId);
      const inDropbox = listed.get(group.groupId);
      if (inDropbox === undefined) {
        report(`group ${group.name} is not in Dropbox`);
        continue;
      }
      if (inDropbox.name !== group.name) report(`group ${group.name} is called ${inDropbox.name} in Dropbox`);
      const toGroup = edges.get(groupVertex(group.key)) ?? [];
      if (mistyped(toGroup).length > 0) report(`group ${group.name}: some of its members by edges of a wrong type`);
      const surplus = duplicates(toGroup);
      for (const { key } of surplus) findings.addSurplusEdge('permission', key);
      if (surplus.length > 0) report(`group ${group.name}: ${surplus.length} of its members twice`);
      for (const text of memberDifferences(group, expected[at] ?? new Set())) report(`group ${group.name}: ${text}`);
    }
  }
  for (const [groupId, { name }] of listed) if (!stored.has(groupId)) report(`group ${name} is not in the graph`);
}

/** team_member_id of the active members who are in a group and have a user document. */
async function expectedMembers(
  { session, team }: Check,
  { groupId, managementType }: TeamGroup,
  reported: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Set<string>> {
  // Dropbox does not list the members of a group that it manages itself: the profiles of the members name the group.
  if (managementType === 'system_managed') return new Set(reported.get(groupId));
  const expected = new Set<string>();
  for await (const page of session.team.groupMembers(groupId)) {
    for (const { teamMemberId } of page) {
      if (team.vertexOf({ kind: 'user', id: teamMemberId }) !== null) expected.add(teamMemberId);
    }
  }
  return expected;
}

function* memberDifferences({ members }: StoredGroupMembers, expected: ReadonlySet<string>): Generator<string> {
  const stored = new Set(members);
  for (const id of stored) if (!expected.has(id)) yield `${id} is in it, and not in Dropbox`;
  for (const id of expected) if (!stored.has(id)) yield `${id} is not in it, and is in Dropbox`;
}
