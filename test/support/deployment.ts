import { randomBytes } from 'node:crypto';
import { Database } from 'arangojs';
import type { DropboxSimulator } from '../../sandbox/dropbox/server';
import { ensureUsers, installPipesHub } from '../../sandbox/pipeshub/install';
import { createActivities } from '../../src/activities';
import { DropboxTeamsClient, loadConfig, type SyncOptions, type SyncOutcome } from '../../src/client';
import { TemporalAccess } from '../../src/client/temporal';
import { DropboxConnections } from '../../src/dropbox';
import { ensureCollections, openDatabase } from '../../src/graph/driver/database';
import { standalone } from '../../src/graph/driver/graph';
import { IndexingService } from './indexingService';
import { runWorker } from './inProcessWorker';
import { liesAtRate } from './liesAtRate';
import { ANSWER_WITHIN_SECONDS } from './limits';
import type { Resources } from './resources';
import type { SharedServers } from './servers';
import { WORKFLOW_BUNDLE } from './workflowBundle';

export const ORGANIZATION = 'org-1';
/** Collections with the contents of an installation before its first sync. */
const INSTALLED = new Set(['organizations', 'apps', 'orgAppRelation', 'dropboxConnectors']);
/** Member lists are never read again because of their age, so that a lost event shows as a difference. */
const NO_AUDIT = 10_000 * 24 * 60 * 60 * 1000;

/** A database with its own worker and client. */
export class Deployment {
  private constructor(
    readonly db: Database,
    private readonly connectorId: string,
    private readonly client: DropboxTeamsClient,
    readonly indexing: IndexingService,
    private readonly settings: { appKey: string; appSecret: string; refreshToken: string },
  ) {}

  static async open(
    resources: Resources,
    servers: SharedServers,
    name: string,
    connectorId: string,
    dropbox: DropboxSimulator,
    now: () => number,
    dropboxUrl = dropbox.url,
  ): Promise<Deployment> {
    const { temporal, arango, connection } = servers;
    const config = loadConfig({
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_TASK_QUEUE: name,
      ARANGO_URL: arango.url,
      ARANGO_DATABASE: name,
      DROPBOX_API_URL: dropboxUrl,
      CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
    });
    await installPipesHub({
      arangoUrl: arango.url,
      database: name,
      org: ORGANIZATION,
      connector: connectorId,
      users: [],
    });
    resources.defer(() => dropDatabase(arango.url, name));
    const db = openDatabase(config.arango);
    await ensureCollections(db);
    const connections = new DropboxConnections({ ...config.dropbox });
    const client = resources.add(
      new DropboxTeamsClient({
        temporal: new TemporalAccess(config.temporal),
        graph: standalone(db),
        dropbox: connections,
        secretKeys: config.secretKeys,
        now,
      }),
    );
    const indexing = new IndexingService();
    await runWorker(resources, {
      connection,
      taskQueue: name,
      workflowBundle: WORKFLOW_BUNDLE,
      activities: createActivities({
        graph: standalone(db),
        dropbox: connections,
        broker: {
          isConfigured: true,
          publish: async (events) => indexing.take(events),
          close: async () => undefined,
        },
        secretKeys: config.secretKeys,
        membersMaxAge: NO_AUDIT,
        confirmAfter: 0,
        now,
      }),
    });
    const { appKey, appSecret, refreshToken } = dropbox.simulator.grants.app;
    return new Deployment(db, connectorId, client, indexing, { appKey, appSecret, refreshToken });
  }

  /** Gives users an account in PipesHub. */
  async invite(users: string[]): Promise<void> {
    await ensureUsers(this.db, { org: ORGANIZATION, users });
  }

  async create(): Promise<void> {
    // Batches are smaller than most pages, so that pages are split.
    await this.client.createConnector({
      connectorId: this.connectorId,
      orgId: ORGANIZATION,
      strategy: 'manual',
      batchSize: 7,
      ...this.settings,
    });
  }

  async sync(options: SyncOptions = {}): Promise<SyncOutcome> {
    const outcome = await (
      await this.client.runSync(this.connectorId, {
        answerWithinSeconds: ANSWER_WITHIN_SECONDS,
        ...options,
      })
    ).result();
    await this.indexing.index(this.db);
    // Only a second run believes these, as their gaps say or docs/wrong-answers.md.
    const isDoubtful = /a later run has to confirm|names no owner|member list is empty/;
    return outcome.gaps.some((gap) => isDoubtful.test(gap)) ? this.sync() : outcome;
  }

  /** A sync during which Dropbox lies. */
  async syncWithLies(dropbox: DropboxSimulator, share: number): Promise<void> {
    const { faults } = dropbox.simulator;
    faults.set(liesAtRate(share));
    await this.syncAnyhow();
    faults.set([]);
  }

  /** A sync that may end in any way. */
  async syncAnyhow(): Promise<void> {
    const run = await this.client.runSync(this.connectorId, { answerWithinSeconds: ANSWER_WITHIN_SECONDS });
    await run.result();
    await this.indexing.index(this.db);
  }

  /** Removes everything that syncs and new accounts have written. */
  async empty(): Promise<void> {
    const collections = await this.db.collections();
    const emptied = collections.filter(({ name }) => !INSTALLED.has(name));
    await Promise.all(emptied.map((collection) => collection.truncate()));
    this.indexing.forget();
  }
}

async function dropDatabase(url: string, name: string): Promise<void> {
  const system = new Database({ url });
  try {
    await system.dropDatabase(name);
  } finally {
    system.close();
  }
}
