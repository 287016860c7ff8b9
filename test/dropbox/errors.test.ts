import { ApplicationFailure } from '@temporalio/common';
import { GroupNotFound, type DropboxSession } from '../../src/dropbox';
import { NetworkError, networkAdvice } from '../../src/dropbox/errors';
import { failureTypeOf } from '../../src/failures';
import {
  apiError,
  badRequest,
  collect,
  credentials,
  errorOf,
  FakeDropbox,
  scopeOff,
  useFakeDropbox,
  type Answer,
} from './fakeDropbox';

const dropbox = useFakeDropbox();

async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await errorOf(work);
  if (error instanceof ApplicationFailure) return error;
  throw error;
}

const asMember = (session: DropboxSession) => session.as({ kind: 'member', teamMemberId: 'dbmid:a' });
const list = (session: DropboxSession) => asMember(session).listFolder('7');
const next = (session: DropboxSession) => asMember(session).continueFolder('7', 'a cursor');
const members = (session: DropboxSession) => asMember(session).folderMembers('7');
const info = (session: DropboxSession) => session.team.teamInfo();
const events = (session: DropboxSession) => session.team.events({ cursor: 'a cursor' }).next();

type Work = (session: DropboxSession) => Promise<unknown>;
const tag = (...tags: string[]): object => {
  const [first = '', ...rest] = tags;
  return { '.tag': first, ...(rest.length > 0 ? { [first]: tag(...rest) } : {}) };
};

