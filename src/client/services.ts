import type { DropboxConnections } from '../dropbox';
import type { StandaloneGraph } from '../graph/driver/graph';
import type { Connectors } from './connectors';
import type { ConnectorSchedules } from './schedules';
import type { SyncRuns } from './syncRuns';
import type { TemporalAccess } from './temporal';

/** What the parts of the client work with. */
export interface ClientServices {
  temporal: TemporalAccess;
  graph: StandaloneGraph;
  dropbox: DropboxConnections;
  connectors: Connectors;
  schedules: ConnectorSchedules;
  runs: SyncRuns;
  now: () => number;
}
