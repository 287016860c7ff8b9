import { inspect } from 'node:util';
import type { ClientPlugin } from '@temporalio/client';
import type { Database } from 'arangojs';
import type { Config } from '../config';
import type { ReindexOutcome, SyncProgress } from '../contract/sync';
import type { SecretKeys } from '../credentials';
import { DropboxConnections } from '../dropbox';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { openDatabase } from '../graph/driver/database';
import { standalone, type StandaloneGraph } from '../graph/driver/graph';
import { readInstallation, type Installation } from '../graph/readers/installation';
import { readGraphState, type GraphState } from '../graph/state/connectorState';
import { takeLease } from '../graph/state/leases';
import { requireSchemas } from '../graph/state/schemas';
import type { DeadLetterDocument } from '../sync/syncDocuments';
import type { Explanation, ExplainRequest } from '../verify/explanation';
import type { VerifyOptions, VerifyReport } from '../verify/verify';
import * as args from './arguments';
import type {
  AuthorizationOptions,
  ConnectorSettings,
  NewConnector,
  NewCredentials,
  RestoreOptions,
  SyncOptions,
} from './arguments';
import { cleanUp, type Removal } from './cleanup';
import { testConnection, type ConnectionReport } from './connectionTest';
import { Connectors, viewOf, type Consent, type ConnectorView } from './connectors';
import { Contents, type ContentRequest, type RecordContent } from './content';
import { deadLetterPages } from './deadLetters';
import { withClientErrors } from './errors';
import { missingSchedules, restoreSchedules, type RestoredSchedules } from './lostSchedules';
import { notifiedMembers } from './notifications';
import { reindex } from './reindex';
import { ConnectorSchedules, type ScheduleStatus } from './schedules';
import type { ClientServices } from './services';
import { connectorStatus, type ConnectorStatus } from './status';
import { SyncRuns, type SyncRun } from './syncRuns';
import { Syncs, type Answered, type Decision } from './syncs';
import { TemporalAccess } from './temporal';
import { explainAccess, verifyConnector } from './verification';

/** What a client works with. `connect` makes it from a configuration; a test passes its own. */
export interface ClientDependencies {
  temporal: TemporalAccess;
  graph: StandaloneGraph;
  dropbox: DropboxConnections;
  secretKeys: SecretKeys;
  now?: () => number;
}

/** What PipesHub, operators' tools and the command line call. All methods throw DropboxTeamsError. */
export class DropboxTeamsClient {
  private readonly services: ClientServices;
  private readonly syncs: Syncs;
  private readonly contents: Contents;

  private isClosed = false;

  constructor({ secretKeys, now = Date.now, ...connections }: ClientDependencies) {
    const schedules = new ConnectorSchedules(connections.temporal);
    const connectors = new Connectors({ ...connections, schedules, secretKeys, now });
    this.services = { ...connections, connectors, schedules, runs: new SyncRuns(connections.temporal), now };
    this.syncs = new Syncs(this.services);
    this.contents = new Contents(connections.graph, connectors);
  }

  /**
   * Connects to each service when it is first needed. `plugins` go into Temporal's client. A caller waits for the
   * result, so an ArangoDB that accepts requests and does not answer is GraphUnavailable after a minute.
   */
  static connect(config: Config, plugins: ClientPlugin[] = []): DropboxTeamsClient {
    return new DropboxTeamsClient({
      temporal: new TemporalAccess(config.temporal, plugins),
      graph: standalone(openDatabase({ ...config.arango, repeatsTimeouts: false })),
      dropbox: new DropboxConnections(config.dropbox),
      secretKeys: config.secretKeys,
    });
  }

  /** The graph that this client reads. */
  get database(): Database {
    return this.services.graph.database;
  }

  /** Its connections hold secrets, which must not enter the log of an object that has a client. */
  toJSON(): string {
    return DropboxTeamsClient.name;
  }

  [inspect.custom](): string {
    return DropboxTeamsClient.name;
  }

