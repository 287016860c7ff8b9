import type { Principal } from '../../sync/documents';

/** Who can read single files of a page, in addition to those who can read the whole namespace. */
export interface FileMembers {
  /** By item id. A file that is not in here has no members of its own, and loses those that are stored. */
  principals: ReadonlyMap<string, Principal[]>;
  /** The vertex of a principal in the graph (`users/…`, `groups/…`), or null for one who is granted nothing. */
  vertexOf: (principal: Principal) => string | null;
}

/** For a page none of whose files has members of its own. */
export const noFileMembers: FileMembers = { principals: new Map(), vertexOf: () => null };