describe('an error of Dropbox is translated into a failure', () => {
  it.each<[string, string, Work, Answer, string, object]>([
    ['a reset cursor', 'files/list_folder/continue', next, apiError(409, tag('reset')), 'CursorReset', {}],
    [
      'a namespace that was deleted during its listing',
      'files/list_folder/continue',
      next,
      apiError(409, tag('path', 'not_found')),
      'NamespaceUnreachable',
      { reason: 'not_found' },
    ],
    [
      'a namespace that does not exist',
      'files/list_folder',
      list,
      apiError(409, tag('path', 'not_found')),
      'NamespaceUnreachable',
      { reason: 'not_found' },
    ],
    [
      'content that was taken down',
      'files/list_folder',
      list,
      apiError(409, tag('path', 'restricted_content')),
      'NamespaceUnreachable',
      { reason: 'restricted_content' },
    ],
    [
      'a namespace without access',
      'files/list_folder',
      list,
      apiError(422, tag('no_permission')),
      'NamespaceUnreachable',
      { reason: 'no_permission' },
    ],
    [
      'a path root that changed',
      'files/list_folder',
      list,
      apiError(422, {
        '.tag': 'invalid_root',
        invalid_root: { '.tag': 'user', root_namespace_id: '8', home_namespace_id: '9' },
      }),
      'PathRootChanged',
      { rootNamespaceId: '8', homeNamespaceId: '9' },
    ],
    [
      'a member who left',
      'files/list_folder',
      list,
      apiError(401, tag('invalid_select_user')),
      'NamespaceUnreachable',
      { reason: 'invalid_select_user' },
    ],
    [
      'a suspended member',
      'files/list_folder',
      list,
      apiError(401, tag('user_suspended')),
      'NamespaceUnreachable',
      { reason: 'user_suspended' },
    ],
    [
      'an admin who has lost the role',
      'files/list_folder',
      list,
      apiError(401, tag('invalid_select_admin')),
      'AdminRequired',
      {},
    ],
    [
      'a folder that the member is not in',
      'sharing/list_folder_members',
      members,
      apiError(409, tag('not_a_member')),
      'NamespaceUnreachable',
      { reason: 'not_a_member' },
    ],
    [
      'a folder id that does not exist',
      'sharing/list_folder_members',
      members,
      apiError(409, tag('invalid_id')),
      'NamespaceUnreachable',
      { reason: 'invalid_id' },
    ],
    [
      'an undocumented refusal',
      'sharing/list_folder_members',
      members,
      apiError(409, tag('other')),
      'DropboxUnexpected',
      {},
    ],
    [
      'an event cursor that was reset',
      'team_log/get_events/continue',
      events,
      apiError(409, { '.tag': 'reset', reset: '2026-01-02T03:04:05Z' }),
      'EventCursorReset',
      { timestamp: '2026-01-02T03:04:05Z' },
    ],
    [
      'an invalid event cursor',
      'team_log/get_events/continue',
      events,
      apiError(409, tag('bad_cursor')),
      'EventCursorInvalid',
      {},
    ],
    [
      'a missing scope',
      'team/get_info',
      info,
      apiError(401, { '.tag': 'missing_scope', required_scope: 'team_info.read' }),
      'ScopeMissing',
      { scope: 'team_info.read' },
    ],
    [
      'a scope that is off in the app',
      'team/get_info',
      info,
      scopeOff('team_info.read'),
      'ScopeMissing',
      { scope: 'team_info.read' },
    ],
    [
      'a scope that was switched off in the app between two pages',
      'files/list_folder/continue',
      next,
      scopeOff('files.metadata.read'),
      'ScopeMissing',
      { scope: 'files.metadata.read' },
    ],
    [
      'a route that Dropbox does not know for a while',
      'files/list_folder/continue',
      next,
      badRequest('Unknown API function: /2/a/route'),
      'DropboxUnavailable',
      { reason: 'http_400' },
    ],
    [
      'a disabled app',
      'files/list_folder/continue',
      next,
      badRequest('This app is currently disabled.'),
      'CredentialsRefused',
      { reason: 'http_400' },
    ],
    [
      'an app that reaches an app folder only',
      'team/get_info',
      info,
      badRequest('Your API app is an "App Folder" app. It is not allowed to access this API function.'),
      'CredentialsRefused',
      { reason: 'http_400' },
    ],
    [
      'a route that the app has no access to',
      'team/get_info',
      info,
      apiError(401, tag('route_access_denied')),
      'AccessDenied',
      {},
    ],
    ['a suspended admin', 'team/get_info', info, apiError(401, tag('user_suspended')), 'CredentialsRefused', {}],
    [
      'a plan that does not include the feature',
      'team/get_info',
      info,
      apiError(403, tag('invalid_account_type', 'feature')),
      'AccessDenied',
      { reason: 'invalid_account_type/feature' },
    ],
    ['a malformed request', 'team/get_info', info, badRequest('x'), 'DropboxUnexpected', { reason: 'http_400' }],
    [
      'a cursor of someone else',
      'files/list_folder/continue',
      next,
      badRequest('x'),
      'CursorReset',
      { reason: 'http_400' },
    ],
    [
      'a route that does not exist',
      'team/get_info',
      info,
      { status: 404, body: 'Not found' },
      'DropboxUnexpected',
      { reason: 'http_404' },
    ],
    [
      'a long rate limit in JSON',
      'team/get_info',
      info,
      apiError(429, { reason: tag('too_many_requests'), retry_after: 120 }),
      'DropboxRateLimited',
      { reason: 'too_many_requests' },
    ],
    [
      'a long rate limit in plain text',
      'team/get_info',
      info,
      { status: 429, headers: { 'Retry-After': '120' }, body: 'too_many_requests/' },
      'DropboxRateLimited',
      { reason: 'http_429' },
    ],
    [
      'a server error that persists',
      'team/get_info',
      info,
      { status: 500, body: 'oops' },
      'DropboxUnavailable',
      { reason: 'http_500' },
    ],
    [
      'a conflict with a truncated document',
      'team/get_info',
      info,
      { status: 409, body: '{"error_summ' },
      'DropboxUnavailable',
      {},
    ],
  ])('%s', async (_title, route, work, answer, type, details) => {
    dropbox.on(route, () => answer);
    const error = await failureOf(work(dropbox.session()));
    expect(error.type).toBe(type);
    expect(error.details?.[0]).toMatchObject({ route, ...details });
    expect(error.nextRetryDelay).toBe(type === 'DropboxRateLimited' ? '120s' : undefined);
  });

  it.each<[string, Answer]>([
    ['in JSON', apiError(429, { reason: tag('too_many_requests'), retry_after: 1e12 })],
    ['in plain text', { status: 429, headers: { 'Retry-After': '99999999999999999999' }, body: 'too_many_requests/' }],
    ['of a server error', { status: 503, headers: { 'Retry-After': '86400' }, body: '' }],
    ['until a date', { status: 429, headers: { 'Retry-After': 'Sun, 06 Nov 2094 08:49:37 GMT' }, body: '' }],
  ])('a wait that would never end, %s, is an hour', async (_title, answer) => {
    dropbox.on('team/get_info', () => answer);
    expect((await failureOf(info(dropbox.session()))).nextRetryDelay).toBe('3600s');
  });

  it.each<[string, string, string]>([
    ['a date that is over', 'Sun, 06 Nov 1994 08:49:37 GMT', '5s'],
    ['nothing', '0', '5s'],
    ['something that is no time', 'soon', '5s'],
    ['a time before now', '-3', '5s'],
    ['a day', '86400', '300s'],
  ])("a rate limit of a proxy's page with a wait of %s delays the next attempt", async (_title, wait, delay) => {
    dropbox.on('team/get_info', () => ({
      status: 429,
      headers: { 'Content-Type': 'text/html', 'Retry-After': wait },
      body: '<html>Too many requests',
    }));
    const error = await failureOf(info(dropbox.session({ maxWaitSeconds: 1 })));
    expect(error).toMatchObject({ type: 'DropboxRateLimited', nextRetryDelay: delay });
    expect(error.message).toMatch(/other than Dropbox .* HTTPS_PROXY/);
  });

  it('a server error that asks for no wait, with the delay of the retry policy', async () => {
    dropbox.on('team/get_info', () => ({ status: 503, headers: { 'Retry-After': '0' }, body: '' }));
    expect((await failureOf(info(dropbox.session()))).nextRetryDelay).toBeUndefined();
  });

  it.each<[string, Answer, string, string]>([
    [
      'a revoked refresh token',
      { status: 400, body: { error: 'invalid_grant', error_description: 'x' } },
      'CredentialsRefused',
      'dropbox-teams authorize c1',
    ],
    [
      'a wrong app secret',
      { status: 400, body: { error: 'invalid_client' } },
      'CredentialsRefused',
      'app key or secret is wrong',
    ],
    ['another refusal', { status: 400, body: 'bad request' }, 'CredentialsRefused', 'dropbox-teams authorize c1'],
    ['a refusal without a reason', { status: 401, body: 'Unauthorized' }, 'DropboxUnavailable', 'HTTPS_PROXY'],
    ['a server error of the token endpoint', { status: 503, body: '' }, 'DropboxUnavailable', 'oauth2/token'],
    [
      'a rate limit of the token endpoint, without Retry-After',
      { status: 429, body: '' },
      'DropboxRateLimited',
      'oauth2/token',
    ],
    ['a truncated token document', { body: '{"access_token": "to' }, 'DropboxUnavailable', 'oauth2/token'],
  ])('%s, when a token is requested', async (_title, answer, type, words) => {
    dropbox.on('oauth2/token', () => answer);
    const error = await failureOf(info(dropbox.session({ maxWaitSeconds: 1 })));
    expect(error.type).toBe(type);
    expect(error.message).toContain(words);
    expect(dropbox.callsOf('team/get_info')).toHaveLength(0);
  });

  it('an address where nothing listens', async () => {
    const gone = new FakeDropbox();
    await gone.start();
    await gone.stop();
    const error = await failureOf(info(gone.session()));
    expect(error.type).toBe('DropboxUnavailable');
    expect(error.cause?.message).toContain('ECONNREFUSED');
    expect(error.message).toMatch(/for oauth2\/token: the connection failed \(ECONNREFUSED\); check .* HTTPS_PROXY/);
  });

  it.each([
    ['the connection failed (SELF_SIGNED_CERT_IN_CHAIN)', false, /NODE_EXTRA_CA_CERTS$/],
    ['the connection failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)', false, /NODE_EXTRA_CA_CERTS$/],
    ['the answer did not arrive in time', true, /HTTPS_PROXY .*DROPBOX_TIMEOUT_SECONDS/],
  ])('no answer, with the setting that may help: %s', (message, timedOut, setting) => {
    expect(networkAdvice(new NetworkError(message, timedOut))).toMatch(setting);
  });

  it('a missing scope, with its name and where to switch it on', async () => {
    dropbox.on('team/get_info', () => apiError(401, { '.tag': 'missing_scope', required_scope: 'team_info.read' }));
    const { message, nonRetryable } = await failureOf(info(dropbox.session()));
    expect(message).toContain('team_info.read');
    expect(message).toContain('App Console > Permissions');
    expect(message).toContain('(request request-1)');
    expect(nonRetryable).toBe(true);
  });

  it('a deleted group, as GroupNotFound', async () => {
    dropbox.on('team/groups/members/list', () => apiError(409, tag('group_not_found')));
    await expect(collect(dropbox.session().team.groupMembers('g:1'))).rejects.toBeInstanceOf(GroupNotFound);
  });

  it('with no secret in any message, cause or stack', async () => {
    const refusals: Answer[] = [
      { status: 400, body: { error: 'invalid_grant' } },
      { status: 500, body: 'x' },
      { cutAfter: 3, body: 'oops' },
    ];
    for (const answer of refusals) {
      dropbox.on('oauth2/token', () => answer);
      let text = '';
      for (let at: unknown = await failureOf(info(dropbox.session())); at instanceof Error; at = at.cause) {
        text += `${at.message} ${at.stack} ${JSON.stringify(at)}`;
      }
      for (const secret of Object.values(credentials).slice(1)) expect(text).not.toContain(secret);
    }
  });

  it('a refused pagination cursor, so that the retry policy starts the listing again', async () => {
    dropbox.on('team/groups/list', () => ({ body: { groups: [], cursor: 'a', has_more: true } }));
    dropbox.on('team/groups/list/continue', () => apiError(409, tag('invalid_cursor')));
    expect((await failureOf(collect(dropbox.session().team.groups()))).type).toBe('DropboxUnavailable');
  });

  it('a call as an admin of a route without Select-Admin, before it is sent', async () => {
    const admin = dropbox.session().as({ kind: 'admin', teamMemberId: 'dbmid:a' });
    expect(failureTypeOf(await failureOf(collect(admin.receivedFiles())))).toBe('DropboxUnexpected');
    expect(dropbox.calls).toHaveLength(0);
  });
});
