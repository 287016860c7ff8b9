import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Database } from 'arangojs';
import { startArangoEmulator, type RunningEmulator } from '../../sandbox/arangodb/server';
import type { Choices, TeamModel } from '../../sandbox/dropbox/model';
import { startDropboxSimulator, type DropboxSimulator } from '../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../sandbox/dropbox/sources';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { startTemporalServer, type TemporalServer } from '../../sandbox/temporal/server';
import { DropboxTeamsClient, loadConfig, type SyncOptions, type SyncOutcome } from '../../src/client';
import { openDatabase } from '../../src/graph/driver/database';
import { ANSWER_WITHIN_SECONDS } from './limits';
import { Resources } from './resources';

export const ORGANIZATION = 'org-1';
export const CONNECTOR = 'dropbox-1';

export interface StackOptions {
  team?: string;
  model?: TeamModel;
  choices?: Partial<Choices>;
  /** Additional environment variables of the worker. */
  worker?: Record<string, string>;
  /** Seconds until ArangoDB aborts the open transactions of a killed worker. ArangoDB's default is 60. */
  transactionIdleSeconds?: number;
}

/** Temporal's server, the ArangoDB emulator and the Dropbox simulator, with a worker process from dist/. */
export class Stack {
  worker: WorkerProcess | undefined;

  private constructor(
    /** Resources that are closed with the stack. */
    readonly resources: Resources,
    readonly temporal: TemporalServer,
    readonly arango: RunningEmulator,
    readonly dropbox: DropboxSimulator,
    readonly company: ReturnType<typeof buildTeam>,
    readonly db: Database,
    readonly client: DropboxTeamsClient,
    readonly environment: Record<string, string>,
  ) {}

  static async start(options: StackOptions = {}): Promise<Stack> {
    const resources = new Resources();
    try {
      return await Stack.open(options, resources);
    } catch (error) {
      await resources.close();
      throw error;
    }
  }

  private static async open(options: StackOptions, resources: Resources): Promise<Stack> {
    const { transactionIdleSeconds } = options;
    const company = buildTeam(teamSource(options.team ?? 'demo'), options.model ?? 'A', options.choices);
    const temporal = resources.add(await startTemporalServer({ port: 0 }));
    const arango = resources.add(
      await startArangoEmulator({
        port: 0,
        ...(transactionIdleSeconds === undefined ? {} : { transactionIdleSeconds }),
      }),
    );
    const dropbox = resources.add(await startDropboxSimulator({ port: 0, company }));
    const environment = {
      TEMPORAL_ADDRESS: temporal.address,
      ARANGO_URL: arango.url,
      DROPBOX_API_URL: dropbox.url,
      CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: 'error',
      ...options.worker,
    };
    await installPipesHub({
      arangoUrl: arango.url,
      database: 'es',
      org: ORGANIZATION,
      connector: CONNECTOR,
      users: await activeEmails(dropbox.url),
    });
    const db = resources.add(openDatabase({ url: arango.url, database: 'es', username: 'root', password: '' }));
    const client = resources.add(DropboxTeamsClient.connect(loadConfig(environment)));
    return new Stack(resources, temporal, arango, dropbox, company, db, client, environment);
  }

  async startWorker(more: Record<string, string> = {}): Promise<WorkerProcess> {
    this.worker = await WorkerProcess.start({ ...this.environment, ...more }, this.resources);
    return this.worker;
  }

  /** Creates a connector with the app and token of the simulator. */
  async createConnector(settings: { batchSize?: number } = {}): Promise<void> {
    const info = await this.info();
    await this.client.createConnector({
      connectorId: CONNECTOR,
      orgId: ORGANIZATION,
      appKey: info.app_key,
      appSecret: info.app_secret,
      refreshToken: info.refresh_token,
      strategy: 'manual',
      ...settings,
    });
  }

  async sync(options: SyncOptions = {}): Promise<SyncOutcome> {
    return (await this.client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS, ...options })).result();
  }

  async info(): Promise<{
    app_key: string;
    app_secret: string;
    refresh_token: string;
    admin: { team_member_id: string; email: string };
  }> {
    return this.page('info');
  }

  async truth(): Promise<Record<string, { path: string; namespace_id: string; readers: string[] }>> {
    return (
      await this.page<{ files: Record<string, { path: string; namespace_id: string; readers: string[] }> }>('truth')
    ).files;
  }

  /** The admin and every member who can read a file. They are the users of PipesHub. */
  async activeEmails(): Promise<string[]> {
    return activeEmails(this.dropbox.url);
  }

  async calls(): Promise<{ total: number; calls: Record<string, number> }> {
    return this.page('stats');
  }

  async page<T>(name: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.dropbox.url}/sandbox/${name}`, {
      ...(body === undefined
        ? {}
        : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!answer.ok) throw new Error(`/sandbox/${name} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async close(): Promise<void> {
    await this.resources.close();
  }
}

async function activeEmails(dropboxUrl: string): Promise<string[]> {
  const truth = (await (await fetch(`${dropboxUrl}/sandbox/truth`)).json()) as {
    files: Record<string, { readers: string[] }>;
  };
  const info = (await (await fetch(`${dropboxUrl}/sandbox/info`)).json()) as { admin: { email: string } };
  return [...new Set([info.admin.email, ...Object.values(truth.files).flatMap(({ readers }) => readers)])];
}

/** A worker process, started as users start it. */
export class WorkerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly output: () => string,
  ) {}

  /** Starts a worker that ends with `resources` at the latest, and waits until it serves its queue. */
  static async start(environment: Record<string, string>, resources: Resources): Promise<WorkerProcess> {
    const program = path.join(__dirname, '..', '..', 'dist', 'src', 'worker.js');
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const worker = new WorkerProcess(child, () => text);
    resources.defer(() => worker.stop());
    createInterface({ input: child.stderr }).on('line', (line) => (text = `${text}${line}\n`.slice(-50_000)));
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('listening on') && resolve());
      child.once('exit', (code) => reject(new Error(`the worker exited with ${code}: ${text}`)));
    });
    return worker;
  }

  /** Stops the worker gracefully, as an operator does. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Kills the worker at once, as a power failure does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => void this.child.once('exit', () => resolve()));
    this.child.kill(signal);
    await exited;
  }
}
