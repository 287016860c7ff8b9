import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer as createListener, type Socket } from 'node:net';
import { Authentication } from './http/authentication';
import { Cursors } from './http/cursors';
import { RequestHandler } from './http/requestHandler';
import { RunningQueries } from './http/runningQueries';
import { copyDatabase } from './storage/copy';
import { Engine, SYSTEM_DATABASE } from './storage/engine';
import { CollectionLocks } from './storage/locks';
import { StreamTransactions } from './storage/streamTransactions';

export interface EmulatorOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Password of the user root. Without it, every request is accepted. */
  readonly password?: string;
  /** How long a token of `/_open/auth` is valid. Default an hour. */
  readonly tokenSeconds?: number;
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
  /** As a restart of ArangoDB: what is committed stays; connections, open transactions and cursors are gone. */
  restart(): Promise<void>;
  /** Closes connections and aborts open transactions. */
  close(): Promise<void>;
}

const MAX_TRANSACTION_BYTES = 128 * 1024 * 1024;
const HOUSEKEEPING_MILLISECONDS = 1000;
/**
 * Longer than the idle timeout of common clients. The client then closes first, and never sends a request on a
 * connection that the server is closing.
 */
const KEEP_ALIVE_MILLISECONDS = 120_000;

/** Starts the emulator. Rejects if the port is taken. */
export async function startArangoEmulator(options: EmulatorOptions): Promise<RunningEmulator> {
  const { host = '127.0.0.1', now = Date.now } = options;
  const engine = new Engine(now);
  engine.createDatabase(SYSTEM_DATABASE);
  let served = await serve(engine, host, options);
  const { url, port } = served;
  return {
    url,
    copyDatabase: (from, to) => copyDatabase(engine, from, to),
    async restart() {
      await served.close();
      served = await serve(engine, host, { ...options, port });
    },
    close: () => served.close(),
  };
}

/** Serves the databases until `close`, which ends connections, transactions and cursors. */
async function serve(
  engine: Engine,
  host: string,
  { port, password, tokenSeconds = 3600, transactionIdleSeconds = 60, now = Date.now, conflicts }: EmulatorOptions,
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const conflictRate = conflicts ?? Number(process.env['ARANGODB_CONFLICTS'] ?? 0);
  const locks = new CollectionLocks();
  const limits = { idleSeconds: transactionIdleSeconds, maxBytes: MAX_TRANSACTION_BYTES };
  const cursors = new Cursors(() => String(engine.tick()), now);
  const transactions = new StreamTransactions(engine, locks, limits, now, (id) => cursors.hasOpen(id));
  const state = {
    engine,
    locks,
    transactions,
    cursors,
    queries: new RunningQueries(() => String(engine.tick()), now),
    conflicts: () => Math.random() < conflictRate,
    authentication: new Authentication(password || undefined, tokenSeconds),
    now,
  };

  const { handle } = new RequestHandler(state);
  const http1 = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS, requestTimeout: 0 }, handle);
  const http2 = createHttp2Server((request, response) =>
    handle(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  const sockets = new Set<Socket>();
  const server = createListener((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    socket.once('close', () => sockets.delete(socket));
    // A client of HTTP/2 begins with `PRI * HTTP/2.0`.
    socket.once('data', (start) => {
      socket.pause().unshift(start);
      (start.subarray(0, 3).toString() === 'PRI' ? http2 : http1).emit('connection', socket);
      setImmediate(() => socket.resume());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

  const housekeeping = setInterval(() => {
    transactions.expire();
    cursors.expire();
  }, HOUSEKEEPING_MILLISECONDS);
  housekeeping.unref();

  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    port: address.port,
    async close() {
      clearInterval(housekeeping);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      locks.close();
      cursors.closeAll();
      transactions.abortAll();
    },
  };
}
