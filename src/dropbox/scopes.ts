import type { Caller, CallTarget } from './caller';
import { errorAnswerOf } from './errors';
import type { Actor, ScopeCheck } from './types';

/** The cheapest call that Dropbox refuses when the scope is missing. */
type Probe = (caller: Caller, target: CallTarget) => Promise<unknown>;

/** The scope of the call that names the admin, for whom the member probes are made. */
const ADMIN_SCOPE = 'team_info.read';

/** The other scopes of the team's own routes. */
const teamProbes: Readonly<Record<string, Probe>> = {
  'members.read': (caller, target) =>
    caller.call('team/members/list_v2', target, (client, options) => client.teamMembersListV2({ limit: 1 }, options)),
  'groups.read': (caller, target) =>
    caller.call('team/groups/list', target, (client, options) => client.teamGroupsList({ limit: 1 }, options)),
  'events.read': (caller, target) =>
    caller.call('team_log/get_events', target, (client, options) => client.teamLogGetEvents({ limit: 1 }, options)),
  'team_data.content.read': (caller, target) =>
    caller.call('team/team_folder/list', target, (client, options) => client.teamTeamFolderList({ limit: 1 }, options)),
  'team_data.member': (caller, target) =>
    caller.call('team/namespaces/list', target, (client, options) => client.teamNamespacesList({ limit: 1 }, options)),
};

/** Scopes of routes that are called for a member, which itself needs `team_data.member`. */
const memberProbes: Readonly<Record<string, Probe>> = {
  'account_info.read': (caller, target) =>
    caller.call('users/get_current_account', target, (client, options) => client.usersGetCurrentAccount(options)),
  'files.metadata.read': (caller, target) =>
    caller.call('files/list_folder', target, (client, options) =>
      client.filesListFolder({ path: '', limit: 1 }, options),
    ),
  'sharing.read': (caller, target) =>
    caller.call('sharing/list_folders', target, (client, options) => client.sharingListFolders({ limit: 1 }, options)),
  // Reads nothing: the file does not exist, and Dropbox checks the scope before the path.
  'files.content.read': (caller, target) =>
    caller.call('files/get_temporary_link', target, (client, options) =>
      client.filesGetTemporaryLink({ path: '/.connection test of an indexing connector' }, options),
    ),
};

/** Read scopes only. The connector never changes Dropbox, so it asks for no scope that writes. */
export const requiredScopes: readonly string[] = [
  ADMIN_SCOPE,
  ...Object.keys(teamProbes),
  ...Object.keys(memberProbes),
];

/** Probes every required scope. An answer other than "missing scope" shows that Dropbox allowed the call. */
export async function checkScopes(caller: Caller, isScopeMissing: (error: unknown) => boolean): Promise<ScopeCheck[]> {
  const isGranted = async (probe: () => Promise<unknown>): Promise<boolean> => {
    try {
      await probe();
      return true;
    } catch (error) {
      if (isScopeMissing(error)) return false;
      const answer = error instanceof Error ? errorAnswerOf(error.cause) : undefined;
      if (answer?.status === 409) return true;
      throw error;
    }
  };

  const checks: ScopeCheck[] = [];
  let admin: Actor | undefined;
  const findAdmin = async (): Promise<void> => {
    const { admin_profile: profile } = await caller.call('team/token/get_authenticated_admin', {}, (client, options) =>
      client.teamTokenGetAuthenticatedAdmin(options),
    );
    admin = { kind: 'member', teamMemberId: profile.team_member_id };
  };
  checks.push({ scope: ADMIN_SCOPE, granted: await isGranted(findAdmin) });
  for (const [scope, probe] of Object.entries(teamProbes)) {
    checks.push({ scope, granted: await isGranted(() => probe(caller, {})) });
  }

  const mayActAsMember = checks.some((check) => check.scope === 'team_data.member' && check.granted);
  const target: CallTarget | undefined = mayActAsMember && admin ? { actor: admin } : undefined;
  for (const [scope, probe] of Object.entries(memberProbes)) {
    checks.push({ scope, granted: target ? await isGranted(() => probe(caller, target)) : null });
  }
  return checks;
}
