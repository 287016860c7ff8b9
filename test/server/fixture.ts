import { createSigner } from 'fast-jwt';
import { DropboxTeamsClient } from '../../src/client';
import { loadConfig, type Config } from '../../src/config';
import { createLogger, type Logger } from '../../src/log';
import { startInternalListener, startPublicListener, type Listener } from '../../src/server/http';
import type { Limits } from '../../src/server/limits';
import { createMetrics } from '../../src/server/metrics';
import { ORGANIZATION, Stack } from '../support/stack';

const dependencies = (client: DropboxTeamsClient, limits: Partial<Limits> = {}, log = createLogger('fatal')) => ({
  client,
  log,
  metrics: createMetrics(),
  limits,
});

/** A public listener of this client, on a free port. */
export const serve = (
  config: Config,
  client: DropboxTeamsClient,
  limits?: Partial<Limits>,
  log?: Logger,
): Promise<Listener> => startPublicListener(config, 0, dependencies(client, limits, log));

/** An internal listener of this client, on a free port, with a worker that runs. */
export const serveInternally = (config: Config, client: DropboxTeamsClient): Promise<Listener> =>
  startInternalListener(config, 0, {
    ...dependencies(client),
    worker: () => ({ runState: 'RUNNING', workflowPollerState: 'POLLING', activityPollerState: 'POLLING' }),
    temporalMetrics: async () => 'temporal_requests_total 1\n',
  });

/** A stack with the connector `c`, which webhooks start and which has been synced, and the public listener of a worker. */
export class ServedStack {
  private constructor(
    readonly stack: Stack,
    readonly client: DropboxTeamsClient,
    readonly server: Listener,
  ) {}

  /** `prepare` changes the company before the sync. */
  static async start(prepare: (stack: Stack) => void = () => undefined): Promise<ServedStack> {
    const stack = await Stack.startInProcess();
    prepare(stack);
    const config = loadConfig(stack.environment);
    const client = DropboxTeamsClient.connect(config);
    const server = await serve(config, client);
    await stack.create('c', ['--strategy', 'webhook']);
    expect((await stack.run(['sync', 'c'])).code).toBe(0);
    return new ServedStack(stack, client, server);
  }

  async close(): Promise<void> {
    await this.server.close(0);
    await this.client.close();
    await this.stack.close();
  }

  /** A token as PipesHub's services sign them. */
  sign(claims: object, key = this.stack.environment['PIPESHUB_JWT_SECRET'] ?? ''): string {
    return createSigner({ key, expiresIn: 3_600_000 })({ orgId: ORGANIZATION, ...claims });
  }

  /** The token of the indexing service. */
  indexing(): string {
    return this.sign({ scopes: ['connector:signedUrl'] });
  }

  ask(path: string, token?: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.server.url}${path}`, {
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
  }

  async one<T>(query: string, vars: Record<string, unknown> = {}): Promise<T> {
    const [row] = await (await this.client.database.query<T>(query, vars)).all();
    if (row === undefined) throw new Error(`nothing found by ${query}`);
    return row;
  }

  recordNamed(name: string): Promise<string> {
    return this.one('FOR r IN records FILTER r.recordName == @name RETURN r._key', { name });
  }

  /** A page of the simulator that stands for something that happens at Dropbox. */
  async sandbox(page: string, body: object): Promise<void> {
    const { status } = await fetch(`${this.stack.dropbox.url}/sandbox/${page}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(status).toBe(200);
  }
}
