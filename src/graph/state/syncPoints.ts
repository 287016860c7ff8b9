import { syncPointDocumentKey, syncPointKey } from '../../sync/keys';
import type { SyncPointDocument } from '../../sync/documents';
import type { GraphContext } from '../driver/context';
import { defineQuery } from '../driver/query';
import type { Graph } from '../driver/graph';

export interface SyncPoint {
  /** Such as `DRIVE/shared_folders/<namespace id>`; see src/sync/keys.ts. */
  name: string;
  cursor: string;
  /** Whom a folder cursor is bound to. */
  boundTo?: string;
}

/** PipesHub leaves the keys of its sync points to the server, so they are found by `syncPointKey`. */
const byName = defineQuery<{ names: string[] }, SyncPointDocument>(
  'syncPoints.byName',
  `FOR point IN syncPoints
     FILTER point.syncPointKey IN @names
     SORT point._key
     RETURN point`,
  { names: ['org/connector/records/name'] },
);

const anyOne = defineQuery<{ connectorId: string }, string>(
  'syncPoints.any',
  `FOR point IN syncPoints
     FILTER point.connectorId == @connectorId
     LIMIT 1
     RETURN point._key`,
  { connectorId: 'connector' },
);

type Owner = Pick<GraphContext, 'orgId' | 'connectorId'>;

const fullName = (owner: Owner, name: string): string => syncPointKey(owner.orgId, owner.connectorId, name);

/** The cursors that are stored, by name; names without one are absent. */
export async function readSyncPoints(
  graph: Graph,
  owner: Owner,
  names: readonly string[],
): Promise<Map<string, SyncPoint>> {
  const wanted = new Map(names.map((name) => [fullName(owner, name), name]));
  const points = new Map<string, SyncPoint>();
  if (wanted.size === 0) return points;
  for (const { syncPointKey: stored, cursor, boundTo } of await graph.run(byName, { names: [...wanted.keys()] })) {
    const name = wanted.get(stored);
    if (name === undefined || points.has(name)) continue;
    points.set(name, { name, cursor, ...(boundTo === undefined ? {} : { boundTo }) });
  }
  return points;
}

/** One cursor, or null. */
export async function readSyncPoint(graph: Graph, owner: Owner, name: string): Promise<SyncPoint | null> {
  return (await readSyncPoints(graph, owner, [name])).get(name) ?? null;
}

/**
 * Writes cursors, many at once. Inside the transaction of the data that they cover when `step` is a transaction's
 * (which has to declare `syncPoints`), else alone. A cursor that PipesHub stored under a key of its own is overwritten
 * there; doubles of it are removed.
 */
export async function writeSyncPoints(
  graph: Graph,
  context: GraphContext,
  points: readonly SyncPoint[],
): Promise<void> {
  if (points.length === 0) return;
  const names = points.map((point) => fullName(context, point.name));
  const keys = new Map<string, string>();
  const doubles: string[] = [];
  for (const stored of await graph.run(byName, { names })) {
    if (keys.has(stored.syncPointKey)) doubles.push(stored._key);
    else keys.set(stored.syncPointKey, stored._key);
  }
  const documents = points.map(({ name, cursor, boundTo }): SyncPointDocument => {
    const key = fullName(context, name);
    return {
      _key: keys.get(key) ?? syncPointDocumentKey(key),
      syncPointKey: key,
      orgId: context.orgId,
      connectorId: context.connectorId,
      syncDataPointType: 'records',
      cursor,
      updatedAtTimestamp: context.now,
      ...(boundTo === undefined ? {} : { boundTo }),
    };
  });
  await graph.insertAll('syncPoints', documents, 'replace');
  if (doubles.length > 0) await graph.removeAll('syncPoints', doubles);
}

/**
 * The document of a folder cursor, for a batch that writes it with its items. Names of folder cursors are the connector's
 * own (one a namespace), so PipesHub has none of them under another key.
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

/** Forgets cursors by name; inside a transaction or alone. */
export async function deleteSyncPoints(graph: Graph, owner: Owner, names: readonly string[]): Promise<number> {
  if (names.length === 0) return 0;
  const stored = await graph.run(byName, { names: names.map((name) => fullName(owner, name)) });
  return graph.removeAll(
    'syncPoints',
    stored.map((point) => point._key),
  );
}

/** Whether the connector has any cursor. PipesHub orders a full sync by deleting them all, and nearly all edges too. */
export async function anySyncPoint(graph: Graph, connectorId: string): Promise<boolean> {
  return (await graph.run(anyOne, { connectorId })).length > 0;
}
