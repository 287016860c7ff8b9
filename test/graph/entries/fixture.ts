import type { StandaloneGraph } from '../../../src/graph/driver/graph';
import type { CommitContext } from '../../../src/graph/entries/commitContext';
import { LIVE_GENERATION, type ListedNamespace } from '../../../src/sync/planTypes';
import { ORG } from '../../support/database';
import { namespace } from '../fixture';

const listed = (id: string): ListedNamespace => ({ ...namespace(id), orgId: ORG });

/** Commits into the namespace with this id, as a listing that continues at its cursor. */
export const commitContext = (graph: StandaloneGraph, id: string): CommitContext => ({
  graph,
  namespace: listed(id),
  filters: {},
  batchSize: 100,
  generation: LIVE_GENERATION,
  runId: 'run',
  now: () => 1000,
  onBatch: () => undefined,
});
