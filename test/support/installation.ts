import type { Database } from 'arangojs';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { DropboxTeamsClient, loadConfig, type SyncOptions, type SyncOutcome } from '../../src/client';
import { openDatabase } from '../../src/graph/driver/database';
import { CONNECTOR, ORGANIZATION, WorkerProcess, type Stack } from './stack';

/**
 * One more PipesHub beside the stack's own, with a database and a task queue of its own but the same company and the same
 * connector id: what two syncs make of one company can be compared document by document.
 */
export class Installation {
  private constructor(
    readonly name: string,
    readonly db: Database,
    readonly client: DropboxTeamsClient,
    readonly environment: Record<string, string>,
  ) {}

  static async create(
    stack: Stack,
    name: string,
    { batchSize = 100, more = {} }: { batchSize?: number; more?: Record<string, string> } = {},
  ): Promise<Installation> {
    const environment = {
      ...stack.environment,
      ARANGO_DATABASE: name,
      TEMPORAL_TASK_QUEUE: name,
      ...more,
    };
    await installPipesHub({
      arangoUrl: stack.arango.url,
      database: name,
      org: ORGANIZATION,
      connector: CONNECTOR,
      users: await stack.activeEmails(),
    });
    const config = loadConfig(environment);
    const db = openDatabase({ ...config.arango, url: stack.arango.url });
    const client = DropboxTeamsClient.connect(config);
    const info = await stack.info();
    await client.createConnector({
      connectorId: CONNECTOR,
      orgId: ORGANIZATION,
      appKey: info.app_key,
      appSecret: info.app_secret,
      refreshToken: info.refresh_token,
      strategy: 'manual',
      batchSize,
    });
    return new Installation(name, db, client, environment);
  }

  startWorker(): Promise<WorkerProcess> {
    return WorkerProcess.start(this.environment);
  }

  async sync(options: SyncOptions = {}): Promise<SyncOutcome> {
    return (await this.client.runSync(CONNECTOR, { answerWithinSeconds: 60, ...options })).result();
  }

  async close(): Promise<void> {
    this.db.close();
    await this.client.close();
  }
}
