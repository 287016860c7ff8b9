/** What the scenario of the Python SDK does not show of upload sessions. */
import { UploadSessions } from '../../../../sandbox/dropbox/http/uploadSessions';
import { startFixture, type Fixture } from './fixture';

const PIECE = 4 * 1024 * 1024;
const DAY = 24 * 3600 * 1000;

describe('a session', () => {
  let now = 0;
  let sessions: UploadSessions;
  beforeEach(() => {
    now = Date.parse('2026-01-01T00:00:00Z');
    sessions = new UploadSessions(() => now);
  });

  it('can be used for 7 days', () => {
    const session_id = sessions.start('ben', 'sequential', Buffer.from('one'), false);
    now += 7 * DAY - 1;
    expect(sessions.append('ben', { session_id, offset: 3 }, Buffer.from('two'), false)).toBeUndefined();
    now += 1;
    const late = sessions.finish('ben', { session_id, offset: 6 }, Buffer.alloc(0));
    expect(late).toEqual({ error: { '.tag': 'lookup_failed', lookup_failed: { '.tag': 'not_found' } } });
  });

  it('does not exist for other members', () => {
    const session_id = sessions.start('ben', 'sequential', Buffer.alloc(0), false);
    const error = sessions.append('cleo', { session_id, offset: 0 }, Buffer.from('x'), false);
    expect(error).toEqual({ '.tag': 'not_found' });
  });

  it('takes no data after it was closed', () => {
    const session_id = sessions.start('ben', 'sequential', Buffer.from('one'), true);
    const error = sessions.append('ben', { session_id, offset: 3 }, Buffer.from('x'), false);
    expect(error).toEqual({ '.tag': 'closed' });
  });

  it('of concurrent pieces is complete only when no piece is missing', () => {
    const session_id = sessions.start('ben', 'concurrent', Buffer.alloc(0), false);
    const append = (offset: number, length: number, close = false) =>
      sessions.append('ben', { session_id, offset }, Buffer.alloc(length), close);
    const finish = () => sessions.finish('ben', { session_id, offset: 2 * PIECE + 1 }, Buffer.alloc(0));
    expect(append(1, PIECE)).toEqual({ '.tag': 'concurrent_session_invalid_offset' });
    expect(append(0, PIECE)).toBeUndefined();
    expect(finish()).toEqual({ error: { '.tag': 'concurrent_session_not_closed' } });
    expect(append(2 * PIECE, 1, true)).toBeUndefined();
    expect(finish()).toEqual({ error: { '.tag': 'concurrent_session_missing_data' } });
  });
});

describe('the routes', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(() => fixture.close());

  const send = (route: string, argument: unknown, body = '') =>
    fixture.content(`files/upload_session/${route}`, argument, { as: fixture.ben, rawBody: body });

  it('a refused upload keeps its data in a session, which can be saved at another path', async () => {
    const upload = { path: `/${fixture.note.name}` };
    const { json } = await fixture.content('files/upload', upload, { as: fixture.ben, rawBody: 'kept' });
    expect(json.error).toMatchObject({ '.tag': 'path', reason: { '.tag': 'conflict', conflict: { '.tag': 'file' } } });
    const cursor = { session_id: json.error.upload_session_id, offset: 4 };
    expect((await send('finish', { cursor, commit: upload })).json.error.path['.tag']).toBe('conflict');
    expect((await send('finish', { cursor, commit: { path: '/kept.txt' } })).json).toMatchObject({ size: 4 });
  });

  it('a concurrent session starts open and without data', async () => {
    const concurrent = { session_type: 'concurrent' };
    const closed = await send('start', { ...concurrent, close: true });
    expect(closed.json.error['.tag']).toBe('concurrent_session_close_not_allowed');
    const filled = await send('start', concurrent, 'x');
    expect(filled.json.error['.tag']).toBe('concurrent_session_data_not_allowed');
  });

  it('the body must have the given hash, and in a batch the sum of the given lengths', async () => {
    const { json } = await send('start', {});
    const cursor = { session_id: json.session_id, offset: 0 };
    const hashed = await send('append_v2', { cursor, content_hash: '0'.repeat(64) }, 'x');
    expect(hashed.json.error['.tag']).toBe('content_hash_mismatch');
    const batch = await send('append_batch', { entries: [{ cursor, length: 2 }] }, 'x');
    expect(batch.json.error['.tag']).toBe('length_mismatch');
  });

  it('the job of finish_batch is unknown to other routes', async () => {
    const { json } = await fixture.call('files/upload_session/finish_batch', { entries: [] }, { as: fixture.ben });
    expect(json['.tag']).toBe('async_job_id');
    const job = { async_job_id: json.async_job_id };
    expect((await fixture.call('sharing/check_job_status', job, { as: fixture.ben })).status).toBe(409);
    const check = () => fixture.call('files/upload_session/finish_batch/check', job, { as: fixture.ben });
    expect((await check()).json).toEqual({ '.tag': 'in_progress' });
    expect((await check()).json).toEqual({ '.tag': 'complete', entries: [] });
  });
});
