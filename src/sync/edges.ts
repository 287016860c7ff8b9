import { edgeKey } from './keys';
import type { Edge, PrincipalType } from './pipesHubDocuments';
import type { Principal } from './syncDocuments';

/** A new edge, with a key derived from its ends. Fields of one collection (role, type, …) are added by the caller. */
export const newEdge = (from: string, to: string, now: number): Edge => ({
  _key: edgeKey(from, to),
  _from: from,
  _to: to,
  createdAtTimestamp: now,
  updatedAtTimestamp: now,
});

/** The `type` that a permission edge has for a principal. */
export const principalType = ({ kind }: Pick<Principal, 'kind'>): PrincipalType => (kind === 'user' ? 'USER' : 'GROUP');
