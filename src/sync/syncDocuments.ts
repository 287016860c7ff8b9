/**
 * Documents of the connector's own collections, except its settings (see connectorDocument.ts). Here and there, times are
 * integers: milliseconds since the Unix epoch, UTC. An absent field and a null field differ in a stored document, so an
 * optional field without a value is absent.
 */
import type { ItemHint } from './events';
import type { FilterFacts } from './filters';
import type { Role } from './pipesHubDocuments';

/** A member or group that a member list names. Its user or group document is looked up when edges are made. */
export interface Principal {
  /** `dbmid:…` of a member, `g:…` of a group. People outside the team and invitees are never stored. */
  id: string;
  kind: 'user' | 'group';
  role: Role;
}

/** `dropboxMembers`: one member of the team. memberState.ts says how the flags change. */
export interface MemberDocument {
  _key: string;
  connectorId: string;
  teamMemberId: string;
  accountId: string | null;
  /** Lower case. */
  email: string;
  displayName: string;
  status: 'active' | 'invited' | 'suspended' | 'removed' | 'other';
  homeNamespaceId: string | null;
  rootNamespaceId: string | null;
  groupIds: string[];
  /** Key of the member's document in `users`; null when they are not active and never had one. */
  userKey: string | null;
  /**
   * The stored member lists have to be applied to this member again: their status, e-mail or user document changed. Set
   * in the transaction of the change, cleared when their edges are right.
   */
  accessDue: boolean;
  /**
   * The member has joined or rejoined. Lists that were read before may have named them as someone outside the team, and
   * the stored lists leave such people out. Set until the lists are read again.
   */
  returned?: true;
  /** The team's list leaves the member out, and Dropbox does not answer when it is asked for them by id. */
  notSeen?: NotSeen;
  /**
   * Hash of the member's groups when the files they received were last read: with other groups they may have received
   * other files. A value that is no such hash means that they have to be asked again. Absent or null while no received
   * files of theirs are stored.
   */
  receivedAs?: string | null;
  updatedAt: number;
}

/** The fields of a member's document that Dropbox gives. `groupIds` includes the system group of all members. */
export type TeamMember = Pick<
  MemberDocument,
  'teamMemberId' | 'accountId' | 'email' | 'displayName' | 'status' | 'homeNamespaceId' | 'rootNamespaceId' | 'groupIds'
>;

/**
 * Something was looked for and not found: it may be gone, or the answer was wrong. A later run that does not see it
 * either, at least `confirmAfter` after the first one, confirms that it is gone.
 */
export interface NotSeen {
  /** The run that did not see it first. */
  runId: string;
  /** ms */
  since: number;
}

export type NamespaceKind = 'team_folder' | 'shared_folder' | 'personal' | 'app_folder' | 'team_root' | 'received';

/** What awaits an operator's approval: more deletions or revocations than the deletion guard lets pass. */
export interface HeldChanges {
  deletes: number;
  revokes: number;
  /** Items of the namespace, or permissions on it, that `deletes` or `revokes` are a part of. */
  total: number;
  /** A few of the paths. */
  samples: string[];
  /** ms */
  since: number;
  /** The run that counted it last. */
  runId: string;
  /** Held only because of what the whole run removes. A later run, which counts from zero, still holds it. */
  forConnector: boolean;
  /** An operator's answer, with the figures that it is for. Absent: no one has answered. */
  answer?: HeldAnswer;
}

export interface HeldAnswer {
  decision: 'approved' | 'rejected';
  /** What was shown. Of what was approved, the part that has not been carried out. */
  deletes: number;
  revokes: number;
  /** ms */
  at: number;
}

/** What the deletion guard has let pass in a namespace that is being listed or removed. */
export interface AllowedDeletions {
  /** Records that may be deleted, in this run. */
  deletes: number;
  runId: string;
  /** Up to where it is valid: the cursor of a page, a sweep, or the removal of the namespace. */
  until: string;
  /** Deleted paths on the pages up to `until` that are not committed yet. */
  paths: number;
  /**
   * Stored records at and below these paths, including those that only move. Absent: the guard has to be asked again.
   */
  records?: number;
}