  /** Ends the connections. Every later call is refused as ClientClosed; one that is under way continues. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.services.graph.database.close();
    await this.services.temporal.close();
  }

  /**
   * Stores a connector with its credentials encrypted, and creates its Schedule. Dropbox is asked for the
   * team; credentials that it refuses are stored, too, and `testConnectionAndAccess` reports them.
   * @throws InvalidArgument, OrganizationUnknown, AppUnknown, ConnectorExists, TemporalUnavailable, GraphUnavailable
   */
  async createConnector(input: NewConnector): Promise<ConnectorView> {
    return this.answer(() => this.services.connectors.create(input));
  }

  /** What a connector can be set up for: organizations, and apps of type Dropbox. At most 20 of each. */
  async installation(): Promise<Installation> {
    return this.answer(() => readInstallation(this.services.graph));
  }

  /** True if everything that a sync needs is there. @throws the failure of what is missing */
  async init(connectorId: string): Promise<true> {
    await this.answer(() => this.services.connectors.ready(connectorId));
    return true;
  }

  /**
   * Tests the connection, team, admin, each scope, and PipesHub's schemas. The report says what is missing, and where
   * to switch it on. Credentials that were sealed with a former secret key are sealed with the present one.
   */
  async testConnectionAndAccess(connectorId: string): Promise<ConnectionReport> {
    return this.answer(async () => {
      const connector = await this.services.connectors.get(connectorId);
      await this.services.connectors.reseal(connector);
      const session = this.services.connectors.session(connector);
      return testConnection(session, connector, () => requireSchemas(this.services.graph));
    });
  }

  /** Replaces some of the credentials. The next call of each process uses them. */
  async setCredentials(connectorId: string, credentials: NewCredentials): Promise<void> {
    await this.answer(() => this.services.connectors.setCredentials(connectorId, credentials));
  }

  /** Begins the consent of a team admin in a browser. @throws CredentialsRefused; `finish` also WrongTeam */
  async beginAuthorization(connectorId: string, options: AuthorizationOptions): Promise<Consent> {
    return this.answer(() => this.services.connectors.beginAuthorization(connectorId, options));
  }

  /**
   * Changes the filters, batch size or `brake`. A changed filter takes effect in the next run, without a new listing.
   */
  async setSettings(connectorId: string, settings: ConnectorSettings): Promise<ConnectorView> {
    return this.answer(() => this.services.connectors.setSettings(connectorId, settings));
  }

  /** Starts or joins a sync. @throws ConnectorUnknown, ConnectorPaused, WorkerUnavailable, TemporalUnavailable */
  async runSync(connectorId: string, options: SyncOptions = {}): Promise<SyncRun> {
    return this.run(() => this.syncs.start(connectorId, options));
  }

  /** Starts a sync that reads only changes. Namespaces without a cursor are still read in full. */
  async runIncrementalSync(connectorId: string, options: Omit<SyncOptions, 'mode'> = {}): Promise<SyncRun> {
    return this.run(async () => {
      const given = args.checkedOptions(args.incrementalOptionsSchema, options, 'options');
      return this.syncs.start(connectorId, { ...given, mode: 'incremental' });
    });
  }

  /** null if no sync is running, or no worker answers at the moment. */
  async progress(connectorId: string): Promise<SyncProgress | null> {
    return this.answer(() => this.syncs.progress(connectorId));
  }

  /** All connectors of the installation. */
  async connectors(): Promise<ConnectorView[]> {
    return this.answer(async () => (await this.services.connectors.list()).map(viewOf));
  }

  /** The settings of a connector, without its credentials. @throws ConnectorUnknown */
  async connector(connectorId: string): Promise<ConnectorView> {
    return this.answer(async () => viewOf(await this.services.connectors.get(connectorId)));
  }

  /**
   * The last and the current run, the schedule, and figures of the graph. Without Temporal, only what the graph holds.
   */
  async status(connectorId: string): Promise<ConnectorStatus> {
    return this.answer(() => connectorStatus(this.services, connectorId));
  }

