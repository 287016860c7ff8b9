import type { StandaloneGraph } from '../../src/graph/driver/graph';
import type { Findings } from '../../src/verify/findings';
import { markForRepair } from '../../src/verify/repair';
import { CONNECTOR, ORG } from '../support/database';

/** What a repair acts on. */
type Repairable = Pick<
  Findings,
  'namespaces' | 'orphanRecords' | 'orphanRecordGroups' | 'surplusEdges' | 'teamDiffers' | 'recordGroupsDiffer'
>;

/** What `verify --repair` does after it has found this, and nothing else. `now`: ms. */
export const repair = (graph: StandaloneGraph, found: Partial<Repairable>, now = 9): Promise<void> =>
  markForRepair(graph, { orgId: ORG, connectorId: CONNECTOR, now }, {
    namespaces: new Set(),
    orphanRecords: new Set(),
    orphanRecordGroups: new Set(),
    surplusEdges: new Map(),
    teamDiffers: false,
    recordGroupsDiffer: false,
    ...found,
  } as unknown as Findings);
