import { randomUUID } from 'node:crypto';
import { openCredentials, sealCredentials, storedSecrets, type SecretKeys } from '../credentials';
import type { Authorized, DropboxConnections, DropboxCredentials, DropboxSession } from '../dropbox';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { failureTypeOf } from '../failures';
import { ensureCollections } from '../graph/driver/database';
import type { StandaloneGraph } from '../graph/driver/graph';
import { readInstallation, type NamedKey } from '../graph/readers/installation';
import {
  getConnector,
  insertConnector,
  listConnectors,
  removeConnector,
  requireApp,
  requireOrganization,
  updateConnector,
  pausedConnector,
} from '../graph/state/connectors';
import { replaceSealed } from '../graph/state/connectorState';
import { requireSchemas } from '../graph/state/schemas';
import { storeSettings } from '../graph/state/settings';
import { isSealedBy } from '../secrets';
import type { ConnectorDocument } from '../sync/connectorDocument';
import * as args from './arguments';
import type { AuthorizationOptions, ConnectorSettings, NewConnector, NewCredentials } from './arguments';
import { beginAuthorization } from './authorization';
import { clientError, withClientErrors } from './errors';
import { formatEvery, parseEvery } from './intervals';
import type { ConnectorSchedules, ScheduleStatus } from './schedules';
import type { TemporalAccess } from './temporal';

/** Default of a scheduled connector, as in PipesHub. */
const DEFAULT_EVERY = '1h';

const CREDENTIAL_ATTEMPTS = 5;
/** More than there are callers who pause one connector, or change its interval, at the same time. */
export const AGREEMENT_ATTEMPTS = 10;

/** A connector without its credentials. */
export type ConnectorView = Omit<ConnectorDocument, '_key' | 'credentials' | 'removals' | 'runChangeAt'> & {
  connectorId: string;
};

export const viewOf = ({
  _key,
  credentials: _credentials,
  removals: _removals,
  runChangeAt: _runChangeAt,
  ...rest
}: ConnectorDocument): ConnectorView => ({
  connectorId: _key,
  ...rest,
});

/** The consent of a team admin: the page that asks for it, and how to continue afterwards. */
export interface Consent {
  url: string;
  /** Whether these parameters carry the state of this consent. Others come from another page. */
  isAnswer: (answer: URLSearchParams) => boolean;
  /** Takes the parameters that came back to the redirect URI, and stores the refresh token. */
  finish(answer: URLSearchParams): Promise<Omit<Authorized, 'refreshToken'>>;
}

interface Dependencies {
  graph: StandaloneGraph;
  dropbox: DropboxConnections;
  temporal: TemporalAccess;
  schedules: ConnectorSchedules;
  secretKeys: SecretKeys;
  now: () => number;
}

/** The settings, credentials and Schedules of the connectors of an installation. */
export class Connectors {
  constructor(private readonly dependencies: Dependencies) {}

  get(connectorId: string): Promise<ConnectorDocument> {
    return getConnector(this.dependencies.graph, args.connectorIdOf(connectorId));
  }

  async list(): Promise<ConnectorDocument[]> {
    return listConnectors(this.dependencies.graph);
  }

  /** @throws ConnectorUnknown, ConnectorPaused */
  async unpaused(connectorId: string): Promise<ConnectorDocument> {
    const connector = await this.get(connectorId);
    if (!connector.paused) return connector;
    throw pausedConnector(connectorId);
  }

  /** Calls to Dropbox with the credentials of a connector. @throws SecretKeyWrong, CredentialsRefused */
  session(connector: ConnectorDocument, signal?: AbortSignal): DropboxSession {
    const { dropbox, secretKeys } = this.dependencies;
    return dropbox.session(connector._key, openCredentials(connector, secretKeys), signal ? { signal } : {});
  }

  /** The app secret, with which Dropbox signs its notifications. */
  async appSecret(connectorId: string): Promise<string> {
    return storedSecrets(await this.get(connectorId), this.dependencies.secretKeys).appSecret;
  }

