import type { Caller } from './caller';
import { errorAnswerOf } from './errors';
import type { Actor, ScopeCheck } from './types';

type Try = (caller: Caller, actor: Actor) => Promise<unknown>;

/** Scopes that are tried without an acting member; the first one finds him. */
const teamScopes: readonly (readonly [scope: string, attempt: (caller: Caller) => Promise<unknown>])[] = [
  [
    'members.read',
    (caller) =>
      caller.call('team/members/list_v2', {}, (client, options) => client.teamMembersListV2({ limit: 1 }, options)),
  ],
  [
    'groups.read',
    (caller) => caller.call('team/groups/list', {}, (client, options) => client.teamGroupsList({ limit: 1 }, options)),
  ],
  [
    'events.read',
    (caller) =>
      caller.call('team_log/get_events', {}, (client, options) => client.teamLogGetEvents({ limit: 1 }, options)),
  ],
  [
    'team_data.content.read',
    (caller) =>
      caller.call('team/team_folder/list', {}, (client, options) => client.teamTeamFolderList({ limit: 1 }, options)),
  ],
  [
    'team_data.member',
    (caller) =>
      caller.call('team/namespaces/list', {}, (client, options) => client.teamNamespacesList({ limit: 1 }, options)),
  ],
];

const actorScopes: readonly (readonly [scope: string, attempt: Try])[] = [
  [
    'account_info.read',
    (caller, actor) =>
      caller.call('users/get_current_account', { actor }, (client, options) => client.usersGetCurrentAccount(options)),
  ],
  [
    'files.metadata.read',
    (caller, actor) =>
      caller.call('files/list_folder', { actor }, (client, options) =>
        client.filesListFolder({ path: '', limit: 1 }, options),
      ),
  ],
  [
    'sharing.read',
    (caller, actor) =>
      caller.call('sharing/list_folders', { actor }, (client, options) =>
        client.sharingListFolders({ limit: 1 }, options),
      ),
  ],
  [
    // Nothing is read: a link to a file that does not exist. The scope is looked at before the path.
    'files.content.read',
    (caller, actor) =>
      caller.call('files/get_temporary_link', { actor }, (client, options) =>
        client.filesGetTemporaryLink({ path: '/.connection test of an indexing connector' }, options),
      ),
  ],
];

/** Tries each scope; an answer other than "missing scope" shows that Dropbox let the call pass. */
export async function checkScopes(caller: Caller, isScopeMissing: (error: unknown) => boolean): Promise<ScopeCheck[]> {
  const granted = async (attempt: () => Promise<unknown>): Promise<boolean> => {
    try {
      await attempt();
      return true;
    } catch (error) {
      if (isScopeMissing(error)) return false;
      const answer = error instanceof Error ? errorAnswerOf(error.cause) : undefined;
      if (answer?.status === 409) return true;
      throw error;
    }
  };

  const checks: ScopeCheck[] = [];
  let actor: Actor | undefined;
  checks.push({
    scope: 'team_info.read',
    granted: await granted(async () => {
      const { admin_profile: profile } = await caller.call(
        'team/token/get_authenticated_admin',
        {},
        (client, options) => client.teamTokenGetAuthenticatedAdmin(options),
      );
      actor = { kind: 'member', teamMemberId: profile.team_member_id };
    }),
  });
  for (const [scope, attempt] of teamScopes) checks.push({ scope, granted: await granted(() => attempt(caller)) });

  // Acting as a member is itself a scope.
  const admin = checks.some((check) => check.scope === 'team_data.member' && check.granted) ? actor : undefined;
  for (const [scope, attempt] of actorScopes) {
    checks.push({ scope, granted: admin ? await granted(() => attempt(caller, admin)) : null });
  }
  return checks;
}
