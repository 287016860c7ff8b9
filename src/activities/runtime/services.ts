import type { KeyObject } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';
import type { RunInput } from '../../contract/activities';
import type { CommittedBatch, WorkObserver } from '../../contract/observer';
import { openCredentials } from '../../credentials';
import type { DropboxActor, DropboxConnections, DropboxSession } from '../../dropbox';
import type { GraphContext } from '../../graph/driver/context';
import type { StandaloneGraph } from '../../graph/driver/graph';
import type { Part } from '../../graph/driver/oneRequest';
import { getConnector } from '../../graph/state/connectors';
import { graphOfRun } from '../../graph/state/runFence';
import type { RecordEventBroker } from '../../outbox/broker';
import { isTooOld } from '../../sync/age';
import type { ConnectorDocument } from '../../sync/connectorDocument';
import { duringRun } from '../../sync/filters';
import type { Miss } from '../../sync/notSeen';
import { recordProgress } from './heartbeat';
import type { ActivitySlots } from './slots';

/** What the activities depend on. The worker passes the real services, a test passes others. */
export interface ActivityServices {
  graph: StandaloneGraph;
  dropbox: DropboxConnections;
  broker: RecordEventBroker;
  /** Keys that decrypt stored credentials: the current one first, then former ones. */
  secretKeys: readonly KeyObject[];
  /** Longest age of a member list before it is read again, ms. */
  membersMaxAge: number;
  /** How long after a run first did not see something another one confirms that it is gone, ms. */
  confirmAfter: number;
  now: () => number;
  /** The slots of the worker, which activities lend while they wait. */
  slots?: ActivitySlots;
  /** Receives what the activities do, for metrics. */
  observer?: WorkObserver;
}

interface KnownAdmin {
  teamMemberId: Promise<string>;
  /** The admin may be another one after a new authorization. */
  credentials: string;
  /** ms */
  askedAt: number;
}
/** How long the id of the admin is used without asking Dropbox again. */
const ADMIN_MAX_AGE_MS = 5 * 60 * 1000;
const admins = new WeakMap<DropboxConnections, Map<string, KnownAdmin>>();

/** Dropbox is asked again who the admin is. */
export const forgetAdmin = ({ dropbox }: ActivityServices, connectorId: string): void =>
  void admins.get(dropbox)?.delete(connectorId);

/** A connector opened for one activity of a run: its settings, and a Dropbox session that is cancelled with the activity. */
export class OpenConnector {
  private constructor(
    readonly services: ActivityServices,
    readonly connector: ConnectorDocument,
    readonly runId: string,
    readonly session: DropboxSession,
    /** Writes fail once the run is over. */
    readonly graph: StandaloneGraph,
  ) {}

  /** `more` is read with the connector. @throws ConnectorUnknown, SecretKeyWrong, CredentialsRefused */
  static async open(
    services: ActivityServices,
    { connectorId, runId }: RunInput,
    more: readonly Part[] = [],
  ): Promise<OpenConnector> {
    return OpenConnector.of(services, await getConnector(services.graph, connectorId, more), runId);
  }

  /** Opens a connector whose document has been read already. @throws SecretKeyWrong, CredentialsRefused */
  static of(services: ActivityServices, connector: ConnectorDocument, runId: string): OpenConnector {
    const connectorId = connector._key;
    const credentials = openCredentials(connector, services.secretKeys);
    const { cancellationSignal } = Context.current();
    // Each call in progress adds a listener, and a probe makes dozens of calls at once.
    setMaxListeners(0, cancellationSignal);
    const session = services.dropbox.session(connectorId, credentials, {
      signal: cancellationSignal,
      teamId: connector.teamId,
      ...(services.slots ? { onWaiting: services.slots.lend } : {}),
    });
    const graph = graphOfRun(services.graph, { connectorId, runId });
    return new OpenConnector(services, duringRun(runId, connector), runId, session, graph);
  }

  /** Reports a committed batch, and throws when the activity has to stop. */
  readonly onBatch = (batch: CommittedBatch): void => {
    this.services.observer?.committed(this.connector._key, batch);
    stopIfCancelled();
  };

  context(): GraphContext {
    return { connectorId: this.connector._key, orgId: this.connector.orgId, now: this.services.now() };
  }

  /** A `Miss` of now: what to store about something that was looked for in vain. */
  miss(): Miss {
    const { runId, services } = this;
    return { runId, since: services.now(), confirmAfter: services.confirmAfter };
  }

  /** Calls as a delegate: a member, or `admin` for what no active member can read. */
  async as(delegate: string): Promise<DropboxActor> {
    if (delegate !== 'admin') return this.session.as({ kind: 'member', teamMemberId: delegate });
    return this.session.as({ kind: 'admin', teamMemberId: await this.admin() });
  }

  /**
   * The person that the cursors of a delegate are bound to. For `admin` it names the admin, since another one may
   * follow.
   */
  async cursorOwner(delegate: string): Promise<string> {
    return delegate === 'admin' ? `admin:${await this.admin()}` : delegate;
  }

  /**
   * The admin who authorized the app. Nearly every activity needs them, so Dropbox is asked every few minutes at most.
   */
  async admin(): Promise<string> {
    const { connector, services, session } = this;
    const known = admins.get(services.dropbox)?.get(connector._key);
    if (
      known &&
      known.credentials === connector.credentials &&
      !isTooOld(known.askedAt, services.now(), ADMIN_MAX_AGE_MS)
    ) {
      // The activity whose call all wait for may have been cancelled. Then this one asks again.
      const teamMemberId = await known.teamMemberId.catch(() => undefined);
      if (teamMemberId !== undefined) return teamMemberId;
    }
    const knownAdmins = admins.get(services.dropbox) ?? new Map<string, KnownAdmin>();
    admins.set(services.dropbox, knownAdmins);
    // Many calls need the admin at the same moment. The first one asks for all of them.
    const asked: KnownAdmin = {
      teamMemberId: session.team.admin().then(({ teamMemberId }) => teamMemberId),
      credentials: connector.credentials,
      askedAt: services.now(),
    };
    knownAdmins.set(connector._key, asked);
    try {
      return await asked.teamMemberId;
    } catch (error) {
      if (knownAdmins.get(connector._key) === asked) knownAdmins.delete(connector._key);
      throw error;
    }
  }

  get calls(): { dropboxCalls: number } {
    return { dropboxCalls: this.session.calls.total };
  }
}

/** Records progress for the next attempt, sends a heartbeat, and throws when the activity has to stop. */
export function checkpoint(details?: unknown): void {
  recordProgress(details);
  stopIfCancelled();
}

const stopIfCancelled = (): void => Context.current().cancellationSignal.throwIfAborted();
