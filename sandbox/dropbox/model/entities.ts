import type { Content } from './content';
import type { Journal } from './journal';

/** AccessLevel without `other`, listed from the highest to the lowest. */
export type Level = 'owner' | 'editor' | 'viewer' | 'viewer_no_comment' | 'traverse' | 'no_access';

/** A: team folders are mounted in homes. B: the team has one shared root. C: each member has a root. */
export type TeamModel = 'A' | 'B' | 'C';

export type Role = 'team_admin' | 'user_management_admin' | 'support_admin' | 'member_only';

/** Status of a team member; `external` marks an account of another team or without a team. */
export type AccountStatus = 'active' | 'invited' | 'suspended' | 'removed' | 'external';

export interface Account {
  readonly accountId: string;
  /** Set for every account that is or was a member of the team. */
  readonly memberId?: string;
  /** Numeric user id, as in the OAuth token response. */
  readonly uid: string;
  email: string;
  emailVerified: boolean;
  givenName: string;
  surname: string;
  externalId?: string;
  persistentId?: string;
  secondaryEmails: { email: string; verified: boolean }[];
  status: AccountStatus;
  /** Whether the member can be recovered after a removal: not when the account was kept or its content wiped. */
  recoverable: boolean;
  role: Role;
  /** The team of an external account that belongs to one. */
  foreignTeam?: { id: string; name: string };
  /** Milliseconds since the epoch. */
  invitedAt?: number;
  joinedAt?: number;
  suspendedAt?: number;
  home: Namespace;
  /** The member's own root (model C), the team root (model B), or the home (model A and external accounts). */
  root: Namespace;
  readonly groups: Set<Group>;
  /** Mounts of shared namespaces in the home or root, at most one for each namespace. */
  readonly mounts: Map<Namespace, MountNode>;
  /** Namespaces that the account unmounted. They are not mounted again automatically. */
  readonly unmounted: Set<Namespace>;
  /** Changes that only this account sees, such as access that it gained or lost. */
  readonly journal: Journal<Change>;
}

export type GroupKind = 'company_managed' | 'user_managed' | 'system_managed';

export interface Group {
  readonly groupId: string;
  name: string;
  kind: GroupKind;
  externalId?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly members: Map<Account, 'member' | 'owner'>;
  /** False for a group of another team, whose members can't be listed. */
  readonly sameTeam: boolean;
  /** Namespaces that the group is a member of. */
  readonly namespaces: Set<Namespace>;
  deleted: boolean;
}

/** `team_root` is the shared root of model B. Its type in the API is a modelling choice. */
export type NamespaceKind =
  'app_folder' | 'shared_folder' | 'team_folder' | 'team_member_folder' | 'team_member_root' | 'team_root';

export interface FolderPolicy {
  aclUpdate: 'owner' | 'editors';
  sharedLink: 'anyone' | 'team' | 'members';
  member: 'team' | 'anyone';
  viewerInfo: 'enabled' | 'disabled';
}

/** The direct members of a namespace or file. */
export interface Acl {
  readonly accounts: Map<Account, Level>;
  readonly groups: Map<Group, Level>;
  /** By e-mail address in lower case. */
  readonly invitees: Map<string, Level>;
}

export interface Namespace {
  /** Decimal digits. */
  readonly id: string;
  kind: NamespaceKind;
  name: string;
  readonly root: FolderNode;
  /** Set for a home, a member's root and an app folder. */
  readonly owner?: Account;
  readonly acl: Acl;
  /** Whether members of the containing folder have access as well. */
  inherits: boolean;
  policy: FolderPolicy;
  /** Set for a folder nested in a shared folder, a team folder or the team root: its mount in the container. */
  location?: MountNode;
  /** The mounts in this namespace's tree. */
  readonly inside: Set<MountNode>;
  readonly journal: Journal<Change>;
  /** Only team folders are ever archived. */
  status: 'active' | 'archived';
  /** Number of further answers that show an archived team folder as one that is being archived. */
  archivingAnswers?: number;
  /** When each account was given access, in milliseconds since the epoch. */
  readonly invitedAt: Map<Account, number>;
  readonly createdAt: number;
  /** Cursors of listings that started at or before this sequence number answer `reset`. */
  resetAt: number;
  /** Set when the namespace was unshared or deleted, or when the owner of a home was removed. */
  deleted: boolean;
}

interface ItemFields {
  /** Index in `State.items`. The id and the revs are derived from it. */
  readonly number: number;
  name: string;
  parent: FolderNode | undefined;
  /** Grows with each insertion into any folder. Children are kept in this order, and a listing resumes after it. */
  order: number;
}

export interface FileVersion {
  version: number;
  content: Content;
  /** Seconds since the epoch, like all times of items. */
  serverModified: number;
  clientModified: number;
  modifiedBy: Account | undefined;
}

export class FileNode implements ItemFields, FileVersion {
  /** Older versions. Undefined for a file with a single version, to save memory. */
  history: FileVersion[] | undefined = undefined;
  /** False for cloud documents such as Paper, which can only be exported. */
  downloadable = true;
  /** True after a legal takedown: metadata can be read, but content can't. */
  restricted = false;

  parent: FolderNode | undefined = undefined;
  order = 0;
  version = 1;

  constructor(
    readonly number: number,
    public name: string,
    public content: Content,
    public serverModified: number,
    public clientModified: number,
    public modifiedBy: Account | undefined,
  ) {}
}

export class FolderNode implements ItemFields {
  /** By name in lower case, in insertion order. */
  readonly children = new Map<string, Node>();
  /** Deleted children that have not been replaced, by name in lower case. */
  deleted: Map<string, FileNode | FolderNode> | undefined = undefined;
  /** Set on the root folder of a namespace. */
  namespace: Namespace | undefined = undefined;

  constructor(
    readonly number: number,
    public name: string,
    public parent: FolderNode | undefined,
    public order: number,
  ) {}
}

/** The location of one namespace in the tree of another. Its item id is that of the target's root folder. */
export class MountNode implements Omit<ItemFields, 'number'> {
  constructor(
    public name: string,
    public parent: FolderNode | undefined,
    public order: number,
    readonly target: Namespace,
  ) {}
}

export type Node = FileNode | FolderNode | MountNode;

/** One change that cursor streams deliver. Paths are relative to the namespace, in lower case. */
export interface Change {
  readonly sequence: number;
  readonly namespace: Namespace;
  readonly path: string;
  /**
   * `gone`: nothing is at the path any longer. `put`: the item at the path is new or changed. `put_tree`: the item and
   * everything below it. Entries are made from the state at delivery, so moving a folder of any size costs two records.
   */
  readonly kind: 'gone' | 'put' | 'put_tree';
  /** The deleted item, when the deletion of its descendants may be reported too. */
  readonly was?: FileNode | FolderNode;
  /** Whether a namespace was at or below the path. If so, members who only traverse to it get the change as well. */
  readonly hasNested: boolean;
}

/** The account on whose behalf a call is made, with the Select-Admin mode and the path root. */
export interface Actor {
  readonly account: Account;
  readonly admin?: 'whole_team' | 'team_admin';
  readonly root: Namespace;
}
