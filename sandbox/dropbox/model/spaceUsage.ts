import type { users } from 'dropbox';
import { belongsToTeam, isTeamManaged, ownerOf } from './access';
import type { Actor } from './entities';
import { FileNode } from './entities';
import type { State } from './state';
import { placeInNamespace } from './tree';

const TEAM_BYTES = 15e12;
const PERSONAL_BYTES = 2e12;

/** The bytes that the account's own folders contain, and the space of its team. Deleted files count for neither. */
export function spaceUsage(state: State, { account }: Actor): users.SpaceUsage {
  let used = 0;
  let usedByTeam = 0;
  for (const item of state.items) {
    if (!(item instanceof FileNode)) continue;
    const namespace = placeInNamespace(item)?.namespace;
    if (namespace === undefined) continue;
    if (belongsToTeam(namespace)) usedByTeam += item.content.size;
    if (!isTeamManaged(namespace) && ownerOf(namespace) === account) used += item.content.size;
  }
  if (account.memberId === undefined) {
    return { used, allocation: { '.tag': 'individual', allocated: PERSONAL_BYTES } };
  }
  return {
    used,
    allocation: {
      '.tag': 'team',
      used: usedByTeam,
      allocated: TEAM_BYTES,
      user_within_team_space_allocated: 0,
      user_within_team_space_limit_type: { '.tag': 'off' },
      user_within_team_space_used_cached: used,
    },
  };
}
