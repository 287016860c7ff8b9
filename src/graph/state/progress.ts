import type { SyncPointDocument } from '../../sync/documents';
import { namespaceUpdate, type NamespacePatch } from '../../sync/namespaceState';
import type { GraphContext } from '../driver/context';
import { inTransaction, type FenceVars, type StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { patchNamespaces } from './namespaces';
import { guarded } from './runFence';
import { syncPointDocument, writeSyncPoints, type SyncPoint } from './syncPoints';

/** PipesHub saves its sync points under keys of its own. A name with several documents is left to the transaction. */
const store = defineQuery<{ points: SyncPointDocument[]; patches: { _key: string }[] } & FenceVars, boolean>(
  'progress.store',
  `LET stored = (
  FOR d IN syncPoints
    FILTER d.syncPointKey IN @points[*].syncPointKey
    RETURN { name: d.syncPointKey, key: d._key }
)
${guarded(
  'LENGTH(stored) == LENGTH(UNIQUE(stored[*].name))',
  `LET a = (
  FOR patch IN (go ? @patches : [])
    UPDATE patch._key WITH patch IN dropboxNamespaces OPTIONS { keepNull: true, mergeObjects: false }
)
LET b = (
  FOR written IN (go ? @points : [])
    LET key = FIRST(FOR one IN stored FILTER one.name == written.syncPointKey RETURN one.key)
    LET document = MERGE(written, { _key: key || written._key })
    INSERT document INTO syncPoints OPTIONS { overwriteMode: "replace" }
)`,
)}`,
  {
    connectorId: 'c',
    points: [syncPointDocument({ orgId: 'o', connectorId: 'c', now: 0 }, { name: 'n', cursor: 'cursor' })],
    patches: [],
    fence: null,
  },
);

/**
 * Stores cursors, and what they have shown of namespaces, all or nothing: in one request, or in a transaction where
 * that is not enough. @throws as every write of a run, see `graphOfRun`
 */
export async function storeProgress(
  graph: StandaloneGraph,
  context: GraphContext,
  { points, namespaces = [] }: { points: readonly SyncPoint[]; namespaces?: readonly NamespacePatch[] },
): Promise<void> {
  if (points.length + namespaces.length === 0) return;
  const isStored = await graph.runAlone(store, {
    connectorId: context.connectorId,
    points: points.map((point) => syncPointDocument(context, point)),
    patches: namespaces.map((patch) => namespaceUpdate(context, patch)),
  });
  if (isStored) return;
  await inTransaction(graph, ['syncPoints', 'dropboxNamespaces'], async (tx) => {
    await patchNamespaces(tx, context, namespaces);
    await writeSyncPoints(tx, context, points);
  });
}
