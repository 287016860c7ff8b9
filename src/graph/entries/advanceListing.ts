import { namespaceKey, syncPointKey } from '../../sync/keys';
import { namespaceUpdate, type NamespacePatch } from '../../sync/namespaceState';
import type { GraphContext } from '../driver/context';
import { inTransaction, type FenceVars, type StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { patchNamespaces } from '../state/namespaces';
import { guarded } from '../state/runFence';
import { deleteSyncPoints } from '../state/syncPoints';
import { assertStillOwner, type BatchOwner } from './commitContext';

const advance = defineQuery<
  { namespace: string; attempt: string | null; patches: { _key: string }[]; forgotten: string[] } & FenceVars,
  boolean
>(
  'advanceListing.advance',
  `LET attempt = FIRST(FOR n IN dropboxNamespaces FILTER n._key == @namespace RETURN n.attempt)
${guarded(
  '@attempt == null OR attempt == @attempt',
  `LET a = (
  FOR patch IN (go ? @patches : [])
    UPDATE patch._key WITH patch IN dropboxNamespaces OPTIONS { keepNull: true, mergeObjects: false }
)
LET b = (FOR one IN syncPoints FILTER go AND one.syncPointKey IN @forgotten REMOVE one IN syncPoints)`,
)}`,
  { connectorId: 'c', namespace: 'n', attempt: null, patches: [], forgotten: [], fence: null },
);

/**
 * Takes a step of a namespace's listing, and forgets these of its cursors, both or neither. If `owner` has a fencing
 * token, only while it owns the namespace. @throws GraphConflict if another attempt has taken over
 */
export async function advanceListing(
  graph: StandaloneGraph,
  context: GraphContext,
  owner: BatchOwner,
  patch: NamespacePatch,
  forget: readonly string[] = [],
): Promise<void> {
  const { connectorId, orgId } = context;
  const isDone = await graph.runAlone(advance, {
    connectorId,
    namespace: namespaceKey(connectorId, owner.namespace.namespaceId),
    attempt: owner.attempt ?? null,
    patches: [namespaceUpdate(context, patch)],
    forgotten: forget.map((name) => syncPointKey(orgId, connectorId, name)),
  });
  if (isDone) return;
  await inTransaction(graph, ['dropboxNamespaces', 'syncPoints'], async (tx) => {
    await assertStillOwner(owner, tx);
    if (forget.length > 0) await deleteSyncPoints(tx, context, forget);
    await patchNamespaces(tx, context, [patch]);
  });
}
