import type { Edge, PrincipalType } from './pipesHubDocuments';
import type { Principal } from './syncDocuments';
import { edgeKey } from './keys';

/** A new edge; what a collection wants besides (role, type, …) is spread over it. Its key is derived from its ends. */
export const newEdge = (from: string, to: string, now: number): Edge => ({
  _key: edgeKey(from, to),
  _from: from,
  _to: to,
  createdAtTimestamp: now,
  updatedAtTimestamp: now,
});

/** The `type` that a permission edge has for a principal. */
export const principalType = ({ kind }: Pick<Principal, 'kind'>): PrincipalType => (kind === 'user' ? 'USER' : 'GROUP');
