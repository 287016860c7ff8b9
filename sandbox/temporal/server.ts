import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { temporalServerPath } from './binary';
import { startGuarded, type GuardedProcess } from './guardedProcess';
import { freePort, isListening } from './ports';
import { SEARCH_ATTRIBUTES } from './searchAttributes';

export { temporalServerPath } from './binary';
export { SEARCH_ATTRIBUTES } from './searchAttributes';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;
const PROBE_INTERVAL_MS = 50;
const PORT_ATTEMPTS = 5;

/**
 * Maximum polls per second of each queue. The development server has one shard and polls it at most 20 times a second by
 * default, which limits one workflow to 10 activities a second. With 1,000 polls, 106 activities a second were measured.
 */
const POLL_RPS = 1_000;
const POLL_SETTINGS = ['transfer', 'timer', 'visibility'].map((queue) => `history.${queue}ProcessorMaxPollRPS`);

/**
 * One partition for each task queue. With Temporal's default of four, a poll often waits at a partition that has no task.
 * One takes about a fifth off the server's processor time for a sync.
 */
const PARTITION_SETTINGS = ['matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1'];

/** With SQLite's defaults a database file is three times slower than memory; with these pragmas it is as fast. */
const FILE_PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'];

export interface TemporalServerOptions {
  /** Port of the gRPC frontend; 0 chooses a free one. */
  port: number;
  /** Port of the web UI; 0 chooses a free one. Without it there is no UI. */
  uiPort?: number;
  /** SQLite file that keeps the state. Without it, the state is lost when the server stops. */
  db?: string;
  /** Namespaces besides `default`. */
  namespaces?: readonly string[];
  /** The `temporal` executable. Default: `temporalServerPath()`. */
  executable?: string;
}

export interface TemporalServer {
  /** host:port of the gRPC frontend. */
  address: string;
  /** Address of the web UI; present when `uiPort` is set. */
  uiUrl?: string;
  /** Resolves with the server's last line of output when it has ended without being closed. */
  ended: Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts Temporal's development server, which is not meant for production: it has one shard and no authentication.
 * Resolves when its default namespace answers and has the connector's search attributes. The server ends with this
 * process.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const executable = options.executable ?? (await temporalServerPath());
  // The server chooses further ports for itself, and another process may take any port that is not bound yet.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(options.port, HOST);
    const uiPort = options.uiPort === undefined ? undefined : await freePort(options.uiPort, HOST);
    const server = startGuarded(executable, serverArguments(options, port, uiPort));
    const address = `${HOST}:${port}`;
    try {
      await ready(server, port);
      return {
        address,
        ...(uiPort === undefined ? {} : { uiUrl: `http://${HOST}:${uiPort}` }),
        ended: server.ended.then((status) => `ended with ${status}: ${server.lastLines().slice(-1).join('')}`),
        // Without a file there is nothing to keep, and the server's own end takes over a second.
        close: () => (options.db === undefined ? server.kill() : server.stop()),
      };
    } catch (error) {
      await server.stop();
      if (attempt === PORT_ATTEMPTS || !isChosenPortTaken(server.lastLines(), options)) throw error;
    }
  }
}

function serverArguments(options: TemporalServerOptions, port: number, uiPort: number | undefined): string[] {
  const args = ['server', 'start-dev', '--ip', HOST, '--port', String(port), '--log-level', 'error'];
  args.push(...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]));
  if (options.db !== undefined) {
    args.push('--db-filename', options.db, ...FILE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]));
  }
  for (const name of options.namespaces ?? []) args.push('--namespace', name);
  const settings = [...POLL_SETTINGS.map((setting) => `${setting}=${POLL_RPS}`), ...PARTITION_SETTINGS];
  for (const setting of settings) args.push('--dynamic-config-value', setting);
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) args.push('--search-attribute', `${name}=${type}`);
  return args;
}

async function ready(server: GuardedProcess, port: number): Promise<void> {
  const state: { ended?: string } = {};
  void server.ended.then((status) => {
    state.ended = status;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    // A gRPC client that is refused waits a second before its next attempt, which is longer than the server's start.
    const answer = (await isListening(port, HOST)) ? await probe(`${HOST}:${port}`) : 'the port is not open yet';
    if (state.ended !== undefined) {
      throw new Error(`Temporal's server ended with ${state.ended}: ${server.lastLines().join('; ')}`);
    }
    if (answer === 'ready') return;
    if (Date.now() > deadline) {
      throw new Error(
        `Temporal's server at ${HOST}:${port} was not ready after ${START_TIMEOUT_MS / 1000} s: ${answer}`,
      );
    }
    await delay(PROBE_INTERVAL_MS);
  }
}

/** `ready`, or the reason why it is not. */
async function probe(address: string): Promise<string> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '2s' });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    const missing = Object.keys(SEARCH_ATTRIBUTES).filter((name) => !(name in customAttributes));
    return missing.length === 0 ? 'ready' : `search attributes missing: ${missing.join(', ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connection?.close();
  }
}

/** Whether the server has ended because of a port that it or this process has chosen: with others it can start. */
function isChosenPortTaken(lines: readonly string[], { port, uiPort = 0 }: TemporalServerOptions): boolean {
  const taken = lines.find((line) => /address already in use|port .* not available|can't set .*port/i.test(line));
  return (
    taken !== undefined && ![port, uiPort].some((wanted) => wanted !== 0 && new RegExp(`\\b${wanted}\\b`).test(taken))
  );
}
