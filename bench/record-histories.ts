/**
 * Records test/histories again from real runs: one file for each path through the workflows that must stay replayable.
 * The histories are made by the code that runs: record them for a release, not for a change under test.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { Dropbox, DropboxAuth } from 'dropbox';
import {
  childWorkflowId,
  cleanupWorkflowId,
  notificationsWorkflowId,
  reindexWorkflowId,
  scheduleId,
  syncWorkflowId,
  type SyncProgress,
  type SyncOutcome,
  type SyncRequest,
  type SyncRun,
} from '../src/client';
import type { SandboxInfo } from '../test/support/simulatorPages';
import { BenchStack, CONNECTOR } from './stack';

const ROOT = path.join(__dirname, '..', '..');
const FOLDER = path.join(ROOT, 'test', 'histories');
const TEAM = 'generate:members=4,groups=1,shared=2,files=40,seed=7';
/** Latency of Dropbox calls in ms, long enough for a signal to arrive while a run reads. */
const SLOW_MS = 250;

export async function run(): Promise<void> {
  const stack = await BenchStack.start({ team: TEAM });
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const recorder = new Recorder(stack, new Client({ connection }), await stack.info());
  try {
    await recorder.record();
  } finally {
    await connection.close();
    await stack.stop();
  }
}

class Recorder {
  private readonly recorded = new Map<string, string>();

  constructor(
    private readonly stack: BenchStack,
    private readonly temporal: Client,
    private info: SandboxInfo,
  ) {}

  async record(): Promise<void> {
    await this.fullAndIncremental();
    await this.interrupted();
    await this.requests();
    await this.notifications();
    await this.held('approve');
    await this.held('reject');
    await this.removal();
    await this.refused();
    await this.others();
    await this.save();
  }

  private async fullAndIncremental(): Promise<void> {
    await this.stack.page('faults', { rules: [{ route: 'team/groups/list', kind: '503', times: 8 }] });
    expectStatus('complete', await this.stack.sync());
    await this.stack.page('faults', { rules: [] });
    await this.keep('full-sync', syncWorkflowId(CONNECTOR));
    for (const phase of ['users', 'groups', 'record-groups', 'sharing'])
      await this.keep(`child-${phase}`, childWorkflowId(CONNECTOR, phase));
    await this.keep('child-user-folders', await this.anyDelegate());
    if (!/"attempt":[2-9]/.test(this.recorded.get('child-groups') ?? ''))
      throw new Error('the faults did not lead to a retry of an activity');
    await this.write('/notes/first.txt');
    expectStatus('complete', await this.stack.sync());
    await this.keep('incremental-sync', syncWorkflowId(CONNECTOR));
    expectStatus('complete', await this.stack.sync());
    await this.keep('idle-sync', syncWorkflowId(CONNECTOR));
    expectStatus('complete', await this.stack.sync({ dryRun: true }));
    await this.keep('dry-run', syncWorkflowId(CONNECTOR));
    const { team_member_id } = this.info.admin;
    expectStatus('complete', await this.stack.sync({ members: [team_member_id], reason: 'webhook' }));
    await this.keep('webhook-sync', syncWorkflowId(CONNECTOR));
  }

  private async interrupted(): Promise<void> {
    await this.slowly(async () => {
      const paused = await this.stack.client.runSync(CONNECTOR, { mode: 'full' });
      await this.until(paused, ({ phase }) => phase !== 'starting');
      await this.stack.client.pause(CONNECTOR);
      await this.until(paused, (progress) => progress.paused);
      await this.stack.client.resume(CONNECTOR);
      expectStatus('complete', await paused.result());
      await this.keep('paused-and-resumed', syncWorkflowId(CONNECTOR));
      const cancelled = await this.stack.client.runSync(CONNECTOR, { mode: 'full' });
      await this.until(cancelled, ({ phase }) => phase === 'folders');
      await this.stack.client.cancel(CONNECTOR);
      await cancelled.result().then(
        () => Promise.reject(new Error('the cancelled sync ran to its end')),
        () => undefined,
      );
      await this.keep('cancelled', syncWorkflowId(CONNECTOR));
    });
    expectStatus('complete', await this.stack.sync());
  }

  private async requests(): Promise<void> {
    await this.slowly(async () => {
      const first = await this.stack.client.runSync(CONNECTOR);
      const again = await this.stack.client.runSync(CONNECTOR, { mode: 'full' });
      if (first.answer !== 'started' || again.answer !== 'queued') throw new Error('the second request was not queued');
      await this.schedule('schedule-joins');
      expectStatus('complete', await again.result());
      await this.keepChain('asked-again', syncWorkflowId(CONNECTOR));
    });
    await this.schedule('schedule-starts');
    const request: SyncRequest = { connectorId: CONNECTOR };
    const options = { workflowId: 'asked-by-another-program', args: [request], taskQueue: 'dropbox-teams' };
    await this.temporal.workflow.execute('runIncrementalSync', options);
    await this.keep('incremental-by-another-program', options.workflowId);
  }

