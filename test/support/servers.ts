import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { startArangoEmulator, type RunningEmulator } from '../../sandbox/arangodb/server';
import { startTemporalServer, type TemporalServer } from '../../sandbox/temporal/server';
import type { Resources } from './resources';

/** Servers that many installations share, whose start would take longer than a short run. */
export interface SharedServers {
  temporal: TemporalServer;
  arango: RunningEmulator;
  /** For the workers, which run in this process. */
  connection: NativeConnection;
}

export async function startSharedServers(resources: Resources): Promise<SharedServers> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const temporal = resources.add(await startTemporalServer({ port: 0 }));
  const arango = resources.add(await startArangoEmulator({ port: 0 }));
  const connection = resources.add(await NativeConnection.connect({ address: temporal.address }));
  return { temporal, arango, connection };
}
