import type { KeyObject } from 'node:crypto';
import type { Database } from 'arangojs';
import * as args from './arguments';
import type { ConnectorSettings, NewConnector, NewCredentials, SyncOptions } from './arguments';
import { reindex, startCleanup, type Removal } from './cleanupRuns';
import { testConnection, type ConnectionReport } from './connectionTest';
import { readGraphState, type GraphState } from '../graph/state/connectorState';
import { Contents, type ContentRequest, type RecordContent } from './content';
import { Connectors, viewOf, type Consent, type ConnectorView } from './connectors';
import { storedSecrets } from './credentials';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { clientError, withClientErrors } from './errors';
import { outcomeWithNames, progressWithNames } from './names';
import { dropNotifications, keepNotification } from './notifications';
import { membersByAccount, organizationOfRecord } from '../graph/readers/recordLocation';
import { ConnectorSchedules, type ScheduleStatus } from './schedules';
import { SyncRuns, type SyncRun } from './syncRuns';
import { TemporalAccess } from './temporal';
import { readNotification } from './webhookBody';
import type { Config } from '../config';
import { DropboxConnections, type DropboxSession } from '../dropbox';
import { listConnectors } from '../graph/state/connectors';
import { openDatabase } from '../graph/driver/database';
import { listDeadLetters } from '../graph/state/deadLetters';
import { canRead } from '../graph/readers/accessPaths';
import { findUserById } from '../graph/access/users';
import type { ConnectorDocument, DeadLetterDocument } from '../sync/documents';
import { explain } from '../verify/explain';
import type { Explanation, ExplainRequest } from '../verify/explanation';
import { markForRepair } from '../verify/repair';
import { compare, type VerifyOptions, type VerifyReport } from '../verify/verify';
import { MAX_NAMED_MEMBERS, type Decision, type ReindexOutcome, type SyncProgress } from '../contract/sync';
import { standalone, type StandaloneGraph } from '../graph/driver/graph';

const DEAD_LETTER_PAGE = 1000;

export interface ConnectorStatus extends ConnectorView {
  /** The run under way. */
  current: SyncProgress | null;
  schedule: ScheduleStatus | null;
  graph: GraphState;
  /** Why `current` and `schedule` are not known: Temporal does not answer. */
  temporalProblem?: string;
}

export interface ClientDependencies {
  temporal: TemporalAccess;
  graph: StandaloneGraph;
  dropbox: DropboxConnections;
  /** The first one seals credentials, all of them open. */
  secretKeys: readonly [KeyObject, ...KeyObject[]];
  now?: () => number;
}

export class DropboxTeamsClient {
  readonly #temporal: TemporalAccess;
  readonly #runs: SyncRuns;
  readonly #schedules: ConnectorSchedules;
  readonly #contents: Contents;
  readonly #connectors: Connectors;
  readonly #now: () => number;

  readonly #graph: StandaloneGraph;
  readonly #dropbox: DropboxConnections;
  readonly #secretKeys: ClientDependencies['secretKeys'];

