import { randomBytes } from 'node:crypto';
import type { Database } from 'arangojs';
import { installPipesHub } from '../sandbox/pipeshub/install';
import { listMembers } from '../sandbox/pipeshub/members';
import { DropboxTeamsClient, loadConfig, type SyncOptions, type SyncOutcome } from '../src/client';
import { openDatabase } from '../src/graph/driver/database';
import { simulatorApp, simulatorPage, type CallCounts, type SandboxInfo } from '../test/support/simulatorPages';
import { LARGE_HEAP, startProgram, WORKER_MEMORY, type Program } from './processes';

export const ORGANIZATION = 'bench-org';
export const CONNECTOR = 'bench-dropbox';

export interface StackOptions {
  /** A team source of `npm run sandbox -- dropbox --team`. */
  team: string;
  latencyMs?: number;
  batchSize?: number;
  /** The program that serves Dropbox, with its first arguments. Default: the sandbox's own. */
  dropboxProgram?: { path: string; args: string[] };
  /** Additional settings of the workers. */
  workerEnvironment?: Record<string, string>;
  /** How many workers there are. Default: 1. */
  workers?: number;
}

/** Temporal's server, the ArangoDB emulator, the Dropbox simulator and workers, each in a separate process. */
export class BenchStack {
  private constructor(
    readonly temporal: Program,
    readonly arango: Program,
    readonly dropbox: Program,
    readonly worker: Program,
    readonly moreWorkers: readonly Program[],
    readonly db: Database,
    readonly client: DropboxTeamsClient,
  ) {}

  /** Starts all processes and creates a connector that is ready to sync. */
  static async start({
    team,
    latencyMs = 0,
    batchSize,
    dropboxProgram = { path: 'sandbox/main.js', args: ['dropbox', '--port', '0'] },
    workerEnvironment = {},
    workers = 1,
  }: StackOptions): Promise<BenchStack> {
    const running: Program[] = [];
    const startOne = async (program: string, args: string[], environment?: Record<string, string>) => {
      const started = await startProgram(program, args, environment);
      running.push(started);
      return started;
    };
    try {
      const temporal = await startOne('sandbox/main.js', ['temporal', '--port', '0']);
      const arango = await startOne('sandbox/main.js', ['arangodb', '--port', '0'], LARGE_HEAP);
      const dropbox = await startOne(dropboxProgram.path, [
        ...dropboxProgram.args,
        ...['--team', team, '--latency-ms', String(latencyMs)],
      ]);
      const environment = {
        TEMPORAL_ADDRESS: addressOf(temporal),
        ARANGO_URL: arango.url,
        DROPBOX_API_URL: dropbox.url,
        CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
        LOG_LEVEL: 'error',
      };
      await installPipesHub({
        arangoUrl: arango.url,
        database: 'es',
        org: ORGANIZATION,
        connector: CONNECTOR,
        users: await listMembers(dropbox.url),
      });
      const startWorker = () =>
        startOne('src/worker.js', [], { ...WORKER_MEMORY, ...environment, ...workerEnvironment });
      const worker = await startWorker();
      const moreWorkers: Program[] = [];
      while (moreWorkers.length < workers - 1) moreWorkers.push(await startWorker());
      const db = openDatabase({ url: arango.url, database: 'es', username: 'root', password: '' });
      const client = DropboxTeamsClient.connect(loadConfig(environment));
      const stack = new BenchStack(temporal, arango, dropbox, worker, moreWorkers, db, client);
      await client.createConnector({
        connectorId: CONNECTOR,
        orgId: ORGANIZATION,
        ...(await simulatorApp(dropbox.url)),
        strategy: 'manual',
        ...(batchSize === undefined ? {} : { batchSize }),
      });
      return stack;
    } catch (error) {
      for (const program of running.reverse()) await program.stop();
      throw error;
    }
  }

  get temporalAddress(): string {
    return addressOf(this.temporal);
  }

  async sync(options: SyncOptions = {}): Promise<SyncOutcome> {
    return (await this.client.runSync(CONNECTOR, options)).result();
  }

  info(): Promise<SandboxInfo> {
    return this.page('info');
  }

  /** Calls that the simulator has answered since the last reset. */
  async dropboxCalls(): Promise<CallCounts> {
    return this.page('stats');
  }

  async resetDropboxCalls(): Promise<void> {
    await this.page('stats/reset', {});
  }

  arangoRequests(): Promise<number> {
    return arangoRequests(this.arango.url);
  }

  /** A page of the simulator under /sandbox. */
  page<T>(name: string, body?: unknown): Promise<T> {
    return simulatorPage(this.dropbox.url, name, body);
  }

  async stop(): Promise<void> {
    await this.client.close();
    this.db.close();
    await Promise.all([this.worker, ...this.moreWorkers].map((worker) => worker.stop()));
    await Promise.all([this.temporal.stop(), this.arango.stop(), this.dropbox.stop()]);
  }
}

/** Requests that ArangoDB has answered since it started, including this one. */
export async function arangoRequests(url: string): Promise<number> {
  const answer = await fetch(`${url}/_admin/statistics`);
  if (!answer.ok) throw new Error(`/_admin/statistics answered ${answer.status}`);
  return ((await answer.json()) as { http: { requestsTotal: number } }).http.requestsTotal;
}

const addressOf = (temporal: Program): string => temporal.url.replace(/^http:\/\//, '');