  async create(input: NewConnector): Promise<ConnectorView> {
    const wanted = args.checked(args.newConnectorSchema, input, '');
    const strategy = wanted.strategy ?? (wanted.every === undefined ? 'manual' : 'scheduled');
    if (strategy === 'manual' && wanted.every !== undefined) {
      throw new DropboxTeamsError('InvalidArgument', 'every: a connector with the strategy manual has no interval');
    }
    if (strategy === 'scheduled' && wanted.every?.trim().toLowerCase() === 'manual') {
      throw new DropboxTeamsError('InvalidArgument', 'every: a connector with the strategy scheduled has an interval');
    }
    const every = parseEvery(wanted.every ?? (strategy === 'scheduled' ? DEFAULT_EVERY : 'manual'));
    const { graph, secretKeys, temporal, schedules, now } = this.dependencies;
    await ensureCollections(graph.database);
    await requireInstalled(graph, wanted);
    await requireSchemas(graph);
    // Before anything is stored, so that the command can be repeated if Temporal is not there.
    await temporal.client();
    const { appSecret, refreshToken = '' } = wanted;
    const time = now();
    const owner = { _key: wanted.connectorId, orgId: wanted.orgId, appKey: wanted.appKey };
    const connector: ConnectorDocument = {
      ...owner,
      credentials: sealCredentials(owner, { appSecret, refreshToken }, secretKeys[0]),
      strategy,
      every: formatEvery(every),
      paused: false,
      batchSize: wanted.batchSize,
      filters: wanted.filters,
      appliedFilters: null,
      brake: wanted.brake,
      teamId: (await this.teamOf(owner._key, { appKey: owner.appKey, appSecret, refreshToken })).teamId,
      lastRun: null,
      fullRunAt: null,
      createdAt: time,
      updatedAt: time,
    };
    await insertConnector(graph, connector);
    try {
      await schedules.set({ connectorId: connector._key, orgId: connector.orgId, paused: false }, every);
    } catch (error) {
      await removeConnector(graph, connector._key);
      throw error;
    }
    return viewOf(connector);
  }

  /** Checks that everything that a sync needs is there. @throws the failure of what is missing */
  async ready(connectorId: string): Promise<void> {
    const { graph, secretKeys, temporal } = this.dependencies;
    const connector = await this.get(connectorId);
    await ensureCollections(graph.database);
    await requireOrganization(graph, connector.orgId);
    await requireApp(graph, connectorId);
    await requireSchemas(graph);
    openCredentials(connector, secretKeys);
    await this.reseal(connector);
    await temporal.client();
  }

  /**
   * Seals credentials again that were sealed with a former key, which can be removed afterwards. This is done only when
   * an operator looks at a connector, since by then every process must have the present key.
   */
  async reseal(connector: ConnectorDocument): Promise<void> {
    const { graph, secretKeys, now } = this.dependencies;
    if (isSealedBy(connector.credentials, secretKeys[0])) return;
    const resealed = sealCredentials(connector, storedSecrets(connector, secretKeys), secretKeys[0]);
    await replaceSealed(graph, { connectorId: connector._key, sealed: connector.credentials, resealed, now: now() });
  }

  async setCredentials(connectorId: string, input: NewCredentials): Promise<void> {
    const given = args.checkedOptions(args.credentialsSchema, input, 'credentials');
    // Someone else may store other parts of them while Dropbox is asked for the team.
    for (let attempt = 1; !(await this.replaceCredentials(connectorId, given)); attempt += 1) {
      if (attempt === CREDENTIAL_ATTEMPTS) {
        throw new DropboxTeamsError('GraphConflict', `the credentials of ${connectorId} are being changed: try again`);
      }
    }
  }

  /** @returns false, and has changed nothing, if they have changed meanwhile */
  private async replaceCredentials(
    connectorId: string,
    given: ReturnType<typeof args.credentialsSchema.parse>,
  ): Promise<boolean> {
    const { graph, secretKeys, now } = this.dependencies;
    const connector = await this.get(connectorId);
    const stored = storedSecrets(connector, secretKeys);
    const { appKey = connector.appKey, appSecret = stored.appSecret, refreshToken = stored.refreshToken } = given;
    const { teamId, isUsable } = await this.teamOf(connectorId, { appKey, appSecret, refreshToken });
    requireSameTeam(connector, teamId);
    // A run that is under way has asked which team it reads. It must not continue with what may be another one.
    const isUnknown = connector.teamId !== null && teamId === null && isUsable;
    return replaceSealed(graph, {
      connectorId,
      sealed: connector.credentials,
      resealed: sealCredentials({ ...connector, appKey }, { appSecret, refreshToken }, secretKeys[0]),
      appKey,
      teamId: connector.teamId ?? teamId,
      ...(isUnknown ? { runToken: randomUUID() } : {}),
      now: now(),
    });
  }

  /**
   * The team that credentials belong to; null if Dropbox does not say. Then the next run finds out. `isUsable`: Dropbox has
   * not refused them.
   */
  private async teamOf(
    connectorId: string,
    credentials: DropboxCredentials,
  ): Promise<{ teamId: string | null; isUsable: boolean }> {
    if (credentials.refreshToken === '') return { teamId: null, isUsable: false };
    try {
      const { teamId } = await this.dependencies.dropbox.session(connectorId, credentials).team.teamInfo();
      return { teamId, isUsable: true };
    } catch (error) {
      return { teamId: null, isUsable: failureTypeOf(error) !== 'CredentialsRefused' };
    }
  }

