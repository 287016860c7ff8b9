import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listener } from './http/listener';
import { Simulator, type SimulatorSettings } from './http/simulator';

export interface DropboxSimulatorOptions extends SimulatorSettings {
  /** 0 chooses a free port. */
  port: number;
  /** 127.0.0.1 by default, because the simulator is meant for local use only. */
  host?: string;
}

export interface DropboxSimulator {
  /** Base URL under which all of Dropbox's hosts are served, without a trailing slash. */
  url: string;
  /** The registered app, its tokens, faults and budgets, for tests in the same process. */
  simulator: Simulator;
  /** Closes all connections, including those that wait for an answer. */
  close(): Promise<void>;
}

/** Serves a company as Dropbox does, on one port. Rejects when the port is in use. */
export async function startDropboxSimulator(options: DropboxSimulatorOptions): Promise<DropboxSimulator> {
  const { port, host = '127.0.0.1', ...settings } = options;
  const simulator = new Simulator(settings);
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, listener(simulator));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    simulator,
    close: () =>
      new Promise((resolve, reject) => {
        simulator.close();
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
