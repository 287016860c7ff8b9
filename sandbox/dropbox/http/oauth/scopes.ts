/** Team scopes of the simulator's routes. A grant with at least one of them links the whole team. */
const TEAM_SCOPES = [
  'team_info.read',
  'members.read',
  'members.write',
  'members.delete',
  'groups.read',
  'groups.write',
  'events.read',
  'team_data.member',
  'team_data.content.read',
  'team_data.content.write',
] as const;

const USER_SCOPES = [
  'account_info.read',
  'files.metadata.read',
  'files.metadata.write',
  'files.content.read',
  'files.content.write',
  'files.permanent_delete',
  'sharing.read',
  'sharing.write',
] as const;

export type Scope = (typeof TEAM_SCOPES)[number] | (typeof USER_SCOPES)[number];

export const ALL_SCOPES: readonly Scope[] = [...USER_SCOPES, ...TEAM_SCOPES];
const TEAM = new Set<string>(TEAM_SCOPES);

export const isScope = (name: string): name is Scope => (ALL_SCOPES as readonly string[]).includes(name);
export const needsTeamLink = (scopes: Iterable<string>): boolean => [...scopes].some((scope) => TEAM.has(scope));
