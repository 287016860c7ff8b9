import { failure } from '../../failures';
import type { SyncPointDocument } from '../../sync/documents';
import { syncPointKey } from '../../sync/keys';
import { namespaceUpdate, type NamespacePatch } from '../../sync/namespaceState';
import type { GraphContext } from '../driver/context';
import { inTransaction, type FenceVars, type Graph, type StandaloneGraph } from '../driver/graph';
import { AS_GIVEN, defineQuery } from '../driver/query';
import { patchNamespaces } from './namespaces';
import { fencedStatement } from './runFence';
import { readSyncPoints, syncPointDocument, writeSyncPoints, type SyncPoint } from './syncPoints';

/** PipesHub saves its sync points under keys of its own. A name with several documents is left to the transaction. */
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
  /** What the points have shown. */
  namespaces?: readonly NamespacePatch[];
  /**
   * All cursors that this is read from, also those that stay; null: there was none. Where the answer to the one request is
   * lost, the server may carry it out late, and must not take back what was stored since.
   */
  since?: readonly { name: string; cursor: string | null }[];
}

/**
 * Stores cursors, and what they have shown of namespaces, all or nothing: in one request, or in a transaction where
 * that is not enough. A cursor that is still the one that it was read from is stored already. @throws GraphConflict if
 * one of the cursors was deleted or replaced since it was read, and as every write of a run, see `graphOfRun`
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
 * A repair deletes cursors, so that what they stand for is read from the start: it must not be undone. A later attempt
 * stores others, which this one must not take back. Where the answer to the one request was lost, the new cursors are
 * stored already.
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
