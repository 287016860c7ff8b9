import type { Database } from 'arangojs';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { DropboxTeamsClient, loadConfig, type SyncOptions, type SyncOutcome } from '../../src/client';
import { openDatabase } from '../../src/graph/driver/database';
import { ANSWER_WITHIN_SECONDS } from './limits';
import { simulatorApp } from './simulatorPages';
import { connected, CONNECTOR, ORGANIZATION, type Stack } from './stack';
import { WorkerProcess } from './workerProcess';

/**
 * Another installation of PipesHub in a stack. It has its own database and task queue, but the same company and connector
 * id, so that the graphs of two syncs can be compared document by document. It is closed with the stack.
 */
export class Installation {
  private constructor(
    private readonly stack: Stack,
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
    const db = stack.resources.add(openDatabase({ ...config.arango, url: stack.arango.url }));
    const client = stack.resources.add(DropboxTeamsClient.connect(config));
    await connected(client);
    await client.createConnector({
      connectorId: CONNECTOR,
      orgId: ORGANIZATION,
      ...(await simulatorApp(stack.dropbox.url)),
      strategy: 'manual',
      batchSize,
    });
    return new Installation(stack, name, db, client, environment);
  }

  startWorker(): Promise<WorkerProcess> {
    return WorkerProcess.start(this.environment, this.stack.resources);
  }

  async sync(options: SyncOptions = {}): Promise<SyncOutcome> {
    return (await this.client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS, ...options })).result();
  }
}
