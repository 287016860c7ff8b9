import type { RunRemovals } from '../../sync/connectorDocument';
import type { Limits } from '../../sync/deletionGuard';
import { namespaceKey } from '../../sync/keys';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { Graph, Transaction } from '../driver/graph';
import { defineQuery } from '../driver/query';

interface StoredState {
  limits: Limits;
  removals: RunRemovals | null;
  namespace: NamespaceDocument | null;
}

const state = defineQuery<{ connectorId: string; namespace: string }, StoredState>(
  'guardState.state',
  `FOR connector IN dropboxConnectors
     FILTER connector._key == @connectorId
     LET namespace = FIRST(FOR n IN dropboxNamespaces FILTER n._key == @namespace RETURN UNSET(n, "_id", "_rev"))
     RETURN { limits: connector.brake, removals: connector.removals, namespace: namespace }`,
  { connectorId: 'connector', namespace: 'key' },
);

const entryCount = defineQuery<{ connectorId: string }, number>(
  'guardState.entryCount',
  `FOR entry IN dropboxEntries
     FILTER entry.connectorId == @connectorId
     COLLECT WITH COUNT INTO entries
     RETURN entries`,
  { connectorId: 'connector' },
);

const grantCount = defineQuery<{ connectorId: string }, number>(
  'guardState.grantCount',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace.connectorId == @connectorId
     COLLECT AGGREGATE grants = SUM(LENGTH(namespace.principals))
     RETURN grants`,
  { connectorId: 'connector' },
);

/** What the deletion guard needs to know before something of a namespace is removed. */
export interface GuardState {
  limits: Limits;
  /** What this run has removed so far. */
  removals: RunRemovals;
  namespace: NamespaceDocument;
}

/** null if the connector or the namespace is gone. */
export async function readGuardState(
  graph: Graph,
  { connectorId, namespaceId, runId }: { connectorId: string; namespaceId: string; runId: string },
): Promise<GuardState | null> {
  const [stored] = await graph.run(state, { connectorId, namespace: namespaceKey(connectorId, namespaceId) });
  if (!stored?.namespace) return null;
  const { limits, namespace, removals } = stored;
  if (removals?.runId === runId) return { limits, namespace, removals };
  // Counting all entries takes a moment, so it is done once in a run, and only if that run removes something.
  const [entries = 0] = await graph.run(entryCount, { connectorId });
  const [grants = 0] = await graph.run(grantCount, { connectorId });
  return { limits, namespace, removals: { runId, entries, grants, deletes: 0, confirmed: 0, revokes: 0 } };
}

export async function writeRemovals(tx: Transaction, connectorId: string, removals: RunRemovals): Promise<void> {
  await tx.updateAll('dropboxConnectors', [{ _key: connectorId, removals } as { _key: string }]);
}
