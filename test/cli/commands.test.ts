import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommandLine } from '../../src/cli/run';
import { deadLetterKey } from '../../src/sync/keys';
import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
const ofTest = closedAfterEach();
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess());
});

async function rows<T>(query: string, vars: Record<string, unknown> = {}): Promise<T[]> {
  return (await stack.db.query<T>(query, vars)).all();
}

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await delay(50);
  }
}

describe('a connector from its creation to its end', () => {
  it('is created with its credentials encrypted and its Schedule', async () => {
    const { code, out } = await stack.create('main', ['--every', '15m', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ connectorId: 'main', strategy: 'scheduled', every: '15m', batchSize: 100 });
    expect(out).not.toContain(stack.credentials.appSecret);
    const [stored] = await rows('FOR c IN dropboxConnectors FILTER c._key == "main" RETURN c');
    expect(JSON.stringify(stored)).not.toContain(stack.credentials.refreshToken);
    const status = (await stack.run(['status', 'main', '--json'])).json();
    expect(status.schedule).toMatchObject({ paused: false });
    expect(status.schedule.nextRuns).toHaveLength(3);
    expect(status.schedule.problem).toBeNull();
  });

  it('is tested: team, admin and every scope', async () => {
    const { code, json } = await stack.run(['test', 'main', '--json']);
    expect(code).toBe(0);
    const report = json();
    expect(report).toMatchObject({ ok: true, admin: { email: stack.dropbox.simulator.admin.email }, problems: [] });
    expect(report.scopes).toHaveLength(10);
  });

  it('reports in a dry run what it would add, and writes nothing', async () => {
    const { code, json } = await stack.run(['sync', 'main', '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(json().plan.length).toBeGreaterThan(0);
    expect(await rows('FOR r IN records RETURN r._key')).toEqual([]);
  });

  it('syncs, and its result has the documented form', async () => {
    const { code, json, err } = await stack.run(['sync', 'main', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { records, permissions, ...rest } = json();
    expect(rest).toMatchObject({ status: 'complete', mode: 'full', deadLetters: 0, answer: 'started', gaps: [] });
    for (const name of ['users', 'groups', 'recordGroups', 'dropboxCalls', 'seconds'])
      expect(rest[name]).toBeGreaterThan(0);
    expect(records).toMatchObject({ added: expect.any(Number), updated: 0, moved: 0, deleted: 0 });
    expect(permissions.granted).toBeGreaterThan(0);
  });

  it('shows no progress with --quiet', async () => {
    const [out, err] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true })];
    const io = { env: stack.environment, in: Readable.from([]), out, err };
    expect(await runCommandLine(['sync', 'main', '--dry-run', '--quiet'], io)).toBe(0);
    expect(err.read()).toBeNull();
    expect(String(out.read())).toMatch(/would change\n$/);
  });

  it('with --quiet writes errors, and no notes', async () => {
    const page = path.join(mkdtempSync(path.join(tmpdir(), 'quiet-')), 'page.html');
    const verify = ['verify', 'main', '--sample', '1', '--html', page];
    expect((await stack.run(verify)).err).toMatch(/^the page is in/);
    expect(await stack.run([...verify, '--quiet'])).toMatchObject({ code: 0, err: '' });
    rmSync(path.dirname(page), { recursive: true });
    expect((await stack.run(['test', 'unknown', '--quiet'])).err).toMatch(/^there is no connector unknown/);
  });

  it('keeps every secret out of the workflow’s history', async () => {
    const { Connection, Client } = await import('@temporalio/client');
    const connection = ofTest.add(await Connection.connect({ address: stack.temporal.address }));
    const handle = new Client({ connection }).workflow.getHandle('dropbox/main/sync');
    const history = JSON.stringify(await handle.fetchHistory());
    for (const secret of Object.values(stack.credentials)) {
      expect(history).not.toContain(secret);
      expect(history).not.toContain(Buffer.from(secret).toString('base64'));
    }
  });

  it('has a status in text and in JSON', async () => {
    const text = await stack.run(['status']);
    expect(text.out).toMatch(/connector +main, organization org-1/);
    expect(text.out).toMatch(/last run +complete, full/);
    const all = (await stack.run(['status', '--json'])).json();
    expect(all.connectors).toHaveLength(1);
    expect(all.connectors[0].graph.cursors).toBeGreaterThan(0);
  });

  it('equals Dropbox as each member sees it', async () => {
    const { code, json } = await stack.run(['verify', 'main', '--json']);
    expect(json()).toMatchObject({ ok: true, missing: 0, shouldBeGone: 0, tooWide: 0, tooNarrow: 0, findings: [] });
    expect(code).toBe(0);
    const sampled = (await stack.run(['verify', 'main', '--sample', '2', '--json'])).json();
    expect(sampled).toMatchObject({ ok: true, members: { checked: 2 } });
  });

  it('explains who reads what, and why', async () => {
    const [file] = await rows<{ key: string; itemId: string }>(
      'FOR r IN records FILTER r.recordName == "Scorecard.xlsx" RETURN {key: r._key, itemId: r.externalRecordId}',
    );
    const admin = stack.dropbox.simulator.admin.email;
    const mine = (await stack.run(['explain', 'main', '--record', file!.key, '--user', admin, '--json'])).json();
    expect(mine).toMatchObject({ graph: { allowed: true, hasApp: true }, dropbox: { allowed: true }, agree: true });
    const byPath = (
      await stack.run(['explain', 'main', '--path', '/Hiring/Scorecard.xlsx', '--user', admin, '--json', '--quiet'])
    ).json();
    expect(byPath.item.recordKey).toBe(file!.key);
    const other = await stack.run(['explain', 'main', '--record', file!.itemId, '--user', 'femi@lumenoak.example']);
    expect(other.code).toBe(0);
    expect(other.out).toMatch(/femi@lumenoak.example can't read Scorecard.xlsx in PipesHub/);
    expect(other.out).toMatch(/Dropbox does not let the member read it/);
    const unknown = await stack.run(['explain', 'main', '--path', '/nowhere', '--user', admin]);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringMatching(/^the graph holds no item/) });
  });

  it('pauses, refuses to sync meanwhile, and resumes', async () => {
    expect((await stack.run(['pause', 'main', '--json'])).json()).toMatchObject({ paused: true });
    expect((await stack.run(['status', 'main', '--json'])).json()).toMatchObject({
      paused: true,
      schedule: { paused: true },
    });
    const refused = await stack.run(['sync', 'main']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/is paused; run: dropbox-teams resume main/) });
    expect((await stack.run(['resume', 'main'])).code).toBe(0);
    expect((await stack.run(['status', 'main', '--json'])).json()).toMatchObject({
      paused: false,
      schedule: { paused: false },
    });
  });

  it('shows that Temporal has lost its Schedule, and restores it: by a command, by resume, and when a worker starts', async () => {
    const isThere = async (): Promise<boolean> =>
      (await stack.run(['status', 'main', '--json'])).json().schedule !== null;
    const restore = async (): Promise<unknown> => (await stack.run(['restore-schedules', '--json'])).json();

    await stack.loseSchedule('main');
    expect((await stack.run(['status', 'main', '--json'])).json()).toMatchObject({
      scheduleMissing: true,
      every: '15m',
    });
    expect((await stack.run(['status', 'main'])).out).toMatch(/schedule +missing in Temporal.* restore-schedules/);
    expect(await restore()).toEqual({ restored: ['main'], present: [], failed: [] });
    expect(await restore()).toEqual({ restored: [], present: ['main'], failed: [] });
    expect((await stack.run(['status', 'main', '--json'])).json()).toMatchObject({ scheduleMissing: false });
    expect((await stack.run(['restore-schedules'])).out).toBe('0 Schedules restored, 1 present, 0 failed\n');

    await stack.run(['pause', 'main']);
    await stack.loseSchedule('main');
    expect((await stack.run(['resume', 'main'])).code).toBe(0);
    expect((await stack.run(['status', 'main', '--json'])).json()).toMatchObject({ schedule: { paused: false } });

    await stack.loseSchedule('main');
    const worker = await stack.startWorker({ LOG_LEVEL: 'warn' });
    await until(isThere);
    await until(async () => worker.output().includes('a Schedule was missing in Temporal, and is restored'));
    await worker.stop();
  });

  it('shows that its Schedule is paused in Temporal, and sets the Schedule to what is stored', async () => {
    await stack.onSchedule('main', async (handle) => {
      await handle.pause('by hand');
      await handle.update(({ action, ...others }) => ({
        ...others,
        action: { ...action, taskQueue: 'former' },
        spec: { intervals: [{ every: '6h' }] },
      }));
    });
    const shown = (await stack.run(['status', 'main'])).out;
    expect(shown).toMatch(/schedule +paused in Temporal \(by hand\), so nothing starts: dropbox-teams resume main/);
    expect((await stack.run(['restore-schedules', '--json'])).json()).toMatchObject({ present: ['main'] });
    const { spec, action, state } = await stack.onSchedule('main', (handle) => handle.describe());
    expect(state.paused).toBe(false);
    expect(spec.intervals).toMatchObject([{ every: 15 * 60_000 }]);
    expect(action).not.toMatchObject({ taskQueue: 'former' });
    expect((await stack.run(['status', 'main'])).out).not.toMatch(/paused in Temporal/);
  });

  it.each([
    ['4h', '4h'],
    ['30', '30m'],
    ['0 6 * * 1', '0 6 * * 1'],
    ['manual', null],
    ['1440', '24h'],
  ])('can be scheduled every %s', async (every, stored) => {
    const { code } = await stack.run(['schedule', 'main', '--every', every]);
    expect(code).toBe(0);
    const status = (await stack.run(['status', 'main', '--json'])).json();
    expect(status.every).toBe(stored);
    if (stored === null) expect(status.schedule).toBeNull();
    else expect(status.schedule.nextRuns).toHaveLength(3);
  });

  it('has nothing to cancel or approve while no sync runs', async () => {
    expect((await stack.run(['cancel', 'main', '--json'])).json()).toMatchObject({ cancelled: false });
    const { code, err } = await stack.run(['approve', 'main']);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(/nothing waits for an answer/) });
  });

  it('is synced without waiting for the result', async () => {
    const { code, json } = await stack.run(['sync', 'main', '--no-wait', '--json']);
    expect(code).toBe(0);
    expect(json()).toMatchObject({ answer: 'started', workflowId: 'dropbox/main/sync' });
    await until(async () => (await stack.run(['status', 'main', '--json'])).json().current === null);
  });

  it('lists dead letters, and exits 3 while there are any', async () => {
    const none = await stack.run(['dead-letters', 'main', '--json']);
    expect(none).toMatchObject({ code: 0 });
    expect(none.json()).toEqual({ deadLetters: [] });
    await stack.db.collection('dropboxDeadLetters').save({
      _key: deadLetterKey('main', 'group', null, 'g:1'),
      connectorId: 'main',
      kind: 'group',
      namespaceId: null,
      subject: 'g:1',
      reason: 'could not be read',
      attempts: 2,
      firstSeenAt: Date.now(),
      lastSeenAt: Date.now(),
    });
    const one = await stack.run(['dead-letters', 'main']);
    expect(one.code).toBe(3);
    expect(one.out).toMatch(/group g:1: could not be read \(2 attempts/);
    expect((await stack.run(['dead-letters', 'main', '--retry', '--json'])).json()).toMatchObject({
      deadLetters: [],
      retry: { status: 'complete' },
    });
  });

  it('has its record events put into the outbox again', async () => {
    const before = (await stack.run(['status', 'main', '--json'])).json().graph.unpublishedEvents;
    const { code, json } = await stack.run(['reindex', 'main', '--json']);
    expect(code).toBe(0);
    expect(json().queued).toBeGreaterThan(0);
    const after = (await stack.run(['status', 'main', '--json'])).json().graph.unpublishedEvents;
    expect(after).toBeGreaterThan(before);
  });

  it('is removed with all that it wrote, and nothing of other connectors', async () => {
    await stack.create('other');
    expect((await stack.run(['sync', 'other'])).code).toBe(0);
    const others = 'FOR r IN records FILTER r.connectorId == "other" COLLECT WITH COUNT INTO n RETURN n';
    const [before] = await rows<number>(others);
    const { code, json } = await stack.run(['cleanup', 'main', '--json']);
    expect(code).toBe(0);
    expect(json().removed).toBeGreaterThan(0);
    for (const collection of [
      'records',
      'recordGroups',
      'groups',
      'syncPoints',
      'dropboxEntries',
      'dropboxNamespaces',
    ]) {
      expect(await rows(`FOR d IN ${collection} FILTER d.connectorId == "main" LIMIT 1 RETURN d._key`)).toEqual([]);
    }
    expect(await rows(others)).toEqual([before]);
    expect((await stack.run(['status', 'main'])).err).toMatch(/there is no connector main/);
    expect((await stack.run(['verify', 'other', '--json'])).json()).toMatchObject({ ok: true });
    expect(await rows('FOR o IN organizations RETURN o._key')).toEqual([ORGANIZATION]);
  });
});
