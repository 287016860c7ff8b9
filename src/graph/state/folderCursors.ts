import { folderCursorName, namespaceKey, syncPointKey } from '../../sync/keys';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { GraphContext } from '../driver/context';
import type { StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { isReadable } from './readableNamespace';
import { pointOf, type StoredPoint, type SyncPoint } from './syncPoints';

/** A stored namespace and its folder cursor; null: there is none, so it is listed from the start. */
export interface NamespaceWithCursor {
  namespace: NamespaceDocument;
  point: SyncPoint | null;
}

const PER_BATCH = 500;

interface StoredWithCursor {
  namespace: NamespaceDocument;
  stored: StoredPoint | null;
}

const WITH_CURSOR = `LET stored = FIRST(
       FOR point IN syncPoints
         FILTER point.syncPointKey == CONCAT(@prefix, namespace.namespaceId)
         SORT point._key
         LIMIT 1
         RETURN KEEP(point, "cursor", "boundTo")
     )
     RETURN { namespace: UNSET(namespace, "_id", "_rev"), stored }`;

const all = defineQuery<{ connectorId: string; prefix: string }, StoredWithCursor>(
  'folderCursors.all',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     ${WITH_CURSOR}`,
  { connectorId: 'connector', prefix: 'org/connector/records/folders/' },
);

const byKeys = defineQuery<{ keys: string[]; prefix: string }, StoredWithCursor>(
  'folderCursors.byKeys',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace._key IN @keys
     ${WITH_CURSOR}`,
  { keys: ['key'], prefix: 'org/connector/records/folders/' },
);

type Owner = Pick<GraphContext, 'connectorId' | 'orgId'>;

const prefixOf = ({ orgId, connectorId }: Owner): string => syncPointKey(orgId, connectorId, folderCursorName(''));

const withPoint = ({ namespace, stored }: StoredWithCursor): NamespaceWithCursor => ({
  namespace,
  point: stored && pointOf(folderCursorName(namespace.namespaceId), stored),
});

/**
 * All namespaces of a connector with their cursors, in batches. `onUnreadable` gets the key of each document that can't be
 * used.
 */
export async function* namespacesWithCursors(
  graph: StandaloneGraph,
  owner: Owner,
  onUnreadable: (key: string) => void = () => undefined,
): AsyncGenerator<NamespaceWithCursor[]> {
  const { connectorId } = owner;
  for await (const batch of graph.stream(all, { connectorId, prefix: prefixOf(owner) }, PER_BATCH)) {
    yield batch.flatMap((one) => {
      if (isReadable(connectorId, one.namespace)) return [withPoint(one)];
      onUnreadable(one.namespace._key);
      return [];
    });
  }
}

/** Some namespaces of a connector with their cursors. Unknown ids are left out. */
export async function readWithCursors(
  graph: StandaloneGraph,
  owner: Owner,
  namespaceIds: readonly string[],
): Promise<NamespaceWithCursor[]> {
  const { connectorId } = owner;
  const keys = namespaceIds.map((id) => namespaceKey(connectorId, id));
  const found = await graph.run(byKeys, { keys, prefix: prefixOf(owner) });
  return found.filter(({ namespace }) => isReadable(connectorId, namespace)).map(withPoint);
}
