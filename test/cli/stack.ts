import { PassThrough } from 'node:stream';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { startArangoEmulator, type RunningEmulator } from '../../sandbox/arangodb/server';
import type { TeamModel } from '../../sandbox/dropbox/model';
import { startDropboxSimulator, type DropboxSimulator } from '../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../sandbox/dropbox/sources';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { listMembers } from '../../sandbox/pipeshub/members';
import { startTemporalServer, type TemporalServer } from '../../sandbox/temporal/server';
import { createActivities } from '../../src/activities';
import type { ExitCode } from '../../src/cli/context';
import { runCommandLine } from '../../src/cli/run';
import { DropboxTeamsClient } from '../../src/client';
import { loadConfig } from '../../src/config';
import { DropboxConnections } from '../../src/dropbox';
import { ensureCollections, openDatabase } from '../../src/graph/driver/database';
import { openBroker } from '../../src/outbox/broker';

export const ORGANIZATION = 'org-1';

/** The JSON that a command printed; each test checks the fields that it expects. */
type Json = ReturnType<typeof JSON.parse>;

export interface CommandResult {
  code: ExitCode;
  out: string;
  err: string;
  /** Standard output, which must be one JSON document. */
  json: () => Json;
}

/** Everything that the CLI talks to, and a worker, all in this process. */
export interface Stack {
  env: Record<string, string>;
  dropbox: DropboxSimulator;
  temporal: TemporalServer;
  /** Runs a command line. */
  run(args: string[], env?: Record<string, string | undefined>): Promise<CommandResult>;
  /** A client as PipesHub uses it; it is closed with the stack. */
  connect(env?: Record<string, string>): DropboxTeamsClient;
  /** Installs what PipesHub has for a connector, and creates it with the simulator's credentials. */
  create(connector: string, more?: string[]): Promise<CommandResult>;
  credentials: { appKey: string; appSecret: string; refreshToken: string };
  close(): Promise<void>;
}

export async function runCli(args: string[], env: Record<string, string | undefined>): Promise<CommandResult> {
  const text = (): { stream: PassThrough; read: () => string } => {
    const parts: string[] = [];
    const stream = new PassThrough();
    stream.on('data', (part: Buffer) => parts.push(part.toString('utf8')));
    return { stream, read: () => parts.join('') };
  };
  const out = text();
  const err = text();
  const code = await runCommandLine(args, { env, out: out.stream, err: err.stream });
  return { code, out: out.read(), err: err.read(), json: () => JSON.parse(out.read()) };
}

export async function startStack({
  team = 'demo',
  model = 'A',
  worker = true,
}: { team?: string; model?: TeamModel; worker?: boolean } = {}): Promise<Stack> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const closers: (() => Promise<unknown> | void)[] = [];
  const arango: RunningEmulator = await startArangoEmulator({ port: 0 });
  closers.push(() => arango.close());
  const dropbox = await startDropboxSimulator({ port: 0, company: buildTeam(teamSource(team), model) });
  closers.push(() => dropbox.close());
  const temporal = await startTemporalServer({ port: 0 });
  closers.push(() => temporal.close());
  const env = {
    TEMPORAL_ADDRESS: temporal.address,
    ARANGO_URL: arango.url,
    DROPBOX_API_URL: dropbox.url,
    CONNECTOR_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    PIPESHUB_JWT_SECRET: 'scoped secret of the installation',
    HTTP_PORT: '0',
  };
  const config = loadConfig(env);
  const users = await listMembers(dropbox.url);
  const install = (connector: string): Promise<unknown> =>
    installPipesHub({ arangoUrl: arango.url, database: 'es', org: ORGANIZATION, connector, users });
  await install('app-of-another-connector');

  if (worker) {
    const db = openDatabase(config.arango);
    await ensureCollections(db);
    const connection = await NativeConnection.connect({ address: temporal.address });
    const { code } = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../src/workflows'),
      logger: new DefaultLogger('ERROR'),
    });
    const running = await Worker.create({
      connection,
      taskQueue: config.temporal.taskQueue,
      workflowBundle: { code },
      activities: createActivities({
        db,
        dropbox: new DropboxConnections(config.dropbox),
        broker: openBroker(config.broker),
        secretKeys: config.secretKeys,
        membersMaxAge: 24 * 60 * 60 * 1000,
        now: Date.now,
      }),
    });
    const ended = running.run();
    closers.push(async () => {
      running.shutdown();
      await ended;
      await connection.close();
      db.close();
    });
  }
  const { app } = dropbox.simulator.grants;
  const run: Stack['run'] = (args, more = {}) => runCli(args, { ...env, ...more });
  return {
    env,
    dropbox,
    temporal,
    run,
    connect(more = {}) {
      const client = DropboxTeamsClient.connect(loadConfig({ ...env, ...more }));
      closers.push(() => client.close());
      return client;
    },
    credentials: app,
    async create(connector, more = []) {
      await install(connector);
      const { appKey, appSecret, refreshToken } = app;
      const credentials = ['--app-key', appKey, '--app-secret', appSecret, '--refresh-token', refreshToken];
      return run(['create', '--org', ORGANIZATION, '--connector', connector, ...credentials, ...more]);
    },
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}