  /**
   * Until `resume`, a running sync starts nothing new and the Schedule starts no sync. @returns whether one was running
   */
  async pause(connectorId: string): Promise<boolean> {
    return this.answer(() => this.syncs.pause(connectorId));
  }

  /** Ends a pause. A connector that notifications start is synced, since the pause dropped them. */
  async resume(connectorId: string): Promise<boolean> {
    return this.answer(() => this.syncs.resume(connectorId));
  }

  /** Ends the running sync at its next batch border. What it has stored stays. @returns whether one was running */
  async cancel(connectorId: string): Promise<boolean> {
    return this.answer(() => this.syncs.cancel(connectorId));
  }

  /** `15m`, `30m`, `1h`, `4h`, any interval from 5 minutes to a day, a cron expression (UTC), or `manual`. */
  async setSchedule(connectorId: string, every: string): Promise<ScheduleStatus | null> {
    return this.answer(() => this.services.connectors.setSchedule(connectorId, every));
  }

  /**
   * Creates the Schedules that Temporal lacks, of all connectors that have an interval, and sets the others to what the
   * connectors store, unless only missing ones are asked for. A repeat changes nothing.
   */
  async restoreSchedules(options: RestoreOptions = {}): Promise<RestoredSchedules> {
    return this.answer(() =>
      restoreSchedules(this.services, args.checkedOptions(args.restoreOptionsSchema, options, 'options')),
    );
  }

  /** Connectors that have an interval, and whose Schedule Temporal lacks. */
  async missingSchedules(): Promise<string[]> {
    return this.answer(() => missingSchedules(this.services));
  }

  /**
   * Approves what is held, as it is stored now: if more is to be deleted or revoked by then, it is held again. Stores
   * the answer, and requests the sync that carries it out. @throws NothingHeld
   */
  async approve(connectorId: string, decision: Decision = {}): Promise<Answered> {
    return this.answer(() => this.syncs.decide(connectorId, 'approve', decision));
  }

  /** What is held stays as it is, until there is more of it or it is put back in Dropbox. @throws NothingHeld */
  async reject(connectorId: string, decision: Decision = {}): Promise<Answered> {
    return this.answer(() => this.syncs.decide(connectorId, 'reject', decision));
  }

  /** What could not be processed, and why, in pages. */
  async *deadLetters(connectorId: string): AsyncGenerator<DeadLetterDocument[]> {
    await this.connector(connectorId);
    yield* deadLetterPages(this.services.graph, connectorId);
  }

  /** Emits the record events of the records with these keys, or of the whole connector, again. */
  async reindex(connectorId: string, recordKeys?: string[]): Promise<ReindexOutcome> {
    return this.answer(() => reindex(this.services, connectorId, recordKeys));
  }

  /**
   * Removes what the connector wrote, publishes its last record events, then removes the connector itself. A repeat
   * continues where the last call stopped. Nothing of other connectors is touched.
   */
  async cleanup(connectorId: string): Promise<Removal> {
    return this.answer(() => cleanUp(this.services, connectorId));
  }

  /**
   * A link that works for four hours; null for a file that can only be exported. @throws RecordUnknown, AccessDenied
   */
  async getSignedUrl(recordKey: string, options: Pick<ContentRequest, 'userId'> = {}): Promise<string | null> {
    return this.answer(() => this.contents.temporaryLink(recordKey, options));
  }

  /** The content of a record. @throws RecordUnknown, AccessDenied, RequestAborted, InvalidArgument for a folder */
  async streamRecord(recordKey: string, options: ContentRequest = {}): Promise<RecordContent> {
    return this.answer(() => this.contents.stream(recordKey, options));
  }

  /** The organization of a record of a Dropbox connector; null if there is no such record. */
  async organizationOf(recordKey: string): Promise<string | null> {
    return this.answer(() => this.contents.organizationOf(recordKey));
  }

