import { failureTypeOf } from '../failures';
import type { Caller, CallTarget, Request } from './caller';
import { answerBehind } from './errors';
import type { Actor, ScopeCheck } from './types';

/** The cheapest call that Dropbox refuses when the scope is missing. */
type Probe = readonly [route: string, request: Request<object>];

/** The scope of the call that names the admin, for whom the member probes are made. */
const ADMIN_SCOPE = 'team_info.read';

/** The other scopes of the team's own routes. */
const teamProbes: Readonly<Record<string, Probe>> = {
  'members.read': ['team/members/list_v2', (client, options) => client.teamMembersListV2({ limit: 1 }, options)],
  'groups.read': ['team/groups/list', (client, options) => client.teamGroupsList({ limit: 1 }, options)],
  'events.read': ['team_log/get_events', (client, options) => client.teamLogGetEvents({ limit: 1 }, options)],
  'team_data.content.read': [
    'team/team_folder/list',
    (client, options) => client.teamTeamFolderList({ limit: 1 }, options),
  ],
  'team_data.member': ['team/namespaces/list', (client, options) => client.teamNamespacesList({ limit: 1 }, options)],
};

/** Scopes of routes that are called for a member, which itself needs `team_data.member`. */
const memberProbes: Readonly<Record<string, Probe>> = {
  'account_info.read': ['users/get_current_account', (client, options) => client.usersGetCurrentAccount(options)],
  'files.metadata.read': [
    'files/list_folder',
    (client, options) => client.filesListFolder({ path: '', limit: 1 }, options),
  ],
  'sharing.read': ['sharing/list_folders', (client, options) => client.sharingListFolders({ limit: 1 }, options)],
  // Reads nothing: the file does not exist, and Dropbox checks the scope before the path.
  'files.content.read': [
    'files/get_temporary_link',
    (client, options) => client.filesGetTemporaryLink({ path: '/.connection test of an indexing connector' }, options),
  ],
};

/** Read scopes only. The connector never changes Dropbox, so it asks for no scope that writes. */
export const requiredScopes: readonly string[] = [
  ADMIN_SCOPE,
  ...Object.keys(teamProbes),
  ...Object.keys(memberProbes),
];

/**
 * Probes every required scope, `readAdmin` among them. An answer other than "missing scope" shows that Dropbox allowed
 * the call.
 */
export async function checkScopes(
  caller: Caller,
  readAdmin: () => Promise<{ teamMemberId: string }>,
): Promise<ScopeCheck[]> {
  const isGranted = async (probe: () => Promise<unknown>): Promise<boolean> => {
    try {
      await probe();
      return true;
    } catch (error) {
      if (failureTypeOf(error) === 'ScopeMissing') return false;
      const answer = answerBehind(error);
      if (answer?.status === 409) return true;
      throw error;
    }
  };

  const checks: ScopeCheck[] = [];
  let admin: Actor | undefined;
  const findAdmin = async (): Promise<void> => {
    admin = { kind: 'member', teamMemberId: (await readAdmin()).teamMemberId };
  };
  checks.push({ scope: ADMIN_SCOPE, granted: await isGranted(findAdmin) });
  for (const [scope, [route, request]] of Object.entries(teamProbes)) {
    checks.push({ scope, granted: await isGranted(() => caller.call(route, {}, request)) });
  }

  const mayActAsMember = checks.some((check) => check.scope === 'team_data.member' && check.granted);
  const target: CallTarget | undefined = mayActAsMember && admin ? { actor: admin } : undefined;
  for (const [scope, [route, request]] of Object.entries(memberProbes)) {
    checks.push({ scope, granted: target ? await isGranted(() => caller.call(route, target, request)) : null });
  }
  return checks;
}