/** `dropboxNamespaces`: one namespace, who may read it, and how it is listed. namespaceState.ts leads to how it changes. */
export interface NamespaceDocument {
  _key: string;
  connectorId: string;
  namespaceId: string;
  kind: NamespaceKind;
  name: string;
  /** team_member_id, for personal and app folders. */
  ownerMemberId: string | null;
  parentNamespaceId: string | null;
  inheritsAccess: boolean;
  /** External id of the record group in PipesHub: the owner's dbmid for a personal folder, else the namespace id. */
  externalGroupId: string;
  recordGroupKey: string;
  /** Every member and group of the team that can read it, directly or by inheritance; null until it was read once. */
  principals: Principal[] | null;
  /** When `principals` was last read, ms; null: never. */
  membersReadAt: number | null;
  /** Its member list is stale and has to be read: it is new, an event named it, or the last reading is too old. */
  due: boolean;
  /** Acting member of its folder cursor: team_member_id, `admin` (Select-Admin), or null while no one is assigned. */
  delegate: string | null;
  /** What this run or the next one has to do with it. */
  work: 'none' | 'continue' | 'relist' | 'remove';
  /** Why no one can list it, or why its member list could not be read; each one is a gap of the run. */
  problem: string | null;
  /** Why its last listing was given up. It counts until the namespace has been listed to its end. */
  listingProblem?: string | null;
  /** How often a page of its listing did not arrive in time, since it was last listed to its end. */
  timeouts?: number | null;
  /**
   * Set when no admin and no active member can see it, though it is in the team's list: a folder that is owned outside
   * the team and shared with suspended or invited members only. Hash of the active members who were asked, with their
   * groups: when these change, someone else may see it.
   */
  unseenBy?: string;
  /** Everyone who was asked is refused. Its content stays, and grants nothing, until a later run confirms it. */
  notSeen?: NotSeen;
  /** Of the namespace of received files: what events named that the listings of this run may still show. */
  waitingHints?: ItemHint[];
  /** Fencing token: the attempt that last started to list it. Every transaction of a listing checks it. */
  attempt?: string;
  /** Generation of the listing in progress (mark and sweep); null when there is none. */
  mark: string | null;
  /**
   * The last complete listing left out items about which Dropbox did not answer, or too many to ask for. What the
   * listing of a later run leaves out as well is gone.
   */
  leftOut?:
    | (NotSeen & {
        /** Generation of that listing. What it or a later listing has seen was not left out. */
        generation: string;
      })
    | null;
  /**
   * Its member list has an access level that is unknown to this version, or differs from what was stored: one answer may
   * be wrong, so the next run reads it again.
   */
  readAgain?: boolean;
  /**
   * Either the run in which its member list first named no owner, although it should (a later run may confirm it), or
   * the reason why it may name none.
   */
  ownerless?: string | null;
  /** Deletions that await approval: of items, of what a listing has not seen, or of all of it. Null: there are none. */
  held: HeldChanges | null;
  /** Revocations by its member list that await approval. */
  heldRevocations: HeldChanges | null;
  /** Records that the filters exclude now, and that await approval to be deleted. */
  heldFilters: HeldChanges | null;
  /** What the deletion guard has let pass. Null: it has to be asked before anything is deleted. */
  allowed: AllowedDeletions | null;
  updatedAt: number;
}

/** `dropboxEntries`: one path of one namespace. A deleted entry has no id, so it is resolved by its path here. */
export interface EntryDocument {
  _key: string;
  connectorId: string;
  namespaceId: string;
  /** path_lower relative to the namespace. */
  path: string;
  /**
   * Hex of the UTF-8 bytes of `path`. ArangoDB sorts strings by ICU collation, in which a range over paths is not a
   * subtree. Over hex digits, collation and byte order agree, so a subtree is one index range.
   */
  position: string;
  /** Key of the entry of the containing folder, whether or not that entry exists (yet). */
  parentKey: string;
  kind: 'file' | 'folder' | 'mount';
  /** Dropbox `id:…`. */
  itemId: string;
  /** Key in `records`; null for a mount point, and for a file that a filter keeps out. */
  recordKey: string | null;
  /** The namespace that is mounted at a mount point. Absent for anything else. */
  mounts?: string;
  /** Generation of the last complete listing that saw it. */
  mark: string;
  /** Set while no member's list shows a received file: it grants nothing until a later run confirms that it is gone. */
  notSeen?: NotSeen;
  /** Direct principals of a file that has members of its own. */
  principals?: Principal[];
  /** Their ids, for an array index; absent when there are none. */
  sharedWith?: string[];
  /** When `principals` was read, ms. */
  membersReadAt?: number;
  /**
   * true: its members have to be read again, since an event named the file or its list has changed. Absent otherwise:
   * its index is sparse.
   */
  membersDue?: boolean;
  /** What the filters look at, so that changed filters need no listing. */
  facts: FilterFacts;
}

/** `dropboxDetached`: a record that no entry points to any more. It is removed at the end of the run if it stays so. */
export interface OrphanDocument {
  /** The record's key. */
  _key: string;
  connectorId: string;
  namespaceId: string;
  runId: string;
  detachedAt: number;
  /** Ids of the user and group documents that had a direct edge to it: it may be among the files they received. */
  sharedWith?: string[];
}

export type RecordEventType = 'newRecord' | 'updateRecord' | 'reindexRecord' | 'deleteRecord' | 'bulkDeleteRecords';

/** `dropboxOutbox`: a record event for PipesHub, written in the transaction of the change that it reports. */
export interface OutboxDocument {
  _key: string;
  connectorId: string;
  /** Order of publication: `<time of the transaction, ms, 13 digits>-<position in it>`. */
  sequence: string;
  eventType: RecordEventType;
  recordKey: string;
  payload: Record<string, unknown>;
  createdAt: number;
}

/** `dropboxDeadLetters`: an item or event that could not be processed, and why. */
export interface DeadLetterDocument {
  _key: string;
  connectorId: string;
  kind: 'entry' | 'fileMembers' | 'group' | 'member';
  namespaceId: string | null;
  /** Path, item id or group id: together with `kind` enough to read the thing again. */
  subject: string;
  reason: string;
  attempts: number;
  firstSeenAt: number;
  lastSeenAt: number;
}
