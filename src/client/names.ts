import type { NamespacePreview, SyncOutcome, SyncProgress } from '../contract/sync';
import type { Graph } from '../graph/driver/graph';
import { namedGaps, readNamespaces } from '../graph/state/namespaces';
import type { NamespaceDocument } from '../sync/documents';

/** Reads the names of all namespaces from Dropbox. */
export type ReadNames = () => Promise<ReadonlyMap<string, string>>;

/**
 * Adds the names of namespaces, which workflows know by id only, and a few of the items whose deletion awaits approval.
 */
export async function namedProgress(graph: Graph, progress: SyncProgress): Promise<SyncProgress> {
  const { connectorId } = progress;
  const found = await storedNamespaces(graph, connectorId, progress.held);
  const held = progress.held.map((namespace) => {
    const stored = found.get(namespace.namespaceId);
    return stored ? { ...namespace, name: stored.name, samples: stored.held?.samples ?? [] } : namespace;
  });
  return { ...progress, held, gaps: await namedGaps(graph, connectorId, progress.gaps) };
}

/** Adds the names of namespaces. `readNames` is called for a dry run that has found new ones. */
export async function namedOutcome(graph: Graph, outcome: SyncOutcome, readNames: ReadNames): Promise<SyncOutcome> {
  const { connectorId, plan } = outcome;
  const gaps = await namedGaps(graph, connectorId, outcome.gaps);
  return { ...outcome, gaps, ...(plan ? { plan: await namedPlan(graph, connectorId, plan, readNames) } : {}) };
}

async function namedPlan(
  graph: Graph,
  connectorId: string,
  plan: readonly NamespacePreview[],
  readNames: ReadNames,
): Promise<NamespacePreview[]> {
  const stored = await storedNamespaces(graph, connectorId, plan);
  const isComplete = plan.every(({ namespaceId }) => stored.has(namespaceId));
  const read = isComplete ? new Map<string, string>() : await readNames();
  return plan.map((preview) => {
    const name = stored.get(preview.namespaceId)?.name ?? read.get(preview.namespaceId);
    return name === undefined ? preview : { ...preview, name };
  });
}

const storedNamespaces = (
  graph: Graph,
  connectorId: string,
  namespaces: readonly { namespaceId: string }[],
): Promise<Map<string, NamespaceDocument>> =>
  readNamespaces(
    graph,
    connectorId,
    namespaces.map(({ namespaceId }) => namespaceId),
  );
