import { failure } from '../../failures';
import type { SyncFilters } from '../../sync/documents';
import { entryKey, namespaceKey } from '../../sync/keys';
import type { StandaloneGraph, Transaction } from '../driver/graph';
import { readAttempt } from '../state/namespaces';
import { noCounts, type BatchCounts, type ListedNamespace } from '../../sync/planTypes';

/** Everything that is the same for all batches of one listing. */
export interface CommitContext {
  graph: StandaloneGraph;
  namespace: ListedNamespace;
  filters: SyncFilters;
  batchSize: number;
  generation: string;
  runId: string;
  now: () => number;
  /** Called after each transaction: the border at which a listing may stop. */
  onBatch: () => void;
  /** Other batches are committed at the same time. */
  concurrent?: boolean;
  /** The attempt that commits, where another one may have taken over since: each transaction makes sure of it. */
  attempt?: string;
}

/** The namespace that a batch belongs to, and the attempt that has to own it. */
export type BatchOwner = Pick<CommitContext, 'namespace' | 'attempt'>;

export interface CommitCounts extends BatchCounts {
  deadLetters: number;
}
export const noCommitCounts = (): CommitCounts => ({ ...noCounts(), deadLetters: 0 });

export function addCounts(total: CommitCounts, more: CommitCounts): void {
  for (const name of Object.keys(total) as (keyof CommitCounts)[]) total[name] += more[name];
}

export const keyOf = (context: BatchOwner, path: string | undefined): string =>
  entryKey(context.namespace.connectorId, context.namespace.namespaceId, path ?? '');

/**
 * An attempt that Temporal has given up may live on, as when its machine stood still: what it read is old by now, and its
 * cursor would lead back. @throws GraphConflict
 */
export async function assertStillOwner({ namespace, attempt }: BatchOwner, tx: Transaction): Promise<void> {
  if (attempt === undefined) return;
  const stored = await readAttempt(tx, namespaceKey(namespace.connectorId, namespace.namespaceId));
  if (stored !== attempt) throw lostOwnership(namespace.namespaceId);
}

export const lostOwnership = (namespaceId: string): Error =>
  failure('GraphConflict', `another attempt has taken over namespace ${namespaceId}`);