  /** One starts a sync, and one is queued behind a running sync. */
  private async notifications(): Promise<void> {
    await this.notification('notification-starts');
    await this.slowly(async () => {
      await this.stack.client.runSync(CONNECTOR, { mode: 'full' });
      await this.notification('notification-queues');
    });
    if (!this.recorded.get('notification-queues')?.includes('EXTERNAL_WORKFLOW_EXECUTION_SIGNALED'))
      throw new Error('the running sync ended before it could take the notification');
  }

  private async notification(name: string): Promise<void> {
    await this.stack.client.queueNotification(CONNECTOR, [this.info.admin.team_member_id]);
    await this.temporal.workflow.getHandle(notificationsWorkflowId(CONNECTOR)).result();
    await this.keep(name, notificationsWorkflowId(CONNECTOR));
    await this.temporal.workflow.getHandle(syncWorkflowId(CONNECTOR)).result();
  }

  /** A start by the connector's Schedule. */
  private async schedule(name: string): Promise<void> {
    await this.stack.client.setSchedule(CONNECTOR, '1h');
    const handle = this.temporal.schedule.getHandle(scheduleId(CONNECTOR));
    await handle.trigger();
    const started = await waitFor(async () => (await handle.describe()).info.recentActions[0]);
    const { workflowId, firstExecutionRunId } = started.action.workflow;
    await this.temporal.workflow.getHandle(workflowId, firstExecutionRunId).result();
    await this.keep(name, workflowId);
    await this.stack.client.setSchedule(CONNECTOR, 'manual');
  }

  /** More is deleted than the deletion guard lets pass: an operator has to decide. */
  private async held(decision: 'approve' | 'reject'): Promise<void> {
    const { client } = this.stack;
    for (let n = 1; n <= 4; n += 1) await this.write(`/to be deleted (${decision})/file ${n}.txt`);
    expectStatus('complete', await this.stack.sync());
    await client.setSettings(CONNECTOR, { brake: { share: 0.01, items: 2 } });
    await this.dropbox().filesDeleteV2({ path: `/to be deleted (${decision})` });
    expectStatus('partial', await this.stack.sync());
    await client[decision](CONNECTOR);
    const handle = this.temporal.workflow.getHandle(syncWorkflowId(CONNECTOR));
    expectStatus(decision === 'approve' ? 'complete' : 'partial', (await handle.result()) as SyncOutcome);
    await this.keep(`held-${decision}`, syncWorkflowId(CONNECTOR));
    if (decision === 'approve') await this.keep('child-orphans', childWorkflowId(CONNECTOR, 'orphans'));
    await client.setSettings(CONNECTOR, { brake: { share: 1, items: 1000 } });
  }

  /** A team folder is archived: no one can read it, and it goes with its records. */
  private async removal(): Promise<void> {
    const team = this.dropbox({ actsAsTeam: true });
    const { result } = await team.teamTeamFolderList({});
    const folder = result.team_folders.find(({ status }) => status['.tag'] === 'active');
    if (!folder) throw new Error('the company has no team folder');
    await team.teamTeamFolderArchive({ team_folder_id: folder.team_folder_id, force_async_off: true });
    // No one can see the folders in it any more, which a second run has to confirm.
    expectStatus('partial', await this.stack.sync());
    await this.keep('child-removals', childWorkflowId(CONNECTOR, 'removals'));
    expectStatus('complete', await this.stack.sync());
  }

  private async refused(): Promise<void> {
    await this.stack.page('tokens', { expire_now: true, revoke_refresh: true });
    expectStatus('failed', await this.stack.sync());
    await this.keep('failed', syncWorkflowId(CONNECTOR));
    const link = { link: { email: this.info.admin.email } };
    const { refresh_token: refreshToken } = await this.stack.page<{ refresh_token: string }>('tokens', link);
    await this.stack.client.setCredentials(CONNECTOR, { refreshToken });
    this.info = await this.stack.info();
    expectStatus('complete', await this.stack.sync());
  }

  private async others(): Promise<void> {
    await this.stack.client.reindex(CONNECTOR);
    await this.keep('reindex', reindexWorkflowId(CONNECTOR));
    // Last of all: `forbidden` looks up names in the company as it is then.
    const removal = await this.stack.client.cleanup(CONNECTOR);
    await removal.follow(() => undefined);
    await this.keep('cleanup', cleanupWorkflowId(CONNECTOR));
  }

  private async keep(name: string, workflowId: string): Promise<void> {
    this.recorded.set(name, await this.historyOf(workflowId));
  }

