import { randomBytes } from 'node:crypto';
import { Connection, ScheduleClient, type ScheduleHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { Database } from 'arangojs';
import { startArangoEmulator, type RunningEmulator } from '../../sandbox/arangodb/server';
import type { Choices, TeamModel } from '../../sandbox/dropbox/model';
import { startDropboxSimulator, type DropboxSimulator } from '../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../sandbox/dropbox/sources';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { listMembers } from '../../sandbox/pipeshub/members';
import { startTemporalServer, type TemporalServer } from '../../sandbox/temporal/server';
import { createActivities } from '../../src/activities';
import { HEARTBEAT_INTERVAL_MS } from '../../src/activities/runtime/heartbeat';
import { DropboxTeamsClient, loadConfig, scheduleId, type SyncOptions, type SyncOutcome } from '../../src/client';
import { DropboxConnections } from '../../src/dropbox';
import { ensureCollections, openDatabase } from '../../src/graph/driver/database';
import { standalone } from '../../src/graph/driver/graph';
import { openBroker } from '../../src/outbox/broker';
import { runCli, type CommandResult } from './commandLine';
import { runWorker } from './inProcessWorker';
import { ANSWER_WITHIN_SECONDS, limits } from './limits';
import { Resources } from './resources';
import { simulatorApp, simulatorPage, type CallCounts, type SandboxInfo } from './simulatorPages';
import { WorkerProcess } from './workerProcess';
import { WORKFLOW_BUNDLE } from './workflowBundle';

export const ORGANIZATION = 'org-1';
export const CONNECTOR = 'dropbox-1';

export interface StackOptions {
  team?: string;
  model?: TeamModel;
  choices?: Partial<Choices>;
  /** Additional environment variables of the worker. */
  worker?: Record<string, string>;
  /** Who has an account in PipesHub: all members of the team, or (default) those who can read a file, and the admin. */
  users?: 'members' | 'readers';
  /** Seconds until ArangoDB aborts the open transactions of a killed worker. ArangoDB's default is 60. */
  transactionIdleSeconds?: number;
}

export interface InProcessOptions extends Omit<StackOptions, 'worker'> {
  worker?: boolean;
}

/** Temporal's server, the ArangoDB emulator, the Dropbox simulator, and PipesHub with one connector that is set up. */
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

  /** A stack for command lines. Its worker runs in this process, and all members of the team have accounts. */
  static async startInProcess({ worker = true, ...options }: InProcessOptions = {}): Promise<Stack> {
    const stack = await Stack.start({ users: 'members', ...options });
    try {
      if (worker) await stack.runWorker();
      return stack;
    } catch (error) {
      await stack.close();
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
    const dropbox = resources.add(await startDropboxSimulator({ port: 0, company, shortPages: 0.1 }));
    const environment = {
      TEMPORAL_ADDRESS: temporal.address,
      ARANGO_URL: arango.url,
      DROPBOX_API_URL: dropbox.url,
      CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
      PIPESHUB_JWT_SECRET: 'scoped secret of the installation',
      LOG_LEVEL: 'error',
      ...options.worker,
    };
    await installPipesHub({
      arangoUrl: arango.url,
      database: 'es',
      org: ORGANIZATION,
      connector: CONNECTOR,
      users: options.users === 'members' ? await listMembers(dropbox.url) : await activeEmails(dropbox.url),
    });
    const db = resources.add(openDatabase({ url: arango.url, database: 'es', username: 'root', password: '' }));
    const client = resources.add(DropboxTeamsClient.connect(loadConfig(environment)));
    await connected(client);
    return new Stack(resources, temporal, arango, dropbox, company, db, client, environment);
  }

  /** The app and token of the simulator. */
  get credentials(): { appKey: string; appSecret: string; refreshToken: string } {
    return this.dropbox.simulator.grants.app;
  }

  /** Starts a worker process from dist/. */
  async startWorker(more: Record<string, string> = {}): Promise<WorkerProcess> {
    this.worker = await WorkerProcess.start({ ...this.environment, ...more }, this.resources);
    return this.worker;
  }

  /** Runs a worker in this process until the stack is closed. */
  async runWorker(): Promise<void> {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const config = loadConfig(this.environment);
    await ensureCollections(this.db);
    await runWorker(this.resources, {
      connection: this.resources.add(await NativeConnection.connect({ address: this.temporal.address })),
      taskQueue: config.temporal.taskQueue,
      workflowBundle: WORKFLOW_BUNDLE,
      maxHeartbeatThrottleInterval: HEARTBEAT_INTERVAL_MS,
      activities: createActivities({
        graph: standalone(this.db),
        dropbox: new DropboxConnections(config.dropbox),
        broker: openBroker(config.broker),
        secretKeys: config.secretKeys,
        membersMaxAge: 24 * 60 * 60 * 1000,
        confirmAfter: 0,
        now: Date.now,
      }),
    });
  }

  /** Runs a command line. */
  run(args: string[], more: Record<string, string | undefined> = {}): Promise<CommandResult> {
    return runCli(args, { ...this.environment, ...more });
  }

  /** Another client of this stack; it is closed with the stack. */
  connect(more: Record<string, string> = {}): DropboxTeamsClient {
    return this.resources.add(DropboxTeamsClient.connect(loadConfig({ ...this.environment, ...more })));
  }

  /** Sets a connector up in PipesHub, and creates it by a command line with the app and token of the simulator. */
  async create(connector: string, more: string[] = []): Promise<CommandResult> {
    const users = await listMembers(this.dropbox.url);
    await installPipesHub({ arangoUrl: this.arango.url, database: 'es', org: ORGANIZATION, connector, users });
    const { appKey, appSecret, refreshToken } = this.credentials;
    return this.run(['create', '--org', ORGANIZATION, '--connector', connector, '--app-key', appKey, ...more], {
      DROPBOX_APP_SECRET: appSecret,
      DROPBOX_REFRESH_TOKEN: refreshToken,
    });
  }

  /** Creates the connector of the stack with the app and token of the simulator. */
  async createConnector(settings: { batchSize?: number } = {}): Promise<void> {
    await this.client.createConnector({
      connectorId: CONNECTOR,
      orgId: ORGANIZATION,
      ...(await simulatorApp(this.dropbox.url)),
      strategy: 'manual',
      ...settings,
    });
  }

  /** Deletes the Schedule of a connector in Temporal, as a loss of Temporal's data does. */
  async loseSchedule(connector: string): Promise<void> {
    await this.onSchedule(connector, (handle) => handle.delete());
  }

  /** What an operator does with Temporal's own tools. */
  async onSchedule<T>(connector: string, use: (handle: ScheduleHandle) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address: this.temporal.address });
    try {
      return await use(new ScheduleClient({ connection }).getHandle(scheduleId(connector)));
    } finally {
      await connection.close();
    }
  }

  async sync(options: SyncOptions = {}): Promise<SyncOutcome> {
    return (await this.client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS, ...options })).result();
  }

  info(): Promise<SandboxInfo> {
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

  calls(): Promise<CallCounts> {
    return this.page('stats');
  }

  page<T>(name: string, body?: unknown): Promise<T> {
    return simulatorPage(this.dropbox.url, name, body);
  }

  async close(): Promise<void> {
    await this.resources.close();
  }
}

/**
 * Waits until a client is connected to Temporal. The server answers already, but while several stacks start on a busy
 * machine a client may need longer than it gives a server.
 */
export async function connected(client: DropboxTeamsClient): Promise<void> {
  const deadline = Date.now() + limits.programs;
  for (;;) {
    try {
      return await client.pingTemporal();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

async function activeEmails(dropboxUrl: string): Promise<string[]> {
  const truth = (await (await fetch(`${dropboxUrl}/sandbox/truth`)).json()) as {
    files: Record<string, { readers: string[] }>;
  };
  const info = (await (await fetch(`${dropboxUrl}/sandbox/info`)).json()) as { admin: { email: string } };
  return [...new Set([info.admin.email, ...Object.values(truth.files).flatMap(({ readers }) => readers)])];
}
