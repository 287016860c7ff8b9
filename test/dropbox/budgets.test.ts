import { failureTypeOf } from '../../src/failures';
import { gate } from '../support/gate';
import { apiError, credentials, emptyFolder, errorOf, member, teamInfo, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();

describe('the budget of a member', () => {
  it('limits the concurrent calls of that member, not those of others', async () => {
    const { open, opened } = gate();
    const running = new Map<string, number>();
    let most = 0;
    dropbox.on('files/list_folder', async ({ headers }) => {
      const id = headers['dropbox-api-select-user'] as string;
      running.set(id, (running.get(id) ?? 0) + 1);
      most = Math.max(most, running.get(id)!);
      // Opens when both members have as many calls under way as they may.
      if (running.get('dbmid:a') === 2 && running.get('dbmid:b') === 2) open();
      await opened;
      running.set(id, running.get(id)! - 1);
      return emptyFolder;
    });
    const session = dropbox.session({ concurrentCalls: 2 });
    await Promise.all(
      ['dbmid:a', 'dbmid:b'].flatMap((id) => Array.from({ length: 6 }, () => session.as(member(id)).listFolder('7'))),
    );
    expect(most).toBe(2);
    expect(session.calls.byRoute).toEqual({ 'files/list_folder': 12 });
  });

  it('is closed for all calls of the member by a long Retry-After, without another request', async () => {
    dropbox.on('files/list_folder', ({ headers }) =>
      headers['dropbox-api-select-user'] === 'dbmid:a'
        ? apiError(429, { reason: { '.tag': 'too_many_requests' } }, { 'Retry-After': '30' })
        : emptyFolder,
    );
    const session = dropbox.session();
    const first = await errorOf(session.as(member('dbmid:a')).listFolder('7'));
    expect(first).toMatchObject({ type: 'DropboxRateLimited', nextRetryDelay: '30s' });
    const second = await errorOf(session.as(member('dbmid:a')).listFolder('7'));
    expect(failureTypeOf(second)).toBe('DropboxRateLimited');
    await expect(session.as(member('dbmid:b')).listFolder('7')).resolves.toBeDefined();
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

  it('gives its place back when a waiting caller cancels', async () => {
    const { open, opened } = gate();
    const cancel = new AbortController();
    dropbox.on('files/list_folder', async () => {
      cancel.abort();
      await opened;
      return emptyFolder;
    });
    const connections = dropbox.connections({ concurrentCalls: 1 });
    const list = (signal?: AbortSignal) =>
      connections
        .session('c1', credentials, signal ? { signal } : {})
        .as(member('dbmid:a'))
        .listFolder('7');
    const first = list();
    const second = list(cancel.signal);
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    open();
    await expect(first).resolves.toMatchObject({ cursor: 'cursor-1' });
    await expect(list()).resolves.toBeDefined();
  });
});
