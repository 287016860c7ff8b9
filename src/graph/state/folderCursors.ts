import type { NamespaceDocument } from '../../sync/documents';
import { folderCursorName, syncPointKey } from '../../sync/keys';
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

const all = defineQuery<
  { connectorId: string; prefix: string },
  { namespace: NamespaceDocument; stored: StoredPoint | null }
>(
  'folderCursors.all',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     LET stored = FIRST(
       FOR point IN syncPoints
         FILTER point.syncPointKey == CONCAT(@prefix, namespace.namespaceId)
         SORT point._key
         LIMIT 1
         RETURN KEEP(point, "cursor", "boundTo")
     )
     RETURN { namespace: UNSET(namespace, "_id", "_rev"), stored }`,
  { connectorId: 'connector', prefix: 'org/connector/records/folders/' },
);

/**
 * All namespaces of a connector with their cursors, in batches. `onUnreadable` gets the key of each document that can't be
 * used.
 */
export async function* namespacesWithCursors(
  graph: StandaloneGraph,
  { connectorId, orgId }: Pick<GraphContext, 'connectorId' | 'orgId'>,
  onUnreadable: (key: string) => void = () => undefined,
): AsyncGenerator<NamespaceWithCursor[]> {
  const prefix = syncPointKey(orgId, connectorId, folderCursorName(''));
  for await (const batch of graph.stream(all, { connectorId, prefix }, PER_BATCH)) {
    yield batch.flatMap(({ namespace, stored }) => {
      if (isReadable(connectorId, namespace))
        return [{ namespace, point: stored && pointOf(folderCursorName(namespace.namespaceId), stored) }];
      onUnreadable(namespace._key);
      return [];
    });
  }
}
