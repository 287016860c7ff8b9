import type { TeamMember } from '../../dropbox';
import { storedGroups } from '../../graph/access/groups';
import { groupKeys, readTeam } from '../../graph/access/team';
import { groupKey, userKey } from '../../sync/keys';
import { isActive } from '../../sync/memberState';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import { TeamIndex } from '../../sync/team';
import { each } from '../runtime/each';
import { checkpoint, type OpenConnector } from '../runtime/services';

/** The team as Dropbox lists it now. A sync reads the stored team instead, which a dry run must not write. */
export interface ListedTeam {
  members: Map<string, TeamMember>;
  groupIds: Set<string>;
  index: TeamIndex;
}

/**
 * Reads the team from Dropbox, and counts the memberships of groups that a sync would change. A new member has no user
 * document yet: they get the key that a sync would give to it, so that their access can be counted.
 */
export async function readListedTeam(open: OpenConnector): Promise<{
  team: ListedTeam;
  memberships: { granted: number; revoked: number };
}> {
  const { connectorId, orgId } = open.context();
  const before = await readTeam(open.graph, connectorId);
  const members = new Map<string, TeamMember>();
  const keys = new Map(await groupKeys(open.graph, connectorId));
  const groupIds = new Set<string>();
  for await (const { groupId } of each(open.session.team.groups())) {
    groupIds.add(groupId);
    if (!keys.has(groupId)) keys.set(groupId, groupKey(connectorId, groupId));
  }
  const index = new TeamIndex(keys);
  for await (const page of open.session.team.members()) {
    for (const member of page) {
      members.set(member.teamMemberId, member);
      const known = before.byMemberId(member.teamMemberId);
      index.add({ ...member, userKey: known?.userKey ?? userKey(orgId, member.email) });
    }
    checkpoint();
  }
  const team = { members, groupIds, index };
  return { team, memberships: await previewMemberships(open, team, new Set(keys.keys())) };
}

/**
 * Counts the memberships of groups that a sync would grant and revoke. Dropbox's list of members names the groups of
 * each, so no member list of a group has to be read.
 */
async function previewMemberships(
  open: OpenConnector,
  { members, index }: ListedTeam,
  groupIds: ReadonlySet<string>,
): Promise<{ granted: number; revoked: number }> {
  // At first the memberships that Dropbox names. Those that are stored are deleted from it, so the rest is missing.
  const missing = new Map<string, Set<string>>();
  for (const { teamMemberId, groupIds: ownGroups } of members.values()) {
    if (index.vertexOf({ id: teamMemberId, kind: 'user' }) === null) continue;
    for (const id of ownGroups) {
      if (!groupIds.has(id)) continue;
      missing.set(id, (missing.get(id) ?? new Set()).add(teamMemberId));
    }
  }
  let revoked = 0;
  for await (const batch of storedGroups(open.graph, open.connector._key)) {
    for (const { groupId, members: stored } of batch)
      for (const id of stored) if (!missing.get(groupId)?.delete(id)) revoked += 1;
  }
  return { granted: [...missing.values()].reduce((sum, { size }) => sum + size, 0), revoked };
}

/**
 * The delegate for a listing from the start: an active member who can read the namespace, else an admin. A sync spreads
 * its listings over the members; a dry run takes the first one.
 */
export function readerOf(team: ListedTeam, { principals }: NamespaceDocument): string {
  for (const { id, kind } of principals ?? []) if (kind === 'user' && team.index.isActive(id)) return id;
  const groups = new Set((principals ?? []).filter(({ kind }) => kind === 'group').map(({ id }) => id));
  const member = [...team.members.values()].find(
    (candidate) => isActive(candidate) && candidate.groupIds.some((id) => groups.has(id)),
  );
  return member?.teamMemberId ?? 'admin';
}
