import type { KeyObject } from 'node:crypto';
import { Client, Connection, type ClientPlugin, type ConnectionOptions } from '@temporalio/client';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { dataConverterOf } from '../payloads/dataConverter';
import { clientError } from './errors';
import { retryUntilClosed, type RetryUntilClosed } from './retryUntilClosed';

export interface TemporalSettings {
  /** Address, TLS and API key, as Temporal's environment configuration names them. */
  connection: ConnectionOptions;
  namespace: string;
  taskQueue: string;
  /** Keys of payloads: the first one encrypts, all of them decrypt. Default: none. */
  payloadKeys?: readonly KeyObject[];
}

/** How long a server may take to answer the first request. */
const CONNECT_WITHIN = '5s';
const PING_WITHIN_MS = 3_000;
/** gRPC would use http_proxy and https_proxy, which workers do not: HTTPS_PROXY, in lower case too, is for Dropbox. */
const WITHOUT_PROXY = { 'grpc.enable_http_proxy': 0 };
/** TASK_QUEUE_TYPE_WORKFLOW of temporal.api.enums.v1.TaskQueueType. */
const WORKFLOW_QUEUE = 1;

/** Connects when it is first needed: what only reads the graph works without Temporal. */
export class TemporalAccess {
  private connecting: Promise<Connection> | undefined;
  private retry: RetryUntilClosed | undefined;

  /** `plugins` go into each client, such as for traces. */
  constructor(
    readonly settings: TemporalSettings,
    private readonly plugins: ClientPlugin[] = [],
  ) {}

  get taskQueue(): string {
    return this.settings.taskQueue;
  }

  /** @throws TemporalUnavailable, TemporalRefused */
  async client(): Promise<Client> {
    this.connecting ??= this.connect();
    try {
      const connection = await this.connecting;
      const { namespace, payloadKeys = [] } = this.settings;
      const dataConverter = dataConverterOf(payloadKeys);
      return new Client({ connection, namespace, plugins: this.plugins, dataConverter });
    } catch (error) {
      // The next call connects again: the server may be up by then.
      this.connecting = undefined;
      throw error;
    }
  }

  private async connect(): Promise<Connection> {
    const { connection } = this.settings;
    this.retry = retryUntilClosed();
    const { interceptors } = this.retry;
    try {
      const own = { interceptors, channelArgs: WITHOUT_PROXY };
      return await Connection.connect({ ...own, ...connection, connectTimeout: CONNECT_WITHIN });
    } catch (error) {
      const known = clientError(error);
      if (known.code === 'TemporalRefused') throw known;
      throw new DropboxTeamsError(
        'TemporalUnavailable',
        `Temporal does not answer at ${connection.address ?? 'its default address'}: check that it runs and that TEMPORAL_ADDRESS is right, and TEMPORAL_TLS where it takes TLS`,
        { cause: error },
      );
    }
  }

  /** Whether a worker has polled the task queue for workflows in the last minutes. */
  async hasWorker(): Promise<boolean> {
    const client = await this.client();
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: this.settings.namespace,
      taskQueue: { name: this.settings.taskQueue },
      taskQueueType: WORKFLOW_QUEUE,
    });
    return (pollers ?? []).length > 0;
  }

  /** Why no worker has accepted a request in time. The server keeps the request. */
  async unanswered(cause?: unknown): Promise<DropboxTeamsError> {
    const queue = this.settings.taskQueue;
    const hasWorker = await this.hasWorker().catch((error: unknown) => clientError(error));
    if (hasWorker instanceof DropboxTeamsError) return hasWorker;
    return new DropboxTeamsError(
      'WorkerUnavailable',
      hasWorker
        ? `no worker answered in time on task queue ${queue}: is one running still, and what does its log say? The request stays with Temporal`
        : `no worker serves task queue ${queue}: start one (npm run worker); the request stays with Temporal until then`,
      cause === undefined ? {} : { cause },
    );
  }

  /** @throws TemporalUnavailable, TemporalRefused if the namespace does not answer now */
  async ping(): Promise<void> {
    const client = await this.client();
    await client.connection.withDeadline(Date.now() + PING_WITHIN_MS, () =>
      client.workflowService.describeNamespace({ namespace: this.settings.namespace }),
    );
  }

  /** Ends the connection: no call is retried, and no new one begins. A call in flight ends by itself. */
  async close(): Promise<void> {
    this.retry?.close();
    const connecting = this.connecting;
    this.connecting = undefined;
    // A failed connection needs no closing.
    const connection = await connecting?.catch(() => undefined);
    await connection?.close();
  }
}
