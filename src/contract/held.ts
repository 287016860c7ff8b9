import { heldIn, type HeldField } from '../sync/deletionGuard';
import type { HeldAnswer, HeldChanges, NamespaceDocument } from '../sync/syncDocuments';

/** A namespace that awaits an operator's approval, since a run would delete or revoke too much in it. */
export interface HeldNamespace {
  namespaceId: string;
  deletes: number;
  revokes: number;
  total: number;
  /** An operator's answer. The next run acts on it; what was rejected stays as it is. */
  answer?: HeldAnswer['decision'];
  /** Added by the client from the graph, as are `samples`: no name and no path enters a workflow history. */
  name?: string;
  /** A few of the items, by path. */
  samples?: string[];
}

export const heldNamespace = (
  namespaceId: string,
  { deletes, revokes, total, answer }: HeldChanges,
): HeldNamespace => ({ namespaceId, deletes, revokes, total, ...(answer ? { answer: answer.decision } : {}) });

/** What a namespace holds: deletions and revocations apart. */
export const heldNamespaceOf = (namespace: Pick<NamespaceDocument, 'namespaceId' | HeldField>): HeldNamespace[] =>
  heldIn(namespace).map(({ held }) => heldNamespace(namespace.namespaceId, held));
