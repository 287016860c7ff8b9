import { heldNamespace, type HeldNamespace } from '../contract/held';
import type { NamespacePreview, SyncOutcome, SyncProgress } from '../contract/sync';
import type { Graph } from '../graph/driver/graph';
import { heldNamespaces, namedGaps, readNamespaces } from '../graph/state/namespaces';
import { heldIn } from '../sync/deletionGuard';
import type { NamespaceDocument } from '../sync/syncDocuments';

/** Reads the names of all namespaces from Dropbox. */
export type ReadNames = () => Promise<ReadonlyMap<string, string>>;

/** What a namespace holds, with its name and a few of the items. */
export const namedHeld = (namespace: NamespaceDocument): HeldNamespace[] =>
  heldIn(namespace).map(({ held }) => ({
    ...heldNamespace(namespace.namespaceId, held),
    name: namespace.name,
    samples: held.samples,
  }));

/** Everything of a connector that is held, as the graph has it now. */
export async function allHeld(graph: Graph, connectorId: string): Promise<HeldNamespace[]> {
  return (await heldNamespaces(graph, connectorId)).flatMap(namedHeld);
}

/** Adds the names of namespaces, which workflows know by id only. What is held is read from the graph. */
export async function namedProgress(graph: Graph, progress: SyncProgress): Promise<SyncProgress> {
  const { connectorId } = progress;
  const held = await allHeld(graph, connectorId);
  return { ...progress, held, gaps: await namedGaps(graph, connectorId, progress.gaps) };
}

/** Adds the names of namespaces. `readNames` is called for a dry run that has found new ones. */
export async function namedOutcome(graph: Graph, outcome: SyncOutcome, readNames: ReadNames): Promise<SyncOutcome> {
  const { connectorId, plan } = outcome;
  const gaps = await namedGaps(graph, connectorId, outcome.gaps);
  // A memo, and the result of another version, may lack it.
  const heldThen = (outcome as Partial<SyncOutcome>).held ?? [];
  const stored = await storedNamespaces(graph, connectorId, heldThen);
  const held = heldThen.map((one) => ({ ...one, ...nameOf(stored.get(one.namespaceId)) }));
  return { ...outcome, gaps, held, ...(plan ? { plan: await namedPlan(graph, connectorId, plan, readNames) } : {}) };
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

const nameOf = (namespace: NamespaceDocument | undefined): { name?: string } =>
  namespace === undefined ? {} : { name: namespace.name };

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
