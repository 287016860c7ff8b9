import { failure } from '../../failures';
import type { SyncFilters } from '../../sync/connectorDocument';
import { entryKey, namespaceKey } from '../../sync/keys';
import { noCounts, type BatchCounts, type ListedNamespace } from '../../sync/planTypes';
import { inSpan } from '../../tracing';
import type { StandaloneGraph, Transaction } from '../driver/graph';
import { readAttempt } from '../state/namespaces';
import type { StoredGuess } from './storedGuess';

export interface CommitContext {
  graph: StandaloneGraph;
  namespace: ListedNamespace;
  filters: SyncFilters;
  batchSize: number;
  /** The generation of this listing. Each entry that it sees gets it as its `mark`. */
  generation: string;
  runId: string;
  now: () => number;
  /** Called after each transaction: a point at which a listing may stop. It may throw. */
  onBatch: OnBatch;
  /** The fencing token of this attempt. Each transaction checks that no other attempt has taken over the namespace. */
  attempt?: string;
  /** Saves look-ups, if given. */
  guess?: StoredGuess;
}

export type OnBatch = (batch: { items: number; seconds: number }) => void;

/** Carries out the transaction of one batch, and reports it. */
export async function reported<T>(onBatch: OnBatch, items: number, transaction: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await inSpan('commit', { 'batch.items': items }, transaction);
  onBatch({ items, seconds: (performance.now() - startedAt) / 1000 });
  return result;
}

/** The namespace of a batch, and the attempt that has to own it. */
export type BatchOwner = Pick<CommitContext, 'namespace' | 'attempt'>;

export interface CommitCounts extends BatchCounts {
  deadLetters: number;
}
export const noCommitCounts = (): CommitCounts => ({ ...noCounts(), deadLetters: 0 });

export function addCounts(total: CommitCounts, more: CommitCounts): void {
  for (const name of Object.keys(more) as (keyof CommitCounts)[]) total[name] += more[name];
}

export const keyOf = (context: BatchOwner, path: string): string =>
  entryKey(context.namespace.connectorId, context.namespace.namespaceId, path);

/**
 * Fences off a zombie attempt: one that Temporal has timed out, but that still runs, for example after its machine was
 * suspended. Its page is outdated, and its cursor would move the namespace back. @throws GraphConflict
 */
export async function assertStillOwner({ namespace, attempt }: BatchOwner, tx: Transaction): Promise<void> {
  if (attempt === undefined) return;
  const stored = await readAttempt(tx, namespaceKey(namespace.connectorId, namespace.namespaceId));
  if (stored !== attempt) throw lostOwnership(namespace.namespaceId);
}

export const lostOwnership = (namespaceId: string): Error =>
  failure('GraphConflict', `another attempt has taken over namespace ${namespaceId}`);
