import { requiredScopes } from '../../src/dropbox/scopes';
import { apiError, emptyFolder, scopeOff, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();
const missing = (scope: string) => () => apiError(401, { '.tag': 'missing_scope', required_scope: scope });

describe('the check of scopes', () => {
  it('names the missing scopes, and those that could not be checked', async () => {
    dropbox.on('team/token/get_authenticated_admin', () => ({
      body: { admin_profile: { team_member_id: 'dbmid:a', email: 'a@x.test' } },
    }));
    dropbox.on('team/members/list_v2', () => ({ body: { members: [], cursor: 'a', has_more: false } }));
    dropbox.on('team/groups/list', missing('groups.read'));
    dropbox.on('team_log/get_events', () => ({ body: { events: [], cursor: 'a', has_more: false } }));
    dropbox.on('team/team_folder/list', () => ({ body: { team_folders: [], cursor: 'a', has_more: false } }));
    dropbox.on('team/namespaces/list', () => ({ body: { namespaces: [], cursor: 'a', has_more: false } }));
    dropbox.on('users/get_current_account', () => ({
      body: { account_id: 'dbid:1', email: 'A@x.test', root_info: { '.tag': 'user', root_namespace_id: '1' } },
    }));
    dropbox.on('files/list_folder', () => emptyFolder);
    // This one is off in the app too.
    dropbox.on('sharing/list_folders', () => scopeOff('sharing.read'));
    dropbox.on('files/get_temporary_link', () => apiError(409, { '.tag': 'path', path: { '.tag': 'not_found' } }));
    const checks = await dropbox.session().team.scopes();
    expect(checks.filter((check) => !check.granted)).toEqual([
      { scope: 'groups.read', granted: false },
      { scope: 'sharing.read', granted: false },
    ]);
    expect(checks).toHaveLength(10);
    expect(checks.map((check) => check.scope)).toEqual(requiredScopes);

    dropbox.on('team/namespaces/list', missing('team_data.member'));
    const without = await dropbox.session().team.scopes();
    expect(without.filter((check) => check.granted === null).map((check) => check.scope)).toEqual([
      'account_info.read',
      'files.metadata.read',
      'sharing.read',
      'files.content.read',
    ]);
  });
});
