import { failureTypeOf } from '../../src/failures';
import { apiError, collect, credentials, FakeDropbox, token } from './fakeDropbox';

const dropbox = new FakeDropbox();
beforeAll(() => dropbox.start());
afterAll(() => dropbox.stop());
beforeEach(() => dropbox.reset());

const teamInfo = { body: { name: 'Team', team_id: 'dbtid:1', num_provisioned_users: 3 } };
const accountOf = (id: string) => ({
  body: {
    account_id: id,
    email: 'A@x.test',
    root_info: { '.tag': 'user', root_namespace_id: '1', home_namespace_id: '1' },
  },
});
const member = (id: string) => ({ kind: 'member' as const, teamMemberId: id });

/** A gate that a test opens; resolves `reached` when so many have come to it. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('the access token', () => {
  it('is asked for once by many first calls, with what the SDK puts into the query', async () => {
    dropbox.on('team/get_info', () => teamInfo);
    const connections = dropbox.connections();
    await Promise.all(Array.from({ length: 8 }, () => connections.session('c1', credentials).team.teamInfo()));
    const [first, ...others] = dropbox.callsOf('oauth2/token');
    expect(others).toEqual([]);
    expect(Object.fromEntries(first?.query ?? [])).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-token',
      client_id: 'key',
      client_secret: 'app-secret',
    });
    expect(dropbox.callsOf('team/get_info').every((call) => call.headers.authorization === 'Bearer token-1')).toBe(
      true,
    );
  });

  it('reaches Dropbox whole, whatever characters were pasted', async () => {
    dropbox.on('team/get_info', () => teamInfo);
    const odd = { appKey: 'k&y', appSecret: 's#c=r%t', refreshToken: 'r+f r/sh' };
    await dropbox.connections().session('c1', odd).team.teamInfo();
    const query = Object.fromEntries(dropbox.callsOf('oauth2/token')[0]?.query ?? []);
    expect(query).toMatchObject({
      client_id: odd.appKey,
      client_secret: odd.appSecret,
      refresh_token: odd.refreshToken,
    });
  });

  it.each(['expired_access_token', 'invalid_access_token'])('is replaced once after %s', async (reason) => {
    dropbox.on('oauth2/token', (_call, count) => token({ access_token: `token-${count}` }));
    dropbox.on('team/get_info', ({ headers }) =>
      headers.authorization === 'Bearer token-1' ? apiError(401, { '.tag': reason }) : teamInfo,
    );
    const connections = dropbox.connections();
    await Promise.all(Array.from({ length: 4 }, () => connections.session('c1', credentials).team.teamInfo()));
    expect(dropbox.callsOf('oauth2/token')).toHaveLength(2);
  });

  it('that stays refused is a matter for the operator', async () => {
    dropbox.on('team/get_info', () => apiError(401, { '.tag': 'expired_access_token' }));
    const error = await dropbox
      .session()
      .team.teamInfo()
      .catch((reason: unknown) => reason);
    expect(failureTypeOf(error)).toBe('CredentialsRefused');
    expect(dropbox.callsOf('team/get_info')).toHaveLength(2);
  });

  it('is a new one after the credentials were changed', async () => {
    dropbox.on('team/get_info', () => teamInfo);
    const connections = dropbox.connections();
    await connections.session('c1', credentials).team.teamInfo();
    await connections.session('c1', { ...credentials, refreshToken: 'another' }).team.teamInfo();
    expect(dropbox.callsOf('oauth2/token').map((call) => call.query.get('refresh_token'))).toEqual([
      'refresh-token',
      'another',
    ]);
  });
});

describe('passing trouble', () => {
  it.each([
    ['an error of the server', { status: 500, body: 'oops' }],
    ['an unavailable server', { status: 503, body: '' }],
    ['a connection that breaks off', { body: teamInfo.body, cutAfter: 10 }],
    ['half a document', { body: JSON.stringify(teamInfo.body).slice(0, 20) }],
    ["a proxy's page", { body: '<html>' }],
    ['a rate limit of a moment', apiError(429, { reason: { '.tag': 'too_many_requests' }, retry_after: 0 })],
  ])('%s is not seen by the caller', async (_title, trouble) => {
    dropbox.on('team/get_info', (_call, count) => (count <= 2 ? trouble : teamInfo));
    const session = dropbox.session();
    await expect(session.team.teamInfo()).resolves.toMatchObject({ teamId: 'dbtid:1' });
    expect(session.calls).toEqual({ total: 3, byRoute: { 'team/get_info': 3 } });
  });

  it('of the token endpoint is not seen either', async () => {
    dropbox.on('oauth2/token', (_call, count) => (count <= 2 ? { status: 503, body: '' } : token()));
    dropbox.on('team/get_info', () => teamInfo);
    await expect(dropbox.session().team.teamInfo()).resolves.toBeDefined();
  });

  it('that lasts is tried three times, then it is up to the retry policy', async () => {
    dropbox.on('team/get_info', () => ({ status: 502, body: '' }));
    const error = await dropbox
      .session()
      .team.teamInfo()
      .catch((reason: unknown) => reason);
    expect(failureTypeOf(error)).toBe('DropboxUnavailable');
    expect(dropbox.callsOf('team/get_info')).toHaveLength(3);
  });

  it('includes an answer that does not come', async () => {
    dropbox.on('team/get_info', (_call, count) => (count === 1 ? { silent: true } : teamInfo));
    await expect(dropbox.session({ timeoutSeconds: 0.2 }).team.teamInfo()).resolves.toBeDefined();
  });

  it('does not hold up somebody who gives up', async () => {
    const giveUp = new AbortController();
    dropbox.on('team/get_info', () => {
      giveUp.abort();
      return { silent: true };
    });
    await expect(dropbox.session({}, giveUp.signal).team.teamInfo()).rejects.toMatchObject({ name: 'AbortError' });
    expect(dropbox.callsOf('team/get_info')).toHaveLength(1);
  });
});

describe('a budget', () => {
  it('lets few calls of one member run at once, and others meanwhile', async () => {
    const { open, opened } = gate();
    const running = new Map<string, number>();
    let most = 0;
    dropbox.on('users/get_current_account', async ({ headers }) => {
      const id = headers['dropbox-api-select-user'] as string;
      running.set(id, (running.get(id) ?? 0) + 1);
      most = Math.max(most, running.get(id)!);
      // Opens when both members have as many calls under way as they may.
      if (running.get('dbmid:a') === 2 && running.get('dbmid:b') === 2) open();
      await opened;
      running.set(id, running.get(id)! - 1);
      return accountOf('dbid:1');
    });
    const session = dropbox.session({ concurrentCalls: 2 });
    await Promise.all(
      ['dbmid:a', 'dbmid:b'].flatMap((id) => Array.from({ length: 6 }, () => session.as(member(id)).account())),
    );
    expect(most).toBe(2);
    expect(session.calls.byRoute).toEqual({ 'users/get_current_account': 12 });
  });

  it('is closed for all of its calls by a long Retry-After, without asking again', async () => {
    dropbox.on('users/get_current_account', ({ headers }) =>
      headers['dropbox-api-select-user'] === 'dbmid:a'
        ? apiError(429, { reason: { '.tag': 'too_many_requests' } }, { 'Retry-After': '30' })
        : accountOf('dbid:1'),
    );
    const session = dropbox.session();
    const first = await session
      .as(member('dbmid:a'))
      .account()
      .catch((reason: unknown) => reason);
    expect(first).toMatchObject({ type: 'DropboxRateLimited', nextRetryDelay: '30s' });
    const second = await session
      .as(member('dbmid:a'))
      .account()
      .catch((reason: unknown) => reason);
    expect(failureTypeOf(second)).toBe('DropboxRateLimited');
    await expect(session.as(member('dbmid:b')).account()).resolves.toBeDefined();
    expect(dropbox.calls.filter((call) => call.headers['dropbox-api-select-user'] === 'dbmid:a')).toHaveLength(1);
  });

  it('waits out a short Retry-After within the call', async () => {
    dropbox.on('team/get_info', (_call, count) =>
      count === 1 ? { status: 429, headers: { 'Retry-After': '1' }, body: 'too_many_requests' } : teamInfo,
    );
    const started = performance.now();
    await expect(dropbox.session().team.teamInfo()).resolves.toBeDefined();
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  it('is left by those who give up while they wait', async () => {
    const { open, opened } = gate();
    const giveUp = new AbortController();
    dropbox.on('users/get_current_account', async () => {
      giveUp.abort();
      await opened;
      return accountOf('dbid:1');
    });
    const connections = dropbox.connections({ concurrentCalls: 1 });
    const first = connections.session('c1', credentials).as(member('dbmid:a')).account();
    const second = connections.session('c1', credentials, { signal: giveUp.signal }).as(member('dbmid:a')).account();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    open();
    await expect(first).resolves.toMatchObject({ email: 'a@x.test' });
    await expect(connections.session('c1', credentials).as(member('dbmid:a')).account()).resolves.toBeDefined();
  });
});

describe('a call', () => {
  it('carries the actor and the path root', async () => {
    dropbox.on('files/list_folder', () => ({ body: { entries: [], cursor: 'a', has_more: false } }));
    const session = dropbox.session();
    await session.as(member('dbmid:a')).listFolder('77');
    await session.as({ kind: 'admin', teamMemberId: 'dbmid:b' }).listFolder('78');
    const [asMember, asAdmin] = dropbox.callsOf('files/list_folder');
    expect(asMember?.headers).toMatchObject({
      'dropbox-api-select-user': 'dbmid:a',
      'dropbox-api-path-root': '{".tag":"namespace_id","namespace_id":"77"}',
    });
    expect(asMember?.headers['dropbox-api-select-admin']).toBeUndefined();
    expect(asAdmin?.headers['dropbox-api-select-admin']).toBe('dbmid:b');
    expect(asMember?.argument).toEqual({
      path: '',
      recursive: true,
      limit: 2000,
      include_mounted_folders: false,
      include_has_explicit_shared_members: true,
      include_non_downloadable_files: true,
    });
    await session.as(member('dbmid:a')).listFolder('77', { includeMounted: true });
    expect(dropbox.callsOf('files/list_folder').at(-1)?.argument).toMatchObject({ include_mounted_folders: true });
  });

  it('goes on to the last page, past empty ones', async () => {
    const page = (names: string[], more: boolean) => ({
      body: {
        groups: names.map((name) => ({
          group_name: name,
          group_id: `g:${name}`,
          group_management_type: { '.tag': 'company_managed' },
        })),
        cursor: `after ${names.join()}`,
        has_more: more,
      },
    });
    dropbox.on('team/groups/list', () => page(['a'], true));
    dropbox.on('team/groups/list/continue', (_call, count) => (count === 1 ? page([], true) : page(['b'], false)));
    const groups = await collect(dropbox.session().team.groups());
    expect(groups.map((group) => group.groupId)).toEqual(['g:a', 'g:b']);
    expect(dropbox.callsOf('team/groups/list/continue').map((call) => call.argument.cursor)).toEqual([
      'after a',
      'after ',
    ]);
  });

  it('for ids takes no answer for no answer', async () => {
    dropbox.on('team/members/get_info_v2', () => ({
      body: { members_info: [{ '.tag': 'id_not_found', id_not_found: 'dbmid:a' }] },
    }));
    const { team } = dropbox.session();
    await expect(team.membersByIds(['dbmid:a'])).resolves.toEqual(new Map([['dbmid:a', null]]));
    const error = await team.membersByIds(['dbmid:a', 'dbmid:b']).catch((reason: unknown) => reason);
    expect(failureTypeOf(error)).toBe('DropboxUnexpected');
  });
});

describe('members of files', () => {
  const user = (id: string) => ({
    access_type: { '.tag': 'viewer' },
    user: {
      account_id: `dbid:${id}`,
      email: `${id}@x.test`,
      display_name: id,
      same_team: true,
      team_member_id: `dbmid:${id}`,
    },
  });
  const actor = () => dropbox.session().as(member('dbmid:a'));
  const result = (users: object[], count: number, cursor?: string) => ({
    '.tag': 'result',
    members: { users, groups: [], invitees: [], ...(cursor ? { cursor } : {}) },
    member_count: count,
  });

  it('come in batches of a hundred, the rest of a long list page by page', async () => {
    dropbox.on('sharing/list_file_members/batch', ({ argument }) => ({
      body: argument.files.map((file: string) => ({
        file,
        result: file === 'id:5' ? result([user('x')], 3) : result([user('a')], 1),
      })),
    }));
    dropbox.on('sharing/list_file_members', () => ({
      body: { users: [user('x'), user('y')], groups: [], invitees: [], cursor: 'more' },
    }));
    dropbox.on('sharing/list_file_members/continue', () => ({
      body: { users: [user('z')], groups: [], invitees: [] },
    }));
    const ids = Array.from({ length: 150 }, (_, at) => `id:${at}`);
    const found = await actor().fileMembersBatch(ids);
    expect([...found.keys()].sort()).toEqual([...ids].sort());
    expect(dropbox.callsOf('sharing/list_file_members/batch').map((call) => call.argument.files.length)).toEqual([
      100, 50,
    ]);
    const long = found.get('id:5');
    expect(long && 'members' in long ? long.members.users.map((one) => one.teamMemberId) : long).toEqual([
      'dbmid:x',
      'dbmid:y',
      'dbmid:z',
    ]);
    expect(dropbox.callsOf('sharing/list_file_members')[0]?.argument).toMatchObject({
      file: 'id:5',
      include_inherited: false,
    });
  });

  it('that could not be read are a problem, never an empty list', async () => {
    dropbox.on('sharing/list_file_members/batch', () => ({
      body: [
        { file: 'id:1', result: { '.tag': 'access_error', access_error: { '.tag': 'no_permission' } } },
        { file: 'id:2', result: { '.tag': 'other' } },
        { file: 'id:3', result: result([], 2) },
      ],
    }));
    dropbox.on('sharing/list_file_members', () =>
      apiError(409, { '.tag': 'access_error', access_error: { '.tag': 'invalid_file' } }),
    );
    await expect(actor().fileMembersBatch(['id:1', 'id:2', 'id:3', 'id:4'])).resolves.toEqual(
      new Map([
        ['id:1', { problem: 'access_error/no_permission' }],
        ['id:2', { problem: 'other' }],
        ['id:3', { problem: 'access_error/invalid_file' }],
        ['id:4', { problem: 'not_answered' }],
      ]),
    );
  });
});

describe('content', () => {
  const metadata = { '.tag': 'file', id: 'id:1', name: 'naïve.txt', rev: '0123', content_hash: 'f'.repeat(64) };
  const result = { 'Dropbox-API-Result': JSON.stringify(metadata).replace('ï', '\\u00ef') };

  it('comes as a stream, with the part that was asked for', async () => {
    dropbox.on('files/download', ({ headers }) => ({
      status: headers.range ? 206 : 200,
      headers: { ...result, ...(headers.range ? { 'Content-Range': 'bytes 0-3/9' } : {}) },
      body: headers.range ? 'some' : 'some text',
    }));
    const actor = dropbox.session().as(member('dbmid:a'));
    const whole = await actor.download('id:1');
    expect(whole).toMatchObject({ status: 200, contentLength: 9, name: 'naïve.txt' });
    expect(whole).toMatchObject({ rev: '0123', contentHash: 'f'.repeat(64) });
    expect(await new Response(whole.body).text()).toBe('some text');
    const part = await actor.download('/Ordner/ü.txt', { range: 'bytes=0-3', namespaceId: '7' });
    expect(part).toMatchObject({ status: 206, contentRange: 'bytes 0-3/9' });
    expect(await new Response(part.body).text()).toBe('some');
    const [, second] = dropbox.callsOf('files/download');
    expect(second?.headers['dropbox-api-arg']).toBe('{"path":"/Ordner/\\u00fc.txt"}');
    expect(second?.headers['dropbox-api-path-root']).toContain('"7"');
  });

  it('is tried again before its first byte, and typed when it is not there', async () => {
    dropbox.on('files/download', (_call, count) =>
      count === 1 ? { status: 503, body: '' } : apiError(409, { '.tag': 'path', path: { '.tag': 'not_found' } }),
    );
    const error = await dropbox
      .session()
      .as(member('dbmid:a'))
      .download('id:1')
      .catch((reason: unknown) => reason);
    expect(failureTypeOf(error)).toBe('RecordUnknown');
    expect(dropbox.callsOf('files/download')).toHaveLength(2);
  });

  it('of a document of the cloud is what Dropbox exports', async () => {
    dropbox.on('files/export', () => ({
      headers: {
        'Dropbox-API-Result': JSON.stringify({
          export_metadata: { name: 'Notes.html', size: 7 },
          file_metadata: metadata,
        }),
      },
      body: '<html/>',
    }));
    const content = await dropbox.session().as(member('dbmid:a')).export('id:1');
    expect(content).toMatchObject({ name: 'Notes.html', rev: null, contentHash: null });
    expect(await new Response(content.body).text()).toBe('<html/>');
  });
});

describe('the check of scopes', () => {
  it('names those that are missing, and those that could not be tried', async () => {
    const missing = (scope: string) => () => apiError(401, { '.tag': 'missing_scope', required_scope: scope });
    dropbox.on('team/token/get_authenticated_admin', () => ({
      body: { admin_profile: { team_member_id: 'dbmid:a', email: 'a@x.test' } },
    }));
    dropbox.on('team/members/list_v2', () => ({ body: { members: [], cursor: 'a', has_more: false } }));
    dropbox.on('team/groups/list', missing('groups.read'));
    dropbox.on('team_log/get_events', () => ({ body: { events: [], cursor: 'a', has_more: false } }));
    dropbox.on('team/team_folder/list', () => ({ body: { team_folders: [], cursor: 'a', has_more: false } }));
    dropbox.on('team/namespaces/list', () => ({ body: { namespaces: [], cursor: 'a', has_more: false } }));
    dropbox.on('users/get_current_account', () => accountOf('dbid:1'));
    dropbox.on('files/list_folder', () => ({ body: { entries: [], cursor: 'a', has_more: false } }));
    dropbox.on('sharing/list_folders', missing('sharing.read'));
    dropbox.on('files/get_temporary_link', () => apiError(409, { '.tag': 'path', path: { '.tag': 'not_found' } }));
    const checks = await dropbox.session().team.scopes();
    expect(checks.filter((check) => !check.granted)).toEqual([
      { scope: 'groups.read', granted: false },
      { scope: 'sharing.read', granted: false },
    ]);
    expect(checks).toHaveLength(10);

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

it('a transfer ends when its reader goes away, before and after the first byte', async () => {
  const result = { 'Dropbox-API-Result': '{"name":"a.txt"}' };
  const actor = dropbox.session().as(member('dbmid:a'));
  const early = new AbortController();
  dropbox.on('files/download', () => {
    early.abort();
    return { silent: true };
  });
  await expect(actor.download('id:1', { signal: early.signal })).rejects.toMatchObject({ name: 'AbortError' });

  const late = new AbortController();
  dropbox.on('files/download', () => ({
    headers: { ...result, 'Content-Length': '1000' },
    body: 'some text',
    endless: true,
  }));
  const { body } = await actor.download('id:1', { signal: late.signal });
  late.abort();
  await expect(new Response(body).text()).rejects.toMatchObject({ name: 'AbortError' });
});
