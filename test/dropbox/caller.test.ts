import { failureTypeOf } from '../../src/failures';
import { apiError, errorOf, teamInfo, token, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();

describe('a transient failure', () => {
  it.each([
    ['a server error', { status: 500, body: 'oops' }],
    ['an unavailable server', { status: 503, body: '' }],
    ['a broken connection', { body: teamInfo.body, cutAfter: 10 }],
    ['a truncated document', { body: JSON.stringify(teamInfo.body).slice(0, 20) }],
    ["a proxy's page", { body: '<html>' }],
    ['a rate limit without a wait', apiError(429, { reason: { '.tag': 'too_many_requests' }, retry_after: 0 })],
  ])('is retried within the call: %s', async (_title, answer) => {
    dropbox.on('team/get_info', (_call, count) => (count <= 2 ? answer : teamInfo));
    const session = dropbox.session();
    await expect(session.team.teamInfo()).resolves.toMatchObject({ teamId: 'dbtid:1' });
    expect(session.calls).toEqual({ total: 3, byRoute: { 'team/get_info': 3 } });
  });

  it('of the token endpoint is retried as well', async () => {
    dropbox.on('oauth2/token', (_call, count) => (count <= 2 ? { status: 503, body: '' } : token()));
    dropbox.on('team/get_info', () => teamInfo);
    await expect(dropbox.session().team.teamInfo()).resolves.toBeDefined();
  });

  it('that persists is left to the retry policy after three requests', async () => {
    dropbox.on('team/get_info', () => ({ status: 502, body: '' }));
    const error = await errorOf(dropbox.session().team.teamInfo());
    expect(failureTypeOf(error)).toBe('DropboxUnavailable');
    expect(dropbox.callsOf('team/get_info')).toHaveLength(3);
  });

  it('can be an answer that never arrives', async () => {
    dropbox.on('team/get_info', (_call, count) => (count === 1 ? { silent: true } : teamInfo));
    await expect(dropbox.session({ timeoutSeconds: 0.2 }).team.teamInfo()).resolves.toBeDefined();
  });

  it('does not delay a caller that cancels', async () => {
    const cancel = new AbortController();
    dropbox.on('team/get_info', () => {
      cancel.abort();
      return { silent: true };
    });
    await expect(dropbox.session({}, cancel.signal).team.teamInfo()).rejects.toMatchObject({ name: 'AbortError' });
    expect(dropbox.callsOf('team/get_info')).toHaveLength(1);
  });
});

describe('a call for a team', () => {
  const admin = { body: { admin_profile: { team_member_id: 'dbmid:admin', email: 'admin@acme.example' } } };
  const teamOf = (id: string) => ({ body: { ...(teamInfo.body as object), team_id: id } });
  const ADMIN_ROUTE = 'team/token/get_authenticated_admin';
  /** Each request for a token returns another one. */
  const renewed = (): void => dropbox.on('oauth2/token', (_call, count) => token({ access_token: `token-${count}` }));

  it('asks each access token once for its team', async () => {
    renewed();
    dropbox.on(ADMIN_ROUTE, (_call, count) =>
      count === 3 ? apiError(401, { '.tag': 'expired_access_token' }) : admin,
    );
    dropbox.on('team/get_info', () => teamInfo);
    const session = dropbox.session({}, undefined, 'dbtid:1');
    for (let at = 0; at < 4; at += 1) await session.team.admin();
    expect(dropbox.callsOf('team/get_info').map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('asks nothing where a run has just asked for the team, or where any team will do', async () => {
    dropbox.on(ADMIN_ROUTE, () => admin);
    dropbox.on('team/get_info', () => teamInfo);
    await dropbox.session().team.admin();
    expect(dropbox.callsOf('team/get_info')).toHaveLength(0);
    const session = dropbox.session({}, undefined, 'dbtid:1');
    await session.team.teamInfo('dbtid:1');
    await session.team.admin();
    expect(dropbox.callsOf('team/get_info')).toHaveLength(1);
  });

  it('fails with the tokens of another team, whose answers it never returns', async () => {
    renewed();
    dropbox.on(ADMIN_ROUTE, () => admin);
    dropbox.on('team/get_info', () => teamOf('dbtid:other'));
    const error = await errorOf(dropbox.session({}, undefined, 'dbtid:1').team.admin());
    expect(failureTypeOf(error)).toBe('WrongTeam');
  });

  it('is sent again with another token where one is that of another team, or an answer says so once', async () => {
    dropbox.on(ADMIN_ROUTE, () => admin);
    dropbox.on('team/get_info', (_call, count) => (count === 1 ? teamOf('dbtid:other') : teamInfo));
    await expect(dropbox.session({}, undefined, 'dbtid:1').team.admin()).resolves.toBeDefined();
  });
});
