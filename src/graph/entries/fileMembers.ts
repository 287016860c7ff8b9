import type { Principal } from '../../sync/syncDocuments';

/** The member lists of files of a page, in addition to the member list of their namespace. */
export interface FileMembers {
  /** Keyed by item id. A file that is absent has no member list, and loses the one that is stored. */
  principals: ReadonlyMap<string, Principal[]>;
  /** Item ids of files whose member list was not understood: the sharing phase reads it again. */
  due?: ReadonlySet<string>;
  /** The vertex of a principal (`users/…` or `groups/…`), or null if the principal is granted nothing. */
  vertexOf: (principal: Principal) => string | null;
}

export const noFileMembers: FileMembers = { principals: new Map(), vertexOf: () => null };
