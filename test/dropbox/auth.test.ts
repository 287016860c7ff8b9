import { failureTypeOf } from '../../src/failures';
import { apiError, credentials, errorOf, teamInfo, token, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();

describe('the access token', () => {
  it('is requested once by concurrent first calls, with all secrets in the body of the request', async () => {
    dropbox.on('team/get_info', () => teamInfo);
    const connections = dropbox.connections();
    await Promise.all(Array.from({ length: 8 }, () => connections.session('c1', credentials).team.teamInfo()));
    const [first, ...others] = dropbox.callsOf('oauth2/token');
    expect(others).toEqual([]);
    expect([...(first?.query.keys() ?? [])]).toEqual([]);
    expect(first?.argument).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-token',
      client_id: 'key',
      client_secret: 'app-secret',
    });
    expect(dropbox.callsOf('team/get_info').every((call) => call.headers.authorization === 'Bearer token-1')).toBe(
      true,
    );
  });

  it('is requested with the credentials unchanged, whatever characters they contain', async () => {
    dropbox.on('team/get_info', () => teamInfo);
    const odd = { appKey: 'k&y', appSecret: 's#c=r%t', refreshToken: 'r+f r/sh' };
    await dropbox.connections().session('c1', odd).team.teamInfo();
    expect(dropbox.callsOf('oauth2/token')[0]?.argument).toMatchObject({
      client_id: odd.appKey,
      client_secret: odd.appSecret,
      refresh_token: odd.refreshToken,
    });
  });

  it.each(['expired_access_token', 'invalid_access_token'])(
    'is replaced once for all calls after %s',
    async (reason) => {
      dropbox.on('oauth2/token', (_call, count) => token({ access_token: `token-${count}` }));
      dropbox.on('team/get_info', ({ headers }) =>
        headers.authorization === 'Bearer token-1' ? apiError(401, { '.tag': reason }) : teamInfo,
      );
      const connections = dropbox.connections();
      await Promise.all(Array.from({ length: 4 }, () => connections.session('c1', credentials).team.teamInfo()));
      expect(dropbox.callsOf('oauth2/token')).toHaveLength(2);
    },
  );

  it('needs the operator when its replacement is refused as well', async () => {
    dropbox.on('team/get_info', () => apiError(401, { '.tag': 'expired_access_token' }));
    const error = await errorOf(dropbox.session().team.teamInfo());
    expect(failureTypeOf(error)).toBe('CredentialsRefused');
    expect(dropbox.callsOf('team/get_info')).toHaveLength(2);
  });

  it.each([
    ['is empty', { access_token: '' }],
    ['has a line break', { access_token: 'token\nX-Other: 1' }],
    ['has letters that no header can have', { access_token: 'tök€n' }],
    ['is a number', { access_token: 7 }],
    ['is a list', { access_token: ['token'] }],
    ['has no end', { expires_in: 1e300 }],
  ])('that %s is requested again', async (_what, about) => {
    dropbox.on('oauth2/token', (_call, count) => token(count === 1 ? about : {}));
    dropbox.on('team/get_info', () => teamInfo);
    await dropbox.session().team.teamInfo();
    expect(dropbox.callsOf('team/get_info').map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1']);
  });

  it.each([0, -5, 60])('that lives for %i seconds is not requested for each call', async (seconds) => {
    dropbox.on('oauth2/token', () => token({ expires_in: seconds }));
    dropbox.on('team/get_info', () => teamInfo);
    const { team } = dropbox.session();
    for (let call = 1; call <= 3; call += 1) await team.teamInfo();
    expect(dropbox.callsOf('oauth2/token')).toHaveLength(1);
  });

  it('of another team is replaced before it is believed', async () => {
    dropbox.on('oauth2/token', (_call, count) => token({ access_token: `token-${count}` }));
    const other = { body: { name: 'Other', team_id: 'dbtid:2' } };
    dropbox.on('team/get_info', ({ headers }) => (headers.authorization === 'Bearer token-1' ? other : teamInfo));
    const connections = dropbox.connections();
    const read = async (expected: string): Promise<string> =>
      (await connections.session('c1', credentials).team.teamInfo(expected)).teamId;
    expect(await read('dbtid:1')).toBe('dbtid:1');
    expect(await read('dbtid:1')).toBe('dbtid:1');
    expect(dropbox.callsOf('team/get_info')).toHaveLength(3);
    // Where the second answer says the same, it is believed.
    expect(await read('dbtid:3')).toBe('dbtid:1');
  });

  it('is requested again after the credentials have changed', async () => {
    dropbox.on('team/get_info', () => teamInfo);
    const connections = dropbox.connections();
    await connections.session('c1', credentials).team.teamInfo();
    await connections.session('c1', { ...credentials, refreshToken: 'another' }).team.teamInfo();
    expect(dropbox.callsOf('oauth2/token').map((call) => call.argument.refresh_token as string)).toEqual([
      'refresh-token',
      'another',
    ]);
  });
});
