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
