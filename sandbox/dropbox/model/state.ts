import { createHash, randomBytes } from 'node:crypto';
import type { team_log } from 'dropbox';
import type { Choices } from './choices';
import { defaultChoices } from './choices';
import type { Content } from './content';
import type { Account, Acl, Change, Group, Namespace, NamespaceKind, TeamModel } from './entities';
import { FileNode, FolderNode } from './entities';
import { ItemIds, opaque } from './ids';
import { Journal } from './journal';
import type { SharedLink } from './links';

export interface CompanyOptions {
  model?: TeamModel;
  teamName?: string;
  /** Determines all ids and all seeded randomness. */
  seed?: number;
  choices?: Partial<Choices>;
  /** Milliseconds since the epoch. */
  clock?: () => number;
}

/** An event that has happened. It can be read from `appearsAt` on, in milliseconds since the epoch. */
interface LoggedEvent {
  readonly event: team_log.TeamEvent;
  readonly appearsAt: number;
}

interface LogState {
  pending: LoggedEvent[];
  /** Events that can be read, in the order of their appearance, which is not the order of their timestamps. */
  readonly appeared: team_log.TeamEvent[];
  count: number;
  /** Number of resets so far. A cursor made before the last one answers `reset`. */
  resets: number;
  delaySeconds: number | undefined;
}

export type JobKind = 'share' | 'remove_member' | 'sharing' | 'archive' | 'team';

interface Job {
  readonly kind: JobKind;
  readonly result: unknown;
  polls: number;
}

/** The data of a company. The other modules of this folder implement its rules. */
export class State {
  model: TeamModel;
  teamName: string;
  readonly teamId: string;
  readonly seed: string;
  readonly choices: Choices;
  readonly clock: () => number;
  readonly itemIds: ItemIds;
  /**
   * Distinguishes this instance from earlier ones with the same seed. The ids are equal, but the journals start empty,
   * so a cursor of an earlier instance must be refused.
   */
  readonly instanceId = randomBytes(6).toString('base64url');

  /** Files and folders by number, including deleted ones; undefined for permanently deleted ones. */
  readonly items: (FileNode | FolderNode | undefined)[] = [];
  readonly namespaces = new Map<string, Namespace>();
  readonly accounts = new Map<string, Account>();
  readonly byMemberId = new Map<string, Account>();
  /** By e-mail address in lower case. */
  readonly byEmail = new Map<string, Account>();
  readonly groups = new Map<string, Group>();
  /** The direct members of files. */
  readonly fileAcls = new Map<FileNode, Acl>();
  readonly links: SharedLink[] = [];
  /** The team root of model B. */
  teamRoot: Namespace | undefined;
  everyone: Group | undefined;
  /** The admin who linked the app; by default the actor of team routes. */
  admin: Account | undefined;

  /** Changes that only streams with Select-Admin deliver: nested namespaces that admins gained or lost. */
  readonly adminJournal: Journal<Change>;
  /** Sequence number up to which the listeners know the admin journal. */
  adminNotifiedUpTo = 0;

  /** Sequence number of the last change, common to all journals. */
  sequence = 0;
  /** The last value of `order` that was given to a node. */
  order = 0;
  live = false;
  resetAt = -1;
  readonly listeners = new Set<(accounts: ReadonlySet<Account>) => void>();
  /** Namespaces and accounts with changes that the listeners have not been notified of. */
  readonly touchedNamespaces = new Set<Namespace>();
  readonly touchedAccounts = new Set<Account>();

  readonly log: LogState = { pending: [], appeared: [], count: 0, resets: 0, delaySeconds: undefined };
  /** Jobs take effect immediately, but their status is in_progress for the first polls. */
  readonly jobs = new Map<string, Job>();

  private namespaceCount = 0;
  private accountCount = 0;
  private groupCount = 0;

  constructor(options: CompanyOptions) {
    this.model = options.model ?? 'A';
    this.teamName = options.teamName ?? 'Sample Company';
    this.seed = String(options.seed ?? 1);
    this.choices = { ...defaultChoices, ...options.choices };
    this.clock = options.clock ?? Date.now;
    this.teamId = `dbtid:${opaque(34, 'team', this.seed)}`;
    this.itemIds = new ItemIds(this.seed);
    this.adminJournal = new Journal(this.choices.journalLength);
  }

  /** Seconds since the epoch. */
  now(): number {
    return Math.floor(this.clock() / 1000);
  }

  newFile(name: string, content: Content, serverModified: number, clientModified: number, by: Account | undefined) {
    const file = new FileNode(this.items.length, name, content, serverModified, clientModified, by);
    this.items.push(file);
    return file;
  }

  newFolder(name: string): FolderNode {
    const folder = new FolderNode(this.items.length, name, undefined, 0);
    this.items.push(folder);
    return folder;
  }

  newAcl(): Acl {
    return { accounts: new Map(), groups: new Map(), invitees: new Map() };
  }

  newNamespace(kind: NamespaceKind, name: string, owner?: Account, root = this.newFolder(name)): Namespace {
    const id = String(2_000_000_000 + this.namespaceCount++ * 7919 + (Number(this.seed) % 7919));
    const namespace: Namespace = {
      id,
      kind,
      name,
      root,
      ...(owner === undefined ? {} : { owner }),
      acl: this.newAcl(),
      inherits: true,
      policy: { aclUpdate: 'editors', sharedLink: 'anyone', member: 'anyone', viewerInfo: 'enabled' },
      inside: new Set(),
      journal: new Journal(this.choices.journalLength),
      status: 'active',
      invitedAt: new Map(),
      createdAt: this.clock(),
      resetAt: -1,
      deleted: false,
    };
    root.namespace = namespace;
    this.namespaces.set(id, namespace);
    return namespace;
  }

  /** New identifiers of an account. They depend only on the seed and the order of creation. */
  newAccountIds(isMember: boolean): { accountId: string; memberId?: string; uid: string } {
    const count = ++this.accountCount;
    const accountId = `dbid:${opaque(35, 'account', this.seed, count)}`;
    const uid = String(100_000_000 + count * 17);
    return isMember
      ? { accountId, uid, memberId: `dbmid:${opaque(35, 'member', this.seed, count)}` }
      : { accountId, uid };
  }

  newGroupId(): string {
    const hash = createHash('sha256').update(`group|${this.seed}|${++this.groupCount}`).digest('hex');
    return `g:${hash.slice(0, 32)}`;
  }

  /** Records a change for all streams that contain the namespace. */
  record(
    namespace: Namespace,
    path: string,
    kind: Change['kind'],
    more: Partial<Pick<Change, 'was' | 'hasNested'>> = {},
  ) {
    if (!this.live) return;
    const change = { sequence: ++this.sequence, namespace, path, kind, hasNested: false, ...more };
    namespace.journal.append(change);
    this.touchedNamespaces.add(namespace);
  }

  /** Records a change for the streams of admins only. */
  recordForAdmins(namespace: Namespace, path: string, kind: Change['kind']) {
    if (!this.live) return;
    this.adminJournal.append({ sequence: ++this.sequence, namespace, path, kind, hasNested: true });
  }

  /** Records a change for the streams of one account only. */
  recordFor(account: Account, namespace: Namespace, path: string, kind: Change['kind']) {
    if (!this.live) return;
    account.journal.append({ sequence: ++this.sequence, namespace, path, kind, hasNested: true });
    this.touchedAccounts.add(account);
  }
}
