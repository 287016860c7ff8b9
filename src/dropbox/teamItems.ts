import type { team } from 'dropbox';
import { isText, textOrNull } from '../guards';
import type { OnRefused, RefusedMember, TeamFolder, TeamGroup, TeamMember, TeamNamespace } from './types';
import { hasTagAtAll, type Unchecked } from './unchecked';
import { tagOf } from './unions';

/** A member; null if an id, an address, a name, a status or groups are missing, which every member has. */
export function memberOf(info: Unchecked<team.TeamMemberInfoV2>): TeamMember | null {
  const { team_member_id: teamMemberId, email, name, status, groups, ...profile } = uncheckedOf(info.profile);
  if (!isText(teamMemberId) || !isText(email) || typeof name?.display_name !== 'string') return null;
  if (!hasTagAtAll(status) || !Array.isArray(groups) || !groups.every(isText)) return null;
  const address = email.trim().toLowerCase();
  return {
    teamMemberId,
    accountId: textOrNull(profile.account_id),
    email: address,
    // An invited member has a name whose parts are empty.
    displayName: name.display_name.toWellFormed() || address,
    status: tagOf('memberStatus', status),
    homeNamespaceId: textOrNull(profile.member_folder_id),
    rootNamespaceId: textOrNull(profile.root_folder_id),
    groupIds: groups,
  };
}

/** The id and status, as far as they can be read, of a member who lacks a required field. */
export function refusedMemberOf(info: Unchecked<team.TeamMemberInfoV2> | null): RefusedMember {
  const { team_member_id: teamMemberId, status } = uncheckedOf(info?.profile);
  return { teamMemberId: isText(teamMemberId) ? teamMemberId : null, status: tagOf('memberStatus', status) };
}

/** A group; null without an id, a name or a kind of management. */
export function groupOf(group: Unchecked<team.GroupsListResult['groups'][number]>): TeamGroup | null {
  const { group_id: groupId, group_name: name, group_management_type: management } = group;
  if (!isText(groupId) || typeof name !== 'string' || !hasTagAtAll(management)) return null;
  return { groupId, name: name.toWellFormed(), managementType: tagOf('groupManagement', management) };
}

/**
 * A team folder; null without an id, a name, a status, or whether it is the root of a team space. One that is not
 * active any more needs its id and its status only: no one can read it.
 */
export function teamFolderOf(folder: Unchecked<team.TeamFolderMetadata>): TeamFolder | null {
  const { team_folder_id: teamFolderId, name, is_team_shared_dropbox: isTeamSharedDropbox } = folder;
  if (!isText(teamFolderId) || !hasTagAtAll(folder.status)) return null;
  const status = tagOf('teamFolderStatus', folder.status);
  const isDescribed = typeof name === 'string' && typeof isTeamSharedDropbox === 'boolean';
  if (!isDescribed && (status === 'active' || status === 'other')) return null;
  const shown = typeof name === 'string' ? name.toWellFormed() : '';
  return { teamFolderId, name: shown, status, isTeamSharedDropbox: isTeamSharedDropbox === true };
}

/** A namespace; null without an id, a name or a type. */
export function namespaceOf(namespace: Unchecked<team.NamespaceMetadata>): TeamNamespace | null {
  const { namespace_id: namespaceId, name, namespace_type: type, team_member_id: teamMemberId } = namespace;
  if (!isText(namespaceId) || typeof name !== 'string' || !hasTagAtAll(type)) return null;
  return {
    namespaceId,
    name: name.toWellFormed(),
    type: tagOf('namespaceType', type),
    teamMemberId: textOrNull(teamMemberId),
  };
}

/** The items of a page that can be used. For each other one, `onRefused` gets the id. */
export function usable<Item, Listed extends object>(
  items: readonly (Listed | null)[],
  {
    map,
    idOf,
    onRefused,
  }: { map: (item: Listed) => Item | null; idOf: (item: Listed) => unknown; onRefused: OnRefused | undefined },
): Item[] {
  return items.flatMap((listed) => {
    const item = listed === null ? null : map(listed);
    if (item !== null) return [item];
    const id = listed === null ? null : idOf(listed);
    onRefused?.(isText(id) ? id : null);
    return [];
  });
}

const uncheckedOf = <T>(value: T | null | undefined): Unchecked<T> => value ?? {};