  constructor(dependencies: ClientDependencies) {
    this.#dropbox = dependencies.dropbox;
    this.#secretKeys = dependencies.secretKeys;
    this.#graph = dependencies.graph;
    this.#temporal = dependencies.temporal;
    this.#runs = new SyncRuns(this.#temporal);
    this.#schedules = new ConnectorSchedules(this.#temporal);
    this.#now = dependencies.now ?? Date.now;
    this.#connectors = new Connectors({
      ...dependencies,
      schedules: this.#schedules,
      now: this.#now,
    });
    this.#contents = new Contents({
      graph: dependencies.graph,
      dropbox: dependencies.dropbox,
      credentials: (connectorId) => this.#connectors.credentials(connectorId),
    });
  }

  /** Opens nothing yet: each service is connected to when it is first needed. */
  static connect(config: Config): DropboxTeamsClient {
    return new DropboxTeamsClient({
      temporal: new TemporalAccess(config.temporal),
      graph: standalone(openDatabase(config.arango)),
      dropbox: new DropboxConnections(config.dropbox),
      secretKeys: config.secretKeys,
    });
  }

  /** The graph that this client reads. */
  get database(): Database {
    return this.#graph.database;
  }

  async close(): Promise<void> {
    this.#graph.database.close();
    await this.#temporal.close();
  }

  /**
   * Stores a connector with its credentials encrypted, and creates its Schedule. Nothing of it goes to Dropbox yet.
   * @throws InvalidArgument, OrganizationUnknown, AppUnknown, ConnectorExists, TemporalUnavailable, GraphUnavailable
   */
  async createConnector(input: NewConnector): Promise<ConnectorView> {
    return withClientErrors(() => this.#connectors.create(input));
  }

  /** True when everything that a sync needs is there; throws what is missing. */
  async init(connectorId: string): Promise<true> {
    await withClientErrors(() => this.#connectors.ready(connectorId));
    return true;
  }

  /**
   * Connection, team, admin and each scope; what is missing is in the report, with where to switch it on. Credentials
   * that a former secret key holds are sealed under the present one.
   */
  async testConnectionAndAccess(connectorId: string): Promise<ConnectionReport> {
    return withClientErrors(async () => {
      const connector = await this.#connectors.get(connectorId);
      await this.#connectors.reseal(connector);
      return testConnection(await this.#session(connectorId), { connectorId, teamId: connector.teamId });
    });
  }

  /** Replaces some of the credentials, under the present key. The next call of each process uses them. */
  async setCredentials(connectorId: string, credentials: NewCredentials): Promise<void> {
    await withClientErrors(() => this.#connectors.setCredentials(connectorId, credentials));
  }

  /**
   * The consent of a team admin in a browser. `finish` takes the parameters that came back to the redirect URI, and
   * stores the refresh token. @throws CredentialsRefused, WrongTeam
   */
  async beginAuthorization(
    connectorId: string,
    options: { redirectUri: string; usePkce?: boolean; apiUrl?: string | undefined },
  ): Promise<Consent> {
    return withClientErrors(async () => {
      const given = args.checkedOptions(args.authorizationSchema, options, 'options');
      const consent = await this.#connectors.beginAuthorization(connectorId, given);
      return { url: consent.url, finish: (answer) => withClientErrors(() => consent.finish(answer)) };
    });
  }

  /** Changes filters, batch size or brake. A changed filter takes effect with the next run, without a new listing. */
  async setSettings(connectorId: string, settings: ConnectorSettings): Promise<ConnectorView> {
    return withClientErrors(() => this.#connectors.setSettings(connectorId, settings));
  }

  /** Runs or joins a sync. @throws ConnectorUnknown, ConnectorPaused, WorkerUnavailable, TemporalUnavailable */
  async runSync(connectorId: string, input: SyncOptions = {}): Promise<SyncRun> {
    return withClientErrors(async () => {
      const { answerWithinSeconds, ...options } = args.checkedOptions(args.syncOptionsSchema, input, 'options');
      const { orgId } = await this.#running(connectorId);
      const request = { connectorId, mode: 'auto', reason: 'manual', ...options } as const;
      const run = await this.#runs.request(orgId, request, answerWithinSeconds);
      return {
        ...run,
        progress: () => this.progress(connectorId),
        result: async () => {
          const outcome = await run.result();
          return withClientErrors(() => outcomeWithNames(this.#graph, outcome, () => this.#listedNames(connectorId)));
        },
      };
    });
  }

  /** A sync that reads only what changed; what has no cursor is read in full all the same. */
  async runIncrementalSync(connectorId: string, options: Omit<SyncOptions, 'mode'> = {}): Promise<SyncRun> {
    return this.runSync(connectorId, { ...options, mode: 'incremental' });
  }

  /** null: no sync is running, or no worker answers at the moment. */
  async progress(connectorId: string): Promise<SyncProgress | null> {
    return withClientErrors(async () => {
      const progress = await this.#runs.progress(args.checked(args.connectorIdSchema, connectorId, 'connectorId'));
      return progress && progressWithNames(this.#graph, progress);
    });
  }

  /** All of an installation's connectors. */
  async connectors(): Promise<ConnectorView[]> {
    return withClientErrors(async () => (await listConnectors(this.#graph)).map(viewOf));
  }

  async connector(connectorId: string): Promise<ConnectorView> {
    return withClientErrors(async () => viewOf(await this.#connectors.get(connectorId)));
  }

  /** Last and current run, schedule, and what the graph holds. Without Temporal, what the graph alone can tell. */
  async status(connectorId: string): Promise<ConnectorStatus> {
    return withClientErrors(async () => {
      const view = viewOf(await this.#connectors.get(connectorId));
      const graph = await readGraphState(this.#graph, connectorId);
      try {
        const [current, schedule] = await Promise.all([
          this.progress(connectorId),
          this.#schedules.status(connectorId),
        ]);
        return { ...view, current, schedule, graph };
      } catch (error) {
        return { ...view, current: null, schedule: null, graph, temporalProblem: clientError(error).message };
      }
    });
  }

  /** A running sync starts nothing new, and nothing starts by itself, until `resume`. @returns whether one was running */
  async pause(connectorId: string): Promise<boolean> {
    return withClientErrors(async () => {
      await this.#connectors.setPaused(connectorId, true);
      await dropNotifications(this.#temporal, connectorId);
      return this.#runs.pause(connectorId);
    });
  }

  /** Ends a pause. What notifications told of meanwhile was not taken: a connector that they start is synced now. */
  async resume(connectorId: string): Promise<boolean> {
    return withClientErrors(async () => {
      await this.#connectors.setPaused(connectorId, false);
      const wasRunning = await this.#runs.resume(connectorId);
      const { strategy } = await this.#connectors.get(connectorId);
      if (strategy === 'webhook') await this.queueNotification(connectorId, []);
      return wasRunning;
    });
  }

  /** Ends the running sync at its next batch border; what it has stored stays. @returns whether one was running */
  async cancel(connectorId: string): Promise<boolean> {
    return withClientErrors(async () => {
      await this.#connectors.get(connectorId);
      return this.#runs.cancel(connectorId);
    });
  }

  /** `15m`, `30m`, `1h`, `4h`, any interval from 5 minutes to a day, a cron expression (UTC), or `manual`. */
  async setSchedule(connectorId: string, every: string): Promise<ScheduleStatus | null> {
    return withClientErrors(() =>
      this.#connectors.setSchedule(connectorId, args.checked(args.everySchema, every, 'every')),
    );
  }

  /** Lets a run do what the brake holds back. @throws SyncNotRunning */
  async approve(connectorId: string, decision: Decision = {}): Promise<void> {
    await this.#decide(connectorId, 'approve', decision);
  }

  /** The run goes on without what the brake holds back, and ends partial. @throws SyncNotRunning */
  async reject(connectorId: string, decision: Decision = {}): Promise<void> {
    await this.#decide(connectorId, 'reject', decision);
  }

  /** What could not be processed, and why, in pages. */
  async *deadLetters(connectorId: string): AsyncGenerator<DeadLetterDocument[]> {
    await this.connector(connectorId);
    const pageAfter = (after: string | null): Promise<DeadLetterDocument[]> =>
      withClientErrors(() => listDeadLetters(this.#graph, connectorId, after, DEAD_LETTER_PAGE));
    let page = await pageAfter(null);
    while (page.length > 0) {
      yield page;
      page = await pageAfter(page.at(-1)?._key ?? null);
    }
  }

  /** Emits the record events of these records (keys), or of the whole connector, again. */
  async reindex(connectorId: string, recordKeys?: string[]): Promise<ReindexOutcome> {
    return withClientErrors(async () => {
      const keys = recordKeys === undefined ? undefined : args.checked(args.recordKeysSchema, recordKeys, 'recordKeys');
      const { orgId } = await this.#connectors.get(connectorId);
      return reindex(this.#temporal, orgId, { connectorId, ...(keys ? { recordKeys: keys } : {}) });
    });
  }

  /**
   * Removes what the connector wrote, publishes its last record events, then removes the connector itself. Can be
   * repeated: it goes on where it was.
   * Nothing of other connectors is touched.
   */
  async cleanup(connectorId: string): Promise<Removal> {
    return withClientErrors(async () => {
      const { orgId } = await this.#connectors.get(connectorId);
      await this.#schedules.remove(connectorId);
      await dropNotifications(this.#temporal, connectorId);
      if (await this.#runs.cancel(connectorId)) await this.#runs.ended(connectorId, CANCELLED_WITHIN_SECONDS);
      return startCleanup(this.#temporal, orgId, connectorId);
    });
  }

  /** A link that works for four hours; null for what has no bytes of its own. @throws RecordUnknown, AccessDenied */
  async getSignedUrl(recordKey: string, options: { userId?: string } = {}): Promise<string | null> {
    return withClientErrors(async () => {
      const key = args.checked(args.recordKeySchema, recordKey, 'recordKey');
      return this.#contents.temporaryLink(key, args.checked(args.contentSchema, options, 'options').userId);
    });
  }

  /** The bytes of a record. @throws RecordUnknown, AccessDenied, InvalidArgument for a folder */
  async streamRecord(recordKey: string, options: Omit<ContentRequest, 'recordKey'> = {}): Promise<RecordContent> {
    return withClientErrors(async () => {
      const given = args.checkedOptions(args.contentSchema, options, 'options');
      return this.#contents.stream({ recordKey: args.checked(args.recordKeySchema, recordKey, 'recordKey'), ...given });
    });
  }

  /** The organization of a record of some Dropbox connector; null when there is no such record. */
  async organizationOf(recordKey: string): Promise<string | null> {
    return withClientErrors(async () =>
      organizationOfRecord(this.#graph, args.checked(args.recordKeySchema, recordKey, 'recordKey')),
    );
  }

  /** Whether PipesHub opens the record for the user whom its tokens name by this id; decided by the graph alone. */
  async canRead(userId: string, recordKey: string): Promise<boolean> {
    return withClientErrors(async () => {
      const user = await findUserById(this.#graph, args.checked(args.userIdSchema, userId, 'userId'));
      const key = args.checked(args.recordKeySchema, recordKey, 'recordKey');
      return user !== null && canRead(this.#graph, user._key, key);
    });
  }

  async graphState(connectorId: string): Promise<GraphState> {
    return withClientErrors(async () =>
      readGraphState(this.#graph, args.checked(args.connectorIdSchema, connectorId, 'connectorId')),
    );
  }

  /** @throws TemporalUnavailable, TemporalRefused */
  async pingTemporal(): Promise<void> {
    await withClientErrors(() => this.#temporal.ping());
  }

  /**
   * Starts an incremental sync of the namespaces of the members that Dropbox named. Returns when the run has taken the
   * request. The signature is checked by whoever received the body.
   */
  async handleWebhookNotification(connectorId: string, body: unknown): Promise<SyncRun> {
    return this.syncMembers(connectorId, await this.notifiedMembers(connectorId, body));
  }

  /** The members whom a notification names. @throws InvalidArgument when it is none */
  async notifiedMembers(connectorId: string, body: unknown): Promise<string[]> {
    return withClientErrors(async () => {
      const notification = readNotification(body);
      if (!notification) throw new DropboxTeamsError('InvalidArgument', 'body: this is no notification of Dropbox');
      const { members, accounts } = notification;
      return [...new Set([...members, ...(await membersByAccount(this.#graph, connectorId, accounts))])];
    });
  }

  /** Syncs what these members see. Without names, or with very many of them, everything is probed. */
  async syncMembers(connectorId: string, members: readonly string[]): Promise<SyncRun> {
    return withClientErrors(async () => {
      const given = args.checked(args.namedMembersSchema, members, 'members');
      const named = given.length > 0 && given.length <= MAX_NAMED_MEMBERS;
      return this.runSync(connectorId, { reason: 'webhook', ...(named ? { members: given } : {}) });
    });
  }

  /**
   * The same, once no further notification has come for a moment: one sync for a burst of them. Returns as soon as
   * Temporal has the request, with or without a worker. @throws ConnectorPaused, TemporalUnavailable
   */
  async queueNotification(connectorId: string, members: readonly string[]): Promise<void> {
    await withClientErrors(async () => {
      const given = args.checked(args.namedMembersSchema, members, 'members');
      const { orgId } = await this.#running(connectorId);
      const named = given.length <= MAX_NAMED_MEMBERS ? given : [];
      await keepNotification(this.#temporal, { orgId, connectorId, members: named });
    });
  }

  /** The app secret, with which Dropbox signs its notifications. */
  async webhookSecret(connectorId: string): Promise<string> {
    return withClientErrors(
      async () => storedSecrets(await this.#connectors.get(connectorId), this.#secretKeys).appSecret,
    );
  }

  /**
   * Compares the graph with Dropbox, both ways, with the eyes of each member or of some. With `repair`, what differs is
   * marked so that the next sync reads it again.
   */
  async verify(connectorId: string, options: VerifyOptions & { repair?: boolean } = {}): Promise<VerifyReport> {
    return withClientErrors(async () => {
      const { repair, ...rest } = args.checkedOptions(args.verifySchema, options, 'options');
      const connector = await this.#connectors.get(connectorId);
      const { report, findings } = await compare(this.#graph, connector, await this.#session(connectorId), rest);
      if (repair === true && !report.ok) {
        await markForRepair(this.#graph, { orgId: connector.orgId, connectorId, now: this.#now() }, findings);
      }
      return report;
    });
  }

  /** Why a user can, or can't, read an item: the graph's chain of edges beside Dropbox's own answer. */
  async explain(connectorId: string, request: ExplainRequest): Promise<Explanation> {
    return withClientErrors(async () => {
      const given = args.checkedOptions(args.explainSchema, request, '');
      const { orgId } = await this.#connectors.get(connectorId);
      return explain({ graph: this.#graph, connectorId, orgId, session: await this.#session(connectorId) }, given);
    });
  }

  /** @throws ConnectorUnknown, ConnectorPaused */
  async #running(connectorId: string): Promise<ConnectorDocument> {
    const connector = await this.#connectors.get(connectorId);
    if (!connector.paused) return connector;
    throw new DropboxTeamsError(
      'ConnectorPaused',
      `The connector ${connectorId} is paused; run: dropbox-teams resume ${connectorId}`,
    );
  }

  async #listedNames(connectorId: string): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for await (const page of (await this.#session(connectorId)).team.namespaces())
      for (const { namespaceId, name } of page) names.set(namespaceId, name);
    return names;
  }

  async #session(connectorId: string): Promise<DropboxSession> {
    return this.#dropbox.session(connectorId, await this.#connectors.credentials(connectorId));
  }

  async #decide(connectorId: string, verdict: 'approve' | 'reject', input: Decision): Promise<void> {
    await withClientErrors(async () => {
      const decision = args.checkedOptions(args.decisionSchema, input, 'decision');
      await this.#connectors.get(connectorId);
      if (await this.#runs.decide(connectorId, verdict, decision)) return;
      throw new DropboxTeamsError(
        'SyncNotRunning',
        `No sync of ${connectorId} is running, so nothing waits for an answer`,
      );
    });
  }
}

/** A sync ends at its next batch border; one that no worker serves never does. */
const CANCELLED_WITHIN_SECONDS = 180;