  async beginAuthorization(connectorId: string, input: AuthorizationOptions): Promise<Consent> {
    const options = args.checkedOptions(args.authorizationSchema, input, 'options');
    const connector = await this.get(connectorId);
    const { appSecret = storedSecrets(connector, this.dependencies.secretKeys).appSecret, ...others } = options;
    const { proxy } = this.dependencies.dropbox.options;
    const authorization = await beginAuthorization({ appKey: connector.appKey, appSecret, proxy, ...others });
    const finish = async (answer: URLSearchParams): Promise<Omit<Authorized, 'refreshToken'>> => {
      const { refreshToken, ...authorized } = await authorization.finish(answer);
      requireSameTeam(await this.get(connectorId), authorized.teamId);
      await this.setCredentials(connectorId, { appSecret, refreshToken });
      return authorized;
    };
    return { ...authorization, finish: (answer) => withClientErrors(() => finish(answer)) };
  }

  async setSettings(connectorId: string, input: ConnectorSettings): Promise<ConnectorView> {
    const given = args.checkedOptions(args.settingsSchema, input, 'settings');
    const before = await this.get(connectorId);
    const { graph, now } = this.dependencies;
    await storeSettings(graph, before, given, { now: now() });
    return viewOf(await this.get(connectorId));
  }

  /** @throws ConnectorUnknown */
  async pause(connectorId: string): Promise<void> {
    const { graph, schedules, now } = this.dependencies;
    await updateConnector(graph, connectorId, { paused: true, updatedAt: now() });
    await schedules.pause(connectorId, 'paused by an operator');
    await this.agree(connectorId, { paused: true });
  }

  /** Creates the Schedule if Temporal has lost it. */
  async resume(connectorId: string): Promise<void> {
    const connector = await this.get(connectorId);
    const { graph, schedules, now } = this.dependencies;
    await updateConnector(graph, connectorId, { paused: false, updatedAt: now() });
    await this.unlessRemoved(connectorId, async () => {
      await schedules.restore({ ...connector, paused: false });
      await schedules.resume(connectorId, 'resumed by an operator');
      await this.agree(connectorId, { paused: false, every: connector.every });
    });
  }

  async setSchedule(connectorId: string, every: string): Promise<ScheduleStatus | null> {
    const wanted = parseEvery(args.checked(args.everySchema, every, 'every'));
    const { graph, schedules, now } = this.dependencies;
    const { orgId, paused, strategy } = await this.get(connectorId);
    await this.unlessRemoved(connectorId, async () => {
      await schedules.set({ connectorId, orgId, paused }, wanted);
      await updateConnector(graph, connectorId, {
        every: formatEvery(wanted),
        // A connector that webhooks start may have an interval as well.
        strategy: strategy === 'webhook' ? 'webhook' : wanted.kind === 'manual' ? 'manual' : 'scheduled',
        updatedAt: now(),
      });
      await this.agree(connectorId, null);
    });
    return schedules.status(connectorId);
  }

  /** Changes the Schedule. If the connector was removed meanwhile, its Schedule was, too, and is here again. */
  private async unlessRemoved(connectorId: string, change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      if (clientError(error).code === 'ConnectorUnknown') await this.dependencies.schedules.remove(connectorId);
      throw error;
    }
  }

  /**
   * Sets the Schedule to what is stored until the two agree, beginning with what this caller has applied since it has
   * stored it. Of several callers, the last one to change the Schedule finds what was stored last.
   */
  private async agree(
    connectorId: string,
    applied: Partial<Pick<ConnectorDocument, 'paused' | 'every'>> | null,
  ): Promise<void> {
    let standing = applied;
    for (let attempt = 0; attempt < AGREEMENT_ATTEMPTS; attempt += 1) {
      const stored = await this.get(connectorId);
      const { paused = stored.paused, every = stored.every } = standing ?? {};
      if (standing !== null && paused === stored.paused && every === stored.every) return;
      await this.dependencies.schedules.reset(stored);
      standing = stored;
    }
  }
}

/** What a new connector is set up for. An error names what PipesHub has. @throws OrganizationUnknown, AppUnknown */
async function requireInstalled(
  graph: StandaloneGraph,
  { orgId, connectorId }: Pick<NewConnector, 'orgId' | 'connectorId'>,
): Promise<void> {
  try {
    await requireOrganization(graph, orgId);
    await requireApp(graph, connectorId);
  } catch (error) {
    const { code } = clientError(error);
    if (code !== 'OrganizationUnknown' && code !== 'AppUnknown') throw error;
    const { organizations, apps } = await readInstallation(graph);
    const has = (known: readonly NamedKey[]): string =>
      known.length === 0 ? 'none in this database (ARANGO_DATABASE)' : known.map(({ key }) => key).join(', ');
    const message =
      code === 'OrganizationUnknown'
        ? `PipesHub has no organization ${orgId}: give the key of one that it has: ${has(organizations)}`
        : `PipesHub has no app ${connectorId}: give the key of a Dropbox connector that it has: ${has(apps)}`;
    throw new DropboxTeamsError(code, message, { cause: error });
  }
}

function requireSameTeam(connector: ConnectorDocument, teamId: string | null): void {
  if (connector.teamId === null || teamId === null || connector.teamId === teamId) return;
  throw new DropboxTeamsError(
    'WrongTeam',
    'this is another Dropbox team than the one whose files this connector holds: sign in as an admin of that one',
  );
}
