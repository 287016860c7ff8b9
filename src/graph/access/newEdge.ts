import type { Edge } from '../../sync/documents';
import { edgeKey } from '../../sync/keys';

/** The fields that every edge has. Its key follows from its ends, so that a repeat makes no second edge. */
export const newEdge = (now: number, from: string, to: string): Edge => ({
  _key: edgeKey(from, to),
  _from: from,
  _to: to,
  createdAtTimestamp: now,
  updatedAtTimestamp: now,
});
