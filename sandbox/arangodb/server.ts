import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Authentication } from './http/authentication';
import { Cursors } from './http/cursors';
import { Jobs } from './http/jobs';
import { RequestHandler } from './http/requestHandler';
import { RunningQueries } from './http/runningQueries';
import { QUERY_TRACKING } from './http/state';
import { openPersistence, type Persistence } from './persistence/persistence';
import { copyDatabase } from './storage/copy';
import { Engine, SYSTEM_DATABASE } from './storage/engine';
import { CollectionLocks } from './storage/locks';
import { StreamTransactions } from './storage/streamTransactions';
import { removeExpiredDocuments } from './storage/timeToLive';

export interface EmulatorOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Password of the user root. Without it, every request is accepted. */
  readonly password?: string;
  /** How long a token of `/_open/auth` is valid. Default an hour. */
  readonly tokenSeconds?: number;
  /** Folder in which the databases survive restarts. Without it, they last as long as the process. */
  readonly data?: string;
  /** Seconds after which an unused stream transaction is aborted. Default 60. */
  readonly transactionIdleSeconds?: number;
  /**
   * Share of the writes, from 0 to 1, that fail with a conflict (1200) as if another client had written the same
   * document: AQL queries, and operations in stream transactions. Default: the environment variable ARANGODB_CONFLICTS, or 0.
   */
  readonly conflicts?: number;
  /** The clock, in milliseconds since 1970. Default Date.now. */
  readonly now?: () => number;
}

export interface RunningEmulator {
  readonly url: string;
  /** Creates the database `to` with the contents of `from`. */
  copyDatabase(from: string, to: string): void;
  /** Closes connections, aborts open transactions and flushes everything that is not on disk yet. */
  close(): Promise<void>;
}

const MAX_TRANSACTION_BYTES = 128 * 1024 * 1024;
const HOUSEKEEPING_MILLISECONDS = 1000;
const TTL_INTERVAL_SECONDS = 30;
/**
 * Longer than the idle timeout of common clients. The client then closes first, and never sends a request on a
 * connection that the server is closing.
 */
const KEEP_ALIVE_MILLISECONDS = 120_000;

/** Starts the emulator. Rejects if the port is taken or the data folder cannot be used. */
export async function startArangoEmulator(options: EmulatorOptions): Promise<RunningEmulator> {
  const {
    port,
    host = '127.0.0.1',
    password,
    tokenSeconds = 3600,
    data,
    transactionIdleSeconds = 60,
    now = Date.now,
  } = options;
  const conflicts = options.conflicts ?? Number(process.env['ARANGODB_CONFLICTS'] ?? 0);
  const engine = new Engine(now);
  let persistence: Persistence | undefined;
  if (data !== undefined) {
    persistence = await openPersistence(data, engine);
    engine.journal = persistence;
  }
  if (!engine.listDatabases().some(({ name }) => name === SYSTEM_DATABASE)) engine.createDatabase(SYSTEM_DATABASE);

  const locks = new CollectionLocks();
  const limits = { idleSeconds: transactionIdleSeconds, maxBytes: MAX_TRANSACTION_BYTES };
  const transactions = new StreamTransactions(engine, locks, limits, now);
  const cursors = new Cursors(() => String(engine.tick()), now);
  const state = {
    engine,
    locks,
    transactions,
    cursors,
    queries: new RunningQueries(() => String(engine.tick()), now),
    conflicts: () => Math.random() < conflicts,
    jobs: new Jobs(() => String(engine.tick()), now),
    queryTracking: { ...QUERY_TRACKING },
    authentication: new Authentication(password || undefined, tokenSeconds),
    now,
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS }, new RequestHandler(state).handle);
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

  let lastTtlRun = now();
  const housekeeping = setInterval(() => {
    transactions.expire();
    cursors.expire();
    if (now() - lastTtlRun < TTL_INTERVAL_SECONDS * 1000) return;
    lastTtlRun = now();
    removeExpiredDocuments(engine, now() / 1000);
  }, HOUSEKEEPING_MILLISECONDS);
  housekeeping.unref();

  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    copyDatabase: (from, to) => copyDatabase(engine, from, to),
    async close() {
      clearInterval(housekeeping);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      locks.close();
      cursors.closeAll();
      transactions.abortAll();
      await persistence?.close();
    },
  };
}
