import type { Content } from './content';
import type { Journal } from './journal';

/** AccessLevel without `other`; from the highest to the lowest as listed. */
export type Level = 'owner' | 'editor' | 'viewer' | 'viewer_no_comment' | 'traverse' | 'no_access';

/** A: team folders mounted in homes. B: one shared team root. C: a root for each member. */
export type TeamModel = 'A' | 'B' | 'C';

export type Role = 'team_admin' | 'user_management_admin' | 'support_admin' | 'member_only';

/** Of the team's own members; `external` is an account of another team or of none. */
export type AccountStatus = 'active' | 'invited' | 'suspended' | 'removed' | 'external';

export interface Account {
  readonly accountId: string;
  /** Set for every account that is or was a member of the team. */
  readonly memberId?: string;
  /** Numeric user id of the OAuth reply. */
  readonly uid: string;
  email: string;
  emailVerified: boolean;
  givenName: string;
  surname: string;
  externalId?: string;
  persistentId?: string;
  secondaryEmails: { email: string; verified: boolean }[];
  status: AccountStatus;
  /** Removed members can be recovered for seven days, unless their account was kept or wiped. */
  recoverable: boolean;
  role: Role;
  /** Name of the other team of an external account. */
  foreignTeam?: { id: string; name: string };
  /** Milliseconds since the epoch. */
  invitedAt?: number;
  joinedAt?: number;
  suspendedAt?: number;
  home: Namespace;
  /** Its own root (model C), the team's root (model B) or its home (model A and external accounts). */
  root: Namespace;
  readonly groups: Set<Group>;
  /** Where shared namespaces stand in its home or root, each at one place. */
  readonly mounts: Map<Namespace, MountNode>;
  /** Namespaces that it took out of its home; they are not mounted again by themselves. */
  readonly unmounted: Set<Namespace>;
  /** Changes that only this account sees: access gained or lost inside of a namespace. */
  readonly journal: Journal;
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
  /** False for a group of another team: its members can't be listed. */
  readonly sameTeam: boolean;
  /** Namespaces whose members it is one of. */
  readonly namespaces: Set<Namespace>;
  deleted: boolean;
}

/** `team_root` is the shared root of model B; which type the API gives it is a choice. */
export type NamespaceKind =
  'app_folder' | 'shared_folder' | 'team_folder' | 'team_member_folder' | 'team_member_root' | 'team_root';

export interface FolderPolicy {
  aclUpdate: 'owner' | 'editors';
  sharedLink: 'anyone' | 'team' | 'members';
  member: 'team' | 'anyone';
  viewerInfo: 'enabled' | 'disabled';
}

/** Members given directly, on a namespace or on a file. */
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
  /** Of a home, a member's root or an app folder. */
  readonly owner?: Account;
  readonly acl: Acl;
  /** False: members of the folder around it have no access by that. */
  inherits: boolean;
  policy: FolderPolicy;
  /** Its place in the namespace around it, for a folder nested in a shared or team folder or in the team root. */
  location?: MountNode;
  /** Namespaces that stand in its tree. */
  readonly inside: Set<MountNode>;
  readonly journal: Journal;
  /** Of team folders. */
  status: 'active' | 'archived';
  /** When an account was given access; milliseconds since the epoch. */
  readonly invitedAt: Map<Account, number>;
  readonly createdAt: number;
  /** Cursors that were made before this position of the journals answer `reset`. */
  resetAt: number;
  /** Gone: unshared, deleted, or a home that was wiped. */
  deleted: boolean;
}

interface ItemFields {
  /** Number from which id and revs are derived; its index in `State.items`. */
  readonly number: number;
  name: string;
  parent: FolderNode | undefined;
  /** Grows with each insertion into any folder: children are kept in this order, and a listing resumes after it. */
  order: number;
}

export interface FileVersion {
  version: number;
  content: Content;
  /** Seconds since the epoch, as all times of items. */
  serverModified: number;
  clientModified: number;
  modifiedBy: Account | undefined;
}

export class FileNode implements ItemFields, FileVersion {
  /** Older versions; undefined for a file with one version only, as most are. */
  history: FileVersion[] | undefined = undefined;
  /** Cloud documents (Paper, Google Docs) can be exported, not downloaded. */
  downloadable = true;
  /** Taken down for legal reasons: metadata can be read, content can't. */
  restricted = false;

  constructor(
    readonly number: number,
    public name: string,
    public parent: FolderNode | undefined,
    public order: number,
    public version: number,
    public content: Content,
    public serverModified: number,
    public clientModified: number,
    public modifiedBy: Account | undefined,
  ) {}
}

export class FolderNode implements ItemFields {
  /** By name in lower case, in insertion order. */
  readonly children = new Map<string, Node>();
  /** What was deleted here and has not been replaced, by name in lower case. */
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

/** The place of one namespace in the tree of another. Its id as an item is that of the target's root folder. */
export class MountNode implements Omit<ItemFields, 'number'> {
  constructor(
    public name: string,
    public parent: FolderNode | undefined,
    public order: number,
    readonly target: Namespace,
  ) {}
}

export type Node = FileNode | FolderNode | MountNode;

/** Who acts, with which admin mode, under which path root. */
export interface Actor {
  readonly account: Account;
  readonly admin?: 'whole_team' | 'team_admin';
  readonly root: Namespace;
}
