import { failure } from '../../failures';
import { namespaceKey } from '../../sync/keys';
import { namespaceUpdate, type NamespacePatch } from '../../sync/namespaceState';
import type { GraphContext } from '../driver/context';
import { inTransaction, type FenceVars, type StandaloneGraph } from '../driver/graph';
import { AS_GIVEN, defineQuery } from '../driver/query';
import { fencedStatement } from '../state/runFence';
import { assertStillOwner, type BatchOwner } from './commitContext';

const advance = defineQuery<
  { namespace: string; attempt: string | null; patch: { _key: string } } & FenceVars,
  true | null
>(
  'advanceListing.advance',
  `LET attempt = FIRST(FOR n IN dropboxNamespaces FILTER n._key == @namespace RETURN n.attempt)
${fencedStatement(
  '@attempt == null OR attempt == @attempt',
  `LET a = (
  FOR patch IN (go ? [@patch] : [])
    UPDATE patch._key WITH patch IN dropboxNamespaces OPTIONS { ${AS_GIVEN} }
)`,
  'go ? true : null',
)}`,
  { connectorId: 'c', namespace: 'n', attempt: 'a', patch: { _key: 'n' }, fence: null },
);

/**
 * Stores a transition of a namespace's listing. If `owner` has a fencing token, only while it owns the namespace.
 * @throws GraphConflict if another attempt has taken over
 */
export async function advanceListing(
  graph: StandaloneGraph,
  context: GraphContext,
  owner: BatchOwner,
  patch: NamespacePatch,
): Promise<void> {
  const { connectorId } = context;
  const isDone = await graph.runStatement(advance, {
    connectorId,
    namespace: namespaceKey(connectorId, owner.namespace.namespaceId),
    attempt: owner.attempt ?? null,
    patch: namespaceUpdate(context, patch),
  });
  if (!isDone) throw await whyRefused(graph, owner.namespace.namespaceId, owner);
}

/**
 * The error for a query of a listing that the fence refused. @throws what the fence throws if the run may not write any
 * more, and GraphConflict if another attempt has taken over
 */
export async function whyRefused(graph: StandaloneGraph, namespaceId: string, owner?: BatchOwner): Promise<Error> {
  await inTransaction(graph, [], async (tx) => owner && (await assertStillOwner(owner, tx)));
  return failure('GraphConflict', `the state of namespace ${namespaceId} was changed at the same time`);
}
