import { PassThrough } from 'node:stream';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { startArangoEmulator } from '../../sandbox/arangodb/server';
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
import { standalone } from '../../src/graph/driver/graph';
import { Resources, runWorker } from '../support/resources';
import { WORKFLOW_BUNDLE } from '../support/workflowBundle';

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

interface StackOptions {
  team?: string;
  model?: TeamModel;
  worker?: boolean;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const resources = new Resources();
  try {
    return await openStack(options, resources);
  } catch (error) {
    await resources.close();
    throw error;
  }
}

async function openStack(
  { team = 'demo', model = 'A', worker = true }: StackOptions,
  resources: Resources,
): Promise<Stack> {
  const arango = resources.add(await startArangoEmulator({ port: 0 }));
  const dropbox = resources.add(await startDropboxSimulator({ port: 0, company: buildTeam(teamSource(team), model) }));
  const temporal = resources.add(await startTemporalServer({ port: 0 }));
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
    const db = resources.add(openDatabase(config.arango));
    await ensureCollections(db);
    await runWorker(resources, {
      connection: resources.add(await NativeConnection.connect({ address: temporal.address })),
      taskQueue: config.temporal.taskQueue,
      workflowBundle: WORKFLOW_BUNDLE,
      activities: createActivities({
        graph: standalone(db),
        dropbox: new DropboxConnections(config.dropbox),
        broker: openBroker(config.broker),
        secretKeys: config.secretKeys,
        membersMaxAge: 24 * 60 * 60 * 1000,
        now: Date.now,
      }),
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
      return resources.add(DropboxTeamsClient.connect(loadConfig({ ...env, ...more })));
    },
    credentials: app,
    async create(connector, more = []) {
      await install(connector);
      const { appKey, appSecret, refreshToken } = app;
      const credentials = ['--app-key', appKey, '--app-secret', appSecret, '--refresh-token', refreshToken];
      return run(['create', '--org', ORGANIZATION, '--connector', connector, ...credentials, ...more]);
    },
    close: () => resources.close(),
  };
}
