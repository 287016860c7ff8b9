import type { ConnectorDocument } from '../../sync/connectorDocument';
import { folderCursorName, namespaceKey, syncPointKey } from '../../sync/keys';
import { listingTaken, relistingStarted } from '../../sync/listingState';
import { namespaceUpdate, type NamespacePatch } from '../../sync/namespaceState';
import type { SyncPointDocument } from '../../sync/pipesHubDocuments';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { GraphContext } from '../driver/context';
import type { FenceVars, StandaloneGraph } from '../driver/graph';
import { AS_GIVEN, defineQuery } from '../driver/query';
import { connectorOf } from '../state/connectors';
import { fencedStatement } from '../state/runFence';
import { whyRefused } from './advanceListing';
import type { BatchOwner } from './commitContext';

/** What is stored of a namespace when an attempt begins to list it. */
export interface ListingStart {
  /** Its folder cursor, if the listing continues there. */
  cursor: SyncPointDocument['cursor'] | null;
  /** Whether no entry of it is stored: a listing from the start can leave nothing out. */
  isEmpty: boolean;
  /** Whether the connector has dead letters, of which the listing may remove some. */
  hasDeadLetters: boolean;
}

/** A namespace that has to be listed, and whose listing this attempt owns from now on. */
interface Taken {
  connector: unknown;
  /** The namespace as it was before. */
  namespace: NamespaceDocument | null;
  /** What was found where the listing has begun, too; null: it has not. */
  begun: ListingStart | null;
}

/** AQL: `isEmpty` and `hasDeadLetters` of a `ListingStart`. */
const STORED = `
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
   )`;
const START = `{
  cursor: continues ? cursor : null,
  isEmpty: LENGTH(entries) == 0,
  hasDeadLetters: LENGTH(letters) > 0
}`;
const TO_BE_LISTED = { work: 'relist', mark: null } as const;

interface TakeVars extends FenceVars {
  namespace: string;
  namespaceId: string;
  cursorName: string;
  patch: { _key: string };
  relisting: { _key: string };
}

const take = defineQuery<TakeVars, Taken | null>(
  'listingStart.take',
  `LET stored = FIRST(
     FOR one IN dropboxNamespaces
       FILTER one._key == @namespace
       RETURN UNSET(one, "_id", "_rev")
   )
   LET settings = FIRST(FOR one IN dropboxConnectors FILTER one._key == @connectorId RETURN one)
   LET syncPoint = CONCAT(settings.orgId, "/", @connectorId, "/records/", @cursorName)
   LET cursor = FIRST(
     FOR one IN syncPoints
       FILTER one.syncPointKey == syncPoint
       SORT one._key
       RETURN one.boundTo == stored.delegate ? one.cursor : null
   )
   ${STORED}
   LET continues = (stored.work == "continue" OR stored.mark != null) AND cursor != null
   LET isListed = stored.work IN ["relist", "continue"] AND stored.delegate != null
   LET begins = isListed AND stored.delegate != "admin"
${fencedStatement(
  'true',
  `LET a = (
  FOR patch IN (go AND isListed ? [begins AND !continues ? @relisting : @patch] : [])
    UPDATE patch._key WITH patch IN dropboxNamespaces OPTIONS { ${AS_GIVEN} }
)
LET b = (
  FOR one IN syncPoints
    FILTER go AND begins AND !continues AND one.syncPointKey == syncPoint
    REMOVE one IN syncPoints
)`,
  `go ? { connector: settings, namespace: stored, begun: begins ? ${START} : null } : null`,
)}`,
  {
    connectorId: 'c',
    namespace: 'n',
    namespaceId: '1',
    cursorName: 'name',
    patch: { _key: 'n' },
    relisting: { _key: 'n' },
    fence: null,
  },
);

/**
 * Reads a namespace and its connector. If it has a delegate who has to list it, stores `attempt`, the fencing token: no
 * earlier attempt can write from then on. If the delegate is a member, the same query begins the listing, as
 * `beginListing` does: at the stored cursor, or else under `generation`. For `admin` the caller begins it, since Dropbox
 * has to say first which admin a cursor is bound to. @throws what the fence of the run throws
 */
export async function takeListing(
  graph: StandaloneGraph,
  owner: { connectorId: string; namespaceId: string; attempt: string; generation: string; now: number },
): Promise<{ connector: ConnectorDocument; namespace: NamespaceDocument | null; begun: ListingStart | null }> {
  const { connectorId, namespaceId, attempt, generation } = owner;
  const taken = listingTaken({ namespaceId }, attempt);
  const patch = namespaceUpdate(owner, taken);
  const found = await graph.runStatement(take, {
    connectorId,
    namespace: patch._key,
    namespaceId,
    cursorName: folderCursorName(namespaceId),
    patch,
    // The state is a placeholder: the query checks the stored one.
    relisting: namespaceUpdate(owner, { ...relistingStarted({ namespaceId, ...TO_BE_LISTED }, generation), ...taken }),
  });
  if (!found) throw await whyRefused(graph, namespaceId);
  return { ...found, connector: connectorOf(found.connector) };
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
   ${STORED}
   LET continues = @cursorOwner != null AND cursor != null
${fencedStatement(
  'attempt == @attempt',
  `LET a = (
  FOR patch IN (go AND !continues ? [@relisting] : [])
    UPDATE patch._key WITH patch IN dropboxNamespaces OPTIONS { ${AS_GIVEN} }
)
LET b = (FOR one IN syncPoints FILTER go AND !continues AND one.syncPointKey == @syncPoint REMOVE one IN syncPoints)`,
  `go ? ${START} : null`,
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
  const start = await graph.runStatement(begin, {
    connectorId,
    namespace: namespaceKey(connectorId, namespaceId),
    namespaceId,
    attempt: owner.attempt,
    syncPoint: syncPointKey(orgId, connectorId, folderCursorName(namespaceId)),
    cursorOwner,
    relisting: namespaceUpdate(context, relisting),
  });
  if (!start) throw await whyRefused(graph, namespaceId, owner);
  return start;
}
