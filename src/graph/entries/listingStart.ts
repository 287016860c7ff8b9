import type { ConnectorDocument, NamespaceDocument, SyncPointDocument } from '../../sync/documents';
import { folderCursorName, namespaceKey, syncPointKey } from '../../sync/keys';
import { namespaceUpdate, type NamespacePatch } from '../../sync/namespaceState';
import type { GraphContext } from '../driver/context';
import type { FenceVars, StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { connectorOf } from '../state/connectors';
import { guarded } from '../state/runFence';
import { refusal } from './advanceListing';
import type { BatchOwner } from './commitContext';

/** A namespace that has to be listed, and whose listing this attempt owns from now on. */
interface Taken {
  connector: unknown;
  /** The namespace as it was before. */
  namespace: NamespaceDocument | null;
}

const take = defineQuery<{ namespace: string; patch: { _key: string } } & FenceVars, Taken | null>(
  'listingStart.take',
  `LET stored = FIRST(
     FOR one IN dropboxNamespaces
       FILTER one._key == @namespace
       RETURN UNSET(one, "_id", "_rev")
   )
   LET settings = FIRST(FOR one IN dropboxConnectors FILTER one._key == @connectorId RETURN one)
${guarded(
  'true',
  `LET a = (
  FOR patch IN (go AND stored.work IN ["relist", "continue"] AND stored.delegate != null ? [@patch] : [])
    UPDATE patch._key WITH patch IN dropboxNamespaces
)`,
  'go ? { connector: settings, namespace: stored } : null',
)}`,
  { connectorId: 'c', namespace: 'n', patch: { _key: 'n' }, fence: null },
);

/**
 * Reads a namespace and its connector. If it has a delegate who has to list it, stores `attempt`, the fencing token of
 * this attempt: no earlier one can write from then on. `graph` is that of the run.
 * @throws RunSuperseded and what else the fence throws
 */
export async function takeListing(
  graph: StandaloneGraph,
  owner: { connectorId: string; namespaceId: string; attempt: string; now: number },
): Promise<{ connector: ConnectorDocument; namespace: NamespaceDocument | null }> {
  const { connectorId, namespaceId, attempt } = owner;
  const patch = namespaceUpdate(owner, { namespaceId, attempt });
  const taken = await graph.runGuarded(take, { connectorId, namespace: patch._key, patch });
  if (!taken) throw await refusal(graph, namespaceId);
  return { connector: connectorOf(taken.connector), namespace: taken.namespace };
}

/** What is stored of a namespace when an attempt begins to list it. */
export interface ListingStart {
  /** Its folder cursor, if the listing continues there. */
  cursor: SyncPointDocument['cursor'] | null;
  /** Whether no entry of it is stored: a listing from the start can leave nothing out. */
  isEmpty: boolean;
  /** Whether the connector has dead letters, of which the listing may remove some. */
  hasDeadLetters: boolean;
}

const begin = defineQuery<
  {
    namespace: string;
    namespaceId: string;
    attempt: string;
    syncPoint: string;
    cursorOwner: string | null;
    relisting: { _key: string };
  } & FenceVars,
  ListingStart | null
>(
  'listingStart.begin',
  `LET attempt = FIRST(FOR n IN dropboxNamespaces FILTER n._key == @namespace RETURN n.attempt)
   LET cursor = FIRST(
     FOR one IN syncPoints
       FILTER one.syncPointKey == @syncPoint
       SORT one._key
       RETURN one.boundTo == @cursorOwner ? one.cursor : null
   )
   LET entries = (
     FOR e IN dropboxEntries
       FILTER e.connectorId == @connectorId AND e.namespaceId == @namespaceId
       LIMIT 1
       RETURN 1
   )
   LET letters = (
     FOR letter IN dropboxDeadLetters
       FILTER letter.connectorId == @connectorId
       LIMIT 1
       RETURN 1
   )
   LET continues = @cursorOwner != null AND cursor != null
${guarded(
  'attempt == @attempt',
  `LET a = (
  FOR patch IN (go AND !continues ? [@relisting] : [])
    UPDATE patch._key WITH patch IN dropboxNamespaces OPTIONS { keepNull: true, mergeObjects: false }
)
LET b = (FOR one IN syncPoints FILTER go AND !continues AND one.syncPointKey == @syncPoint REMOVE one IN syncPoints)`,
  `go ? {
  cursor: continues ? cursor : null,
  isEmpty: LENGTH(entries) == 0,
  hasDeadLetters: LENGTH(letters) > 0
} : null`,
)}`,
  {
    connectorId: 'c',
    namespace: 'n',
    namespaceId: '1',
    attempt: 'a',
    syncPoint: 'org/connector/records/name',
    cursorOwner: null,
    relisting: { _key: 'n' },
    fence: null,
  },
);

/**
 * Begins the listing of a namespace that `owner` has taken: at its stored cursor, if that is bound to `cursorOwner`.
 * Otherwise, and for `cursorOwner` null, stores `relisting` and forgets the cursor.
 * @throws GraphConflict if another attempt has taken over
 */
export async function beginListing(
  graph: StandaloneGraph,
  context: GraphContext,
  owner: BatchOwner & { attempt: string },
  { cursorOwner, relisting }: { cursorOwner: string | null; relisting: NamespacePatch },
): Promise<ListingStart> {
  const { connectorId, orgId } = context;
  const { namespaceId } = owner.namespace;
  const start = await graph.runGuarded(begin, {
    connectorId,
    namespace: namespaceKey(connectorId, namespaceId),
    namespaceId,
    attempt: owner.attempt,
    syncPoint: syncPointKey(orgId, connectorId, folderCursorName(namespaceId)),
    cursorOwner,
    relisting: namespaceUpdate(context, relisting),
  });
  if (!start) throw await refusal(graph, namespaceId, owner);
  return start;
}
