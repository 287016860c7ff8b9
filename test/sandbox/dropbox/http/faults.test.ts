import { openOffice, type Office } from './office';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const list = () => office.call('files/list_folder', { path: '' }, { as: office.ben });
const faults = (rule: object) => office.sandbox('faults', { rules: [{ route: '^files/list_folder$', ...rule }] });

it('429 comes in both forms, with the time to wait', async () => {
  await faults({ kind: '429', times: 2, retry_after: 7 });
  const [first, second, third] = [await list(), await list(), await list()];
  expect(first.status).toBe(429);
  expect(first.headers.get('retry-after')).toBe('7');
  expect(first.json).toEqual({
    error_summary: expect.stringMatching(/^too_many_requests\/\.*$/),
    error: { reason: { '.tag': 'too_many_requests' }, retry_after: 7 },
  });
  expect([second.status, second.text, second.headers.get('retry-after')]).toEqual([429, 'too_many_requests', '7']);
  expect(second.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(third.status).toBe(200);
});

it('429 of the token endpoint is empty', async () => {
  await office.sandbox('faults', { rules: [{ route: '^oauth2/token$', kind: '429', times: 1 }] });
  const response = await fetch(`${office.url}/oauth2/token`, { method: 'POST' });
  expect([response.status, await response.text(), response.headers.get('retry-after')]).toEqual([429, '', null]);
});

it('503 may say when to come back, 500 does not', async () => {
  await faults({ kind: '503', times: 1, retry_after: 3 });
  const unavailable = await list();
  expect([unavailable.status, unavailable.headers.get('retry-after')]).toEqual([503, '3']);
  await faults({ kind: '500', times: 1 });
  expect((await list()).status).toBe(500);
  expect((await list()).status).toBe(200);
});

it('reset ends the connection without an answer', async () => {
  await faults({ kind: 'reset', times: 1 });
  await expect(list()).rejects.toThrow('fetch failed');
  expect((await list()).status).toBe(200);
});

it('truncate sends half of the body', async () => {
  await faults({ kind: 'truncate', times: 1 });
  await expect(list()).rejects.toThrow();
  const whole = await list();
  expect(whole.json.entries.length).toBeGreaterThan(0);
});

it('timeout never answers', async () => {
  await faults({ kind: 'timeout', times: 1 });
  const silent = fetch(`${office.url}/2/files/list_folder`, { method: 'POST', signal: AbortSignal.timeout(100) });
  await expect(silent).rejects.toThrow('timeout');
  expect((await list()).status).toBe(200);
});

it('rules are read strictly and end with an empty list', async () => {
  const wrong = await office.sandbox('faults', { rules: [{ route: '(', kind: '429' }] });
  expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining("'(' is not a regular expression")]);
  expect((await office.sandbox('faults', { rules: [{ route: 'x', kind: '418' }] })).status).toBe(400);
  await faults({ kind: '500' });
  await office.sandbox('faults', { rules: [] });
  expect((await list()).status).toBe(200);
});

describe('budgets', () => {
  it('hold each member for himself', async () => {
    await office.sandbox('limits', { member: { calls: 2, seconds: 60 }, form: 'json' });
    expect([(await list()).status, (await list()).status]).toEqual([200, 200]);
    const refused = await list();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBe(refused.json.error.retry_after);
    expect((await office.call('files/list_folder', { path: '' }, { as: office.cleo })).status).toBe(200);
    expect((await office.call('team/get_info')).status).toBe(200);
    await office.sandbox('limits', {});
    expect((await list()).status).toBe(200);
  });

  it('hold the team on team routes, and an admin for his own calls', async () => {
    await office.sandbox('limits', {
      team: { calls: 1, seconds: 60 },
      member: { calls: 1, seconds: 60 },
      form: 'text',
    });
    expect((await office.call('team/get_info')).status).toBe(200);
    expect((await office.call('team/namespaces/list', {})).text).toBe('too_many_requests');
    const asAdmin = () => office.call('files/list_folder', { path: '' }, { admin: office.ada });
    expect([(await asAdmin()).status, (await asAdmin()).status]).toEqual([200, 429]);
    expect((await list()).status).toBe(200);
  });
});

it('every answer waits for the latency', async () => {
  await office.sandbox('latency', { milliseconds: 80 });
  const started = performance.now();
  await list();
  expect(performance.now() - started).toBeGreaterThanOrEqual(75);
});

it('stops while somebody waits', async () => {
  const { json } = await list();
  const waiting = office.call('files/list_folder/longpoll', { cursor: json.cursor, timeout: 480 }, { token: null });
  await office.get('/sandbox/stats');
  await Promise.all([office.close(), expect(waiting).rejects.toThrow()]);
  office = await openOffice();
});