  /** Whether PipesHub opens the record for the user whom its tokens name by this id. Only the graph is asked. */
  async canRead(userId: string, recordKey: string): Promise<boolean> {
    return this.answer(() => this.contents.canRead(userId, recordKey));
  }

  /** The part of `status` that is in the graph. Neither Temporal nor Dropbox is asked. */
  async graphState(connectorId: string): Promise<GraphState> {
    const { graph } = this.services;
    return this.answer(() => readGraphState(graph, args.connectorIdOf(connectorId)));
  }

  /**
   * Takes or renews a lease on work that one of several processes does for all, such as reporting figures of the graph.
   * It expires `forSeconds` after the last call. @returns whether `holder` has it
   */
  async isInCharge(of: string, holder: string, forSeconds: number): Promise<boolean> {
    const { graph, now } = this.services;
    return this.answer(() => {
      const lease = args.checked(args.leaseSchema, { of, holder, forSeconds }, '');
      return takeLease(graph, { name: lease.of, holder, now: now(), forMs: lease.forSeconds * 1000 });
    });
  }

  /** @throws TemporalUnavailable, TemporalRefused */
  async pingTemporal(): Promise<void> {
    await this.answer(() => this.services.temporal.ping());
  }

  /**
   * Starts an incremental sync of the namespaces of the members whom a notification names. Returns when the run has
   * accepted the request. The caller has to check the signature of the body.
   */
  async handleWebhookNotification(connectorId: string, body: unknown): Promise<SyncRun> {
    return this.run(async () =>
      this.syncs.syncMembers(connectorId, await notifiedMembers(this.services.graph, connectorId, body)),
    );
  }

  /** The members whom a notification names. @throws InvalidArgument if it is not a notification */
  async notifiedMembers(connectorId: string, body: unknown): Promise<string[]> {
    return this.answer(() => notifiedMembers(this.services.graph, connectorId, body));
  }

  /** Syncs the namespaces of these members. Without members, or with very many of them, all namespaces are probed. */
  async syncMembers(connectorId: string, members: readonly string[]): Promise<SyncRun> {
    return this.run(() => this.syncs.syncMembers(connectorId, members));
  }

  /**
   * As `syncMembers`, when no further notification has come for a moment: a burst of them is one sync. Returns as soon
   * as Temporal has the request, with or without a worker. @throws ConnectorPaused, TemporalUnavailable
   */
  async queueNotification(connectorId: string, members: readonly string[]): Promise<void> {
    await this.answer(() => this.syncs.queue(connectorId, members));
  }

  /** The app secret, with which Dropbox signs its notifications. */
  async webhookSecret(connectorId: string): Promise<string> {
    return this.answer(() => this.services.connectors.appSecret(connectorId));
  }

  /**
   * Compares the graph with Dropbox, both ways, as each member or as some of them. With `repair`, what differs is
   * marked so that the next sync reads it again.
   */
  async verify(connectorId: string, options: VerifyOptions & { repair?: boolean } = {}): Promise<VerifyReport> {
    return this.answer(() => verifyConnector(this.services, connectorId, options));
  }

  /** Why a user can or can't read an item: the edges in the graph that lead to it, and Dropbox's own answer. */
  async explain(connectorId: string, request: ExplainRequest): Promise<Explanation> {
    return this.answer(() => explainAccess(this.services, connectorId, request));
  }

  /** Starts a sync, or joins one. What follows it is refused after `close` too. */
  private async run(start: () => Promise<SyncRun>): Promise<SyncRun> {
    const run = await this.answer(start);
    return { ...run, progress: () => this.answer(() => run.progress()), result: () => this.answer(() => run.result()) };
  }

  /** Does what a method was called for. After `close` it would open connections that nothing ends. */
  private async answer<T>(work: () => Promise<T>): Promise<T> {
    if (this.isClosed) throw new DropboxTeamsError('ClientClosed', 'this client was closed: connect another one');
    return withClientErrors(work);
  }
}
