import type { ConnectorDocument } from '../../sync/connectorDocument';
import { syncPointDocumentKey, syncPointKey } from '../../sync/keys';
import type { SyncPointDocument } from '../../sync/pipesHubDocuments';
import type { GraphContext } from '../driver/context';
import type { Graph, StandaloneGraph } from '../driver/graph';
import { readWithParts, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { connectorOf, unknownConnector } from './connectors';

/**
 * A cursor, stored as one of PipesHub's sync points. PipesHub orders a full sync by deleting a connector's sync points
 * and nearly all of its edges, which the connector then has to write again. So cursors are kept where PipesHub deletes
 * them: once they are gone, everything is read again.
 */
export interface SyncPoint {
  /** For example `DRIVE/shared_folders/<namespace id>`; see src/sync/keys.ts. */
  name: string;
  cursor: string;
  /** The person that a folder cursor is bound to: a member's id, or `admin:` and the admin's id. */
  boundTo?: string;
}

/**
 * Sync points are found by `syncPointKey`, not by `_key`: PipesHub saves its sync points without a `_key`, so ArangoDB
 * generates a random one for each.
 */
const byName = defineQuery<{ names: string[] }, SyncPointDocument>(
  'syncPoints.byName',
  `FOR point IN syncPoints
     FILTER point.syncPointKey IN @names
     SORT point._key
     RETURN point`,
  { names: ['org/connector/records/name'] },
);

const withConnector = defineQuery<
  { connectorId: string; name: string },
  { connector: unknown; points: SyncPointDocument[] }
>(
  'syncPoints.withConnector',
  `FOR connector IN dropboxConnectors
     FILTER connector._key == @connectorId
     LET name = CONCAT(connector.orgId, "/", @connectorId, "/records/", @name)
     LET points = (FOR point IN syncPoints FILTER point.syncPointKey == name SORT point._key LIMIT 1 RETURN point)
     RETURN { connector, points }`,
  { connectorId: 'connector', name: 'name' },
);

type Owner = Pick<GraphContext, 'orgId' | 'connectorId'>;

const fullName = (owner: Owner, name: string): string => syncPointKey(owner.orgId, owner.connectorId, name);

export type StoredPoint = Partial<Pick<SyncPointDocument, 'cursor' | 'boundTo'>>;

/** null if the stored cursor is missing or malformed: then there is no cursor to continue from. */
export const pointOf = (name: string, { cursor, boundTo }: StoredPoint): SyncPoint | null =>
  typeof cursor === 'string' && cursor !== '' ? { name, cursor, ...(boundTo === undefined ? {} : { boundTo }) } : null;

/** The stored cursors, by name. Names without a cursor are absent. */
export async function readSyncPoints(
  graph: Graph,
  owner: Owner,
  names: readonly string[],
): Promise<Map<string, SyncPoint>> {
  const wanted = new Map(names.map((name) => [fullName(owner, name), name]));
  const points = new Map<string, SyncPoint>();
  if (wanted.size === 0) return points;
  for (const stored of await graph.run(byName, { names: [...wanted.keys()] })) {
    const name = wanted.get(stored.syncPointKey);
    const point = name === undefined || points.has(name) ? null : pointOf(name, stored);
    if (point) points.set(point.name, point);
  }
  return points;
}

/** Reads one cursor; null where none is stored. */
export async function readSyncPoint(graph: Graph, owner: Owner, name: string): Promise<SyncPoint | null> {
  return (await readSyncPoints(graph, owner, [name])).get(name) ?? null;
}

/** A connector, one of its cursors, when that was stored (ms), and `more`, in one request. @throws ConnectorUnknown */
export async function readWithSyncPoint(
  graph: StandaloneGraph,
  connectorId: string,
  name: string,
  more: readonly Part[] = [],
): Promise<{ connector: ConnectorDocument; point: SyncPoint | null; storedAt: number }> {
  const [found] = await readWithParts(graph, withConnector, { connectorId, name }, more);
  if (!found) throw unknownConnector(connectorId);
  const [stored] = found.points;
  const point = stored ? pointOf(name, stored) : null;
  const storedAt: unknown = stored?.updatedAtTimestamp;
  return { connector: connectorOf(found.connector), point, storedAt: typeof storedAt === 'number' ? storedAt : 0 };
}

/**
 * Writes cursors. A cursor that covers data is written in the transaction of that data, so that it never passes items
 * that are not stored. That transaction has to declare `syncPoints`. If PipesHub has stored a sync point of the same
 * name, that document is overwritten under the key that ArangoDB generated for it, and any duplicates of the name are
 * removed.
 */
export async function writeSyncPoints(
  graph: Graph,
  context: GraphContext,
  points: readonly SyncPoint[],
): Promise<void> {
  if (points.length === 0) return;
  const names = points.map((point) => fullName(context, point.name));
  const keys = new Map<string, string>();
  const duplicates: string[] = [];
  for (const stored of await graph.run(byName, { names })) {
    if (keys.has(stored.syncPointKey)) duplicates.push(stored._key);
    else keys.set(stored.syncPointKey, stored._key);
  }
  const documents = points.map((point) => {
    const document = syncPointDocument(context, point);
    return { ...document, _key: keys.get(document.syncPointKey) ?? document._key };
  });
  await graph.insertAll('syncPoints', documents, 'replace');
  if (duplicates.length > 0) await graph.removeAll('syncPoints', duplicates);
}

/**
 * The document of a cursor, for a batch that writes a folder cursor with its items. PipesHub writes no sync points with
 * the names of folder cursors, so each has the key that is derived from its name, and no look-up is needed.
 */
export function syncPointDocument(context: GraphContext, { name, cursor, boundTo }: SyncPoint): SyncPointDocument {
  const key = fullName(context, name);
  return {
    _key: syncPointDocumentKey(key),
    syncPointKey: key,
    orgId: context.orgId,
    connectorId: context.connectorId,
    syncDataPointType: 'records',
    cursor,
    updatedAtTimestamp: context.now,
    ...(boundTo === undefined ? {} : { boundTo }),
  };
}

/** Deletes cursors by name, and returns how many existed. */
export async function deleteSyncPoints(graph: Graph, owner: Owner, names: readonly string[]): Promise<number> {
  if (names.length === 0) return 0;
  const stored = await graph.run(byName, { names: names.map((name) => fullName(owner, name)) });
  const keys = stored.map((point) => point._key);
  return graph.removeAll('syncPoints', keys);
}
