import type { AccessPath } from '../graph/readers/accessPaths';
import type { MemberDocument } from '../sync/syncDocuments';

export interface ExplainRequest {
  /** E-mail address. */
  user: string;
  /** As the user sees it in Dropbox, or `ns:<namespace id>/path`, or a folder's name and the path in it. */
  path?: string | undefined;
  /** Key of the record, or its `id:…` in Dropbox. */
  record?: string | undefined;
}

/** Why a user can or can't read an item. */
export interface Explanation {
  connectorId: string;
  user: {
    email: string;
    userKey: string | null;
    /** An active account in PipesHub. Without one, the edges take effect when there is one. */
    hasAccount: boolean;
    teamMemberId: string | null;
    status: MemberDocument['status'] | null;
  };
  item: { recordKey: string; itemId: string; name: string; places: ItemPlace[] };
  /** What PipesHub's readers answer, and the chains of edges that lead there. */
  graph: { allowed: boolean; hasApp: boolean; paths: AccessPath[] };
  /** allowed null: Dropbox could not be asked. */
  dropbox: { allowed: boolean | null; reason: string };
  /** null: Dropbox could not be asked. */
  agree: boolean | null;
  /** The explanation in sentences. */
  sentences: string[];
}

/** A location of an item, and how many members and groups are on the member list of its folder. */
export interface ItemPlace {
  namespaceId: string;
  /** Name of the folder. */
  name: string;
  path: string;
  people: number;
  groups: number;
}