  /** All runs of a chain that continued as new, the first one first. */
  private async keepChain(name: string, workflowId: string): Promise<void> {
    const last = await this.historyOf(workflowId);
    const first = /"continuedExecutionRunId":"([^"]+)"/.exec(last)?.[1];
    if (first === undefined) throw new Error(`${name}: no run was continued as new`);
    this.recorded.set(`${name}-1`, await this.historyOf(workflowId, first));
    this.recorded.set(`${name}-2`, last);
  }

  /** Puts each event on its own line, so that recordings can be compared line by line. */
  private async historyOf(workflowId: string, runId?: string): Promise<string> {
    const history = await this.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    const { events } = JSON.parse(historyToJSON(history)) as { events: unknown[] };
    const lines = events.map((event) => JSON.stringify(event, withoutMachine));
    return `{"events":[\n${lines.join(',\n')}\n]}\n`;
  }

  private async anyDelegate(): Promise<string> {
    const types = this.temporal.workflow.list({ query: 'WorkflowType = "syncUserFolders"' });
    for await (const { workflowId } of types) return workflowId;
    throw new Error('no member had namespaces to list');
  }

  private async until(run: SyncRun, reached: (progress: SyncProgress) => boolean): Promise<void> {
    await waitFor(async () => {
      const progress = await run.progress();
      return progress !== null && reached(progress) ? true : undefined;
    });
  }

  private async slowly(work: () => Promise<void>): Promise<void> {
    await this.stack.page('latency', { milliseconds: SLOW_MS });
    await work();
    await this.stack.page('latency', { milliseconds: 0 });
  }

  private async write(file: string): Promise<void> {
    await this.dropbox().filesUpload({ path: file, contents: file });
  }

  private dropbox({ actsAsTeam = false } = {}): Dropbox {
    const { app_key: clientId, app_secret: clientSecret, refresh_token: refreshToken, admin } = this.info;
    const { url } = this.stack.dropbox;
    const redirected: typeof globalThis.fetch = (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input.toString());
      return fetch(`${url}${pathname}${search}`, init);
    };
    const auth = new DropboxAuth({ clientId, clientSecret, refreshToken, fetch: redirected });
    return new Dropbox({ auth, fetch: redirected, ...(actsAsTeam ? {} : { selectUser: admin.team_member_id }) });
  }

  private async save(): Promise<void> {
    const forbidden = await this.forbidden();
    for (const [name, history] of this.recorded) {
      const text = decoded(history);
      const found = forbidden.filter((word) => text.includes(word));
      if (found.length > 0) throw new Error(`${name} contains words that no history may contain: ${found.join(', ')}`);
    }
    mkdirSync(FOLDER, { recursive: true });
    for (const file of readdirSync(FOLDER)) if (file.endsWith('.json')) rmSync(path.join(FOLDER, file));
    for (const [name, history] of this.recorded) writeFileSync(path.join(FOLDER, `${name}.json`), history);
    process.stdout.write(`${this.recorded.size} histories in test/histories\n`);
  }

  /** Secrets, e-mail addresses and file names of the company, which no history may contain. */
  private async forbidden(): Promise<string[]> {
    const { app_secret, refresh_token, admin } = this.info;
    const { files } = await this.stack.page<{ files: Record<string, { path: string; readers: string[] }> }>('truth');
    const paths = Object.values(files).flatMap((file) => file.path.split('/'));
    const emails = Object.values(files).flatMap(({ readers }) => readers);
    const names = [...paths, 'to be deleted', 'first.txt'].filter((name) => name.length > 5);
    return [...new Set([app_secret, refresh_token, admin.email, ...emails, ...names])];
  }
}

/** Leaves out the machine that records: hosts, process ids and folders mean nothing to a replay. */
function withoutMachine(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  // A worker's identity is its process id and host. It is also part of the name of its sticky task queue.
  if (key === 'identity' || /^\d+@/.test(value)) return 'recorded';
  // The folder of the packages may be a link to one elsewhere.
  return value.replaceAll(`${ROOT}${path.sep}`, '').replace(/\/[^\s():]*\/(?=node_modules\/)/g, '');
}

/** The history with decoded payloads. */
const decoded = (history: string): string =>
  history.replace(/"data":\s*"([^"]*)"/g, (_all, data: string) => Buffer.from(data, 'base64').toString('utf8'));

function expectStatus(status: string, outcome: { status: string; gaps: string[]; error?: { message: string } }): void {
  if (outcome.status === status) return;
  const why = outcome.error?.message ?? outcome.gaps.join('; ');
  throw new Error(`a sync ended ${outcome.status} instead of ${status}: ${why}`);
}

async function waitFor<T>(check: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    await delay(50);
  }
}
