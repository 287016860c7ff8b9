import { namedGaps, readNamespaces } from '../graph/state/namespaces';
import type { NamespacePreview, SyncOutcome, SyncProgress } from '../contract/sync';
import type { Graph } from '../graph/driver/graph';

/** Names of namespaces that are not stored yet, from Dropbox's own list. */
export type ListedNames = () => Promise<ReadonlyMap<string, string>>;

/** Workflows know namespaces by id: a person is shown names, and some of the items that are held back. */
export async function progressWithNames(graph: Graph, progress: SyncProgress): Promise<SyncProgress> {
  const { connectorId } = progress;
  const found = await readNamespaces(
    graph,
    connectorId,
    progress.held.map(({ namespaceId }) => namespaceId),
  );
  const held = progress.held.map((one) => {
    const stored = found.get(one.namespaceId);
    return stored ? { ...one, name: stored.name, samples: stored.held?.samples ?? [] } : one;
  });
  return { ...progress, held, gaps: await namedGaps(graph, connectorId, progress.gaps) };
}

export async function outcomeWithNames(graph: Graph, outcome: SyncOutcome, listed: ListedNames): Promise<SyncOutcome> {
  const { connectorId, plan } = outcome;
  const gaps = await namedGaps(graph, connectorId, outcome.gaps);
  return { ...outcome, gaps, ...(plan ? { plan: await planWithNames(graph, connectorId, plan, listed) } : {}) };
}

async function planWithNames(
  graph: Graph,
  connectorId: string,
  plan: readonly NamespacePreview[],
  listed: ListedNames,
): Promise<NamespacePreview[]> {
  const found = await readNamespaces(
    graph,
    connectorId,
    plan.map(({ namespaceId }) => namespaceId),
  );
  // Before the first sync nothing is stored: then Dropbox is asked, one call per thousand namespaces.
  const fresh = plan.some(({ namespaceId }) => !found.has(namespaceId)) ? await listed() : new Map<string, string>();
  return plan.map((one) => {
    const name = found.get(one.namespaceId)?.name ?? fresh.get(one.namespaceId);
    return name === undefined ? one : { ...one, name };
  });
}
