import { failure } from '../../failures';
import { syncPointKey } from '../../sync/keys';
import { namespaceUpdate, type NamespacePatch } from '../../sync/namespaceState';
import type { SyncPointDocument } from '../../sync/pipesHubDocuments';
import type { GraphContext } from '../driver/context';
import { inTransaction, type FenceVars, type Graph, type StandaloneGraph } from '../driver/graph';
import { AS_GIVEN, defineQuery } from '../driver/query';
import { patchNamespaces } from './namespaces';
import { fencedStatement } from './runFence';
import { readSyncPoints, syncPointDocument, writeSyncPoints, type SyncPoint } from './syncPoints';

/**
 * PipesHub saves its sync points under keys of its own. If a name has several documents, this statement writes nothing,
 * and the transaction handles them.
 */
const store = defineQuery<
  {
    points: SyncPointDocument[];
    patches: { _key: string }[];
    since: { name: string; cursor: string | null }[];
  } & FenceVars,
  boolean
>(
  'progress.store',
  `LET stored = (
  FOR d IN syncPoints
    FILTER d.syncPointKey IN UNION_DISTINCT(@points[*].syncPointKey, @since[*].name)
    RETURN { name: d.syncPointKey, key: d._key, cursor: d.cursor }
)
LET moved = (
  FOR one IN @since
    FILTER FIRST(FOR d IN stored FILTER d.name == one.name RETURN d.cursor) != one.cursor
    RETURN 1
)
${fencedStatement(
  'LENGTH(stored) == LENGTH(UNIQUE(stored[*].name)) AND LENGTH(moved) == 0',
  `LET a = (
  FOR patch IN (go ? @patches : [])
    UPDATE patch._key WITH patch IN dropboxNamespaces OPTIONS { ${AS_GIVEN} }
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
    since: [{ name: 'o/c/records/n', cursor: null }],
    fence: null,
  },
);

export interface Progress {
  points: readonly SyncPoint[];
  /** What was found out about namespaces by reading at these cursors. */
  namespaces?: readonly NamespacePatch[];
  /**
   * The cursors that were read from, including those that have not moved; null: there was none. If the answer to the
   * request is lost, the server may carry it out late, and must not overwrite what was stored in the meantime.
   */
  since?: readonly { name: string; cursor: string | null }[];
}

/**
 * Stores cursors, and what was found out about namespaces, atomically: in one request, or in a transaction where that
 * is not enough. A cursor that has not moved is not written. @throws GraphConflict if one of the cursors was deleted or
 * replaced since it was read, and as every write of a run, see `graphOfRun`
 */
export async function storeProgress(
  graph: StandaloneGraph,
  context: GraphContext,
  { points, namespaces = [], since = [] }: Progress,
): Promise<void> {
  const moved = points.filter(
    ({ name, cursor }) => !since.some((read) => read.name === name && read.cursor === cursor),
  );
  if (moved.length + namespaces.length === 0) return;
  const isStored = await graph.tryStatement(store, {
    connectorId: context.connectorId,
    points: moved.map((point) => syncPointDocument(context, point)),
    patches: namespaces.map((patch) => namespaceUpdate(context, patch)),
    since: since.map(({ name, cursor }) => ({ name: syncPointKey(context.orgId, context.connectorId, name), cursor })),
  });
  if (isStored) return;
  await inTransaction(graph, ['syncPoints', 'dropboxNamespaces'], async (tx) => {
    await requireKept(tx, context, { since, points });
    await patchNamespaces(tx, context, namespaces);
    await writeSyncPoints(tx, context, moved);
  });
}

/**
 * Refuses to overwrite a cursor that has changed since it was read: a repair deletes cursors so that everything is read
 * from the start, and a later attempt stores newer ones. Where the answer to the single request was lost, the new
 * cursors may be stored already. @throws GraphConflict
 */
export async function requireKept(
  tx: Graph,
  context: GraphContext,
  { since, points }: Pick<Progress, 'points'> & { since: NonNullable<Progress['since']> },
): Promise<void> {
  const written = new Map(points.map(({ name, cursor }) => [name, cursor]));
  const stored = await readSyncPoints(
    tx,
    context,
    since.map(({ name }) => name),
  );
  for (const { name, cursor } of since) {
    const now = stored.get(name)?.cursor ?? null;
    if (now === cursor || (now !== null && now === written.get(name))) continue;
    const what = now === null ? 'deleted' : 'replaced';
    throw failure('GraphConflict', `the cursor ${name} was ${what} since it was read`);
  }
}
