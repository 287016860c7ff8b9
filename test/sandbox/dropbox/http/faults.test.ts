import { callsReceived, startFixture, useFixture } from './fixture';

const fixture = useFixture('test');

const list = () => fixture.call('files/list_folder', { path: '' }, { as: fixture.ben });
const faults = (rule: object) => fixture.sandbox('faults', { rules: [{ route: '^files/list_folder$', ...rule }] });

it('429 has both forms in turn, with the time to wait', async () => {
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

it('429-bare has no Retry-After header, and a body that names no time to wait', async () => {
  await faults({ kind: '429-bare', times: 2 });
  const [json, text] = [await list(), await list()].sort((one) => (one.text === 'too_many_requests' ? 1 : -1));
  expect([json?.status, json?.headers.get('retry-after')]).toEqual([429, null]);
  expect(json?.json).toEqual({
    error_summary: expect.stringMatching(/^too_many_requests\/\.*$/),
    error: { reason: { '.tag': 'too_many_requests' } },
  });
  expect([text?.status, text?.text, text?.headers.get('retry-after')]).toEqual([429, 'too_many_requests', null]);
});

it('429 leaves a wait of one second, which is the default, out of its body', async () => {
  await faults({ kind: '429', times: 2 });
  const answers = [await list(), await list()];
  expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(['1', '1']);
  expect(answers.map(({ text }) => text.includes('retry_after'))).toEqual([false, false]);
});

it('429 of the token endpoint is empty', async () => {
  await fixture.sandbox('faults', { rules: [{ route: '^oauth2/token$', kind: '429', times: 1 }] });
  const response = await fetch(`${fixture.url}/oauth2/token`, { method: 'POST' });
  expect([response.status, await response.text(), response.headers.get('retry-after')]).toEqual([429, '', null]);
});

it('503 can have a Retry-After header, 500 has none', async () => {
  await faults({ kind: '503', times: 1, retry_after: 3 });
  const unavailable = await list();
  expect([unavailable.status, unavailable.headers.get('retry-after')]).toEqual([503, '3']);
  await faults({ kind: '500', times: 1 });
  expect((await list()).status).toBe(500);
  expect((await list()).status).toBe(200);
});

it('reset closes the connection without an answer', async () => {
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
  const client = new AbortController();
  let answered = false;
  const unanswered = fetch(`${fixture.url}/2/files/list_folder`, { method: 'POST', signal: client.signal });
  const outcome = expect(unanswered.finally(() => (answered = true))).rejects.toThrow('aborted');
  await callsReceived(fixture, 'files/list_folder', 1);
  expect((await list()).status).toBe(200);
  expect(answered).toBe(false);
  client.abort();
  await outcome;
});

it('rules are validated, and an empty list removes them', async () => {
  const wrong = await fixture.sandbox('faults', { rules: [{ route: '(', kind: '429' }] });
  expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining("'(' is not a regular expression")]);
  expect((await fixture.sandbox('faults', { rules: [{ route: 'x', kind: '418' }] })).status).toBe(400);
  await faults({ kind: '500' });
  await fixture.sandbox('faults', { rules: [] });
  expect((await list()).status).toBe(200);
});

describe('rate limits', () => {
  it('apply to each member separately', async () => {
    await fixture.sandbox('limits', { member: { calls: 2, seconds: 60 }, form: 'json' });
    expect([(await list()).status, (await list()).status]).toEqual([200, 200]);
    const refused = await list();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBe(refused.json.error.retry_after);
    expect((await fixture.call('files/list_folder', { path: '' }, { as: fixture.cleo })).status).toBe(200);
    expect((await fixture.call('team/get_info')).status).toBe(200);
    await fixture.sandbox('limits', {});
    expect((await list()).status).toBe(200);
  });

  it('apply to the team on team routes, and to an admin on user routes', async () => {
    await fixture.sandbox('limits', {
      team: { calls: 1, seconds: 60 },
      member: { calls: 1, seconds: 60 },
      form: 'text',
    });
    expect((await fixture.call('team/get_info')).status).toBe(200);
    expect((await fixture.call('team/namespaces/list', {})).text).toBe('too_many_requests');
    const asAdmin = () => fixture.call('files/list_folder', { path: '' }, { admin: fixture.ada });
    expect([(await asAdmin()).status, (await asAdmin()).status]).toEqual([200, 429]);
    expect((await list()).status).toBe(200);
  });
});

it('every answer is delayed by the latency', async () => {
  await fixture.sandbox('latency', { milliseconds: 80 });
  const started = performance.now();
  await list();
  expect(performance.now() - started).toBeGreaterThanOrEqual(75);
});

it('stopping the simulator ends a waiting longpoll', async () => {
  const { json } = await list();
  const waiting = fixture.call('files/list_folder/longpoll', { cursor: json.cursor, timeout: 480 }, { token: null });
  await callsReceived(fixture, 'files/list_folder/longpoll', 1);
  await Promise.all([fixture.close(), expect(waiting).rejects.toThrow()]);
  Object.assign(fixture, await startFixture());
});
