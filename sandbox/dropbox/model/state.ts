import { createHash, randomBytes } from 'node:crypto';
import type { Choices } from './choices';
import { defaultChoices } from './choices';
import type { Content } from './content';
import type { Account, Acl, Group, Namespace, NamespaceKind, TeamModel } from './entities';
import { FileNode, FolderNode } from './entities';
import { ItemIds, opaque } from './ids';
import type { Change } from './journal';
import { Journal } from './journal';
import type { Jobs } from './jobs';
import { newJobs } from './jobs';
import type { LogState } from './log';
import { newLog } from './log';
import type { SharedLink } from './links';

export interface CompanyOptions {
  model?: TeamModel;
  teamName?: string;
  /** Ids and all seeded disorder follow from it. */
  seed?: number;
  choices?: Partial<Choices>;
  /** Milliseconds since the epoch. */
  clock?: () => number;
}

/** All that the company consists of. The modules beside this one are its rules. */
export class State {
  model: TeamModel;
  teamName: string;
  readonly teamId: string;
  readonly seed: string;
  readonly choices: Choices;
  readonly clock: () => number;
  readonly itemIds: ItemIds;
  /**
   * Told apart from every other company that was built alike: the same seed gives the same ids, but journals begin
   * anew, so a cursor that outlived its company is good for nothing.
   */
  readonly life = randomBytes(6).toString('base64url');

  /** Files and folders by number, the deleted ones included. */
  readonly items: (FileNode | FolderNode | undefined)[] = [];
  readonly namespaces = new Map<string, Namespace>();
  readonly accounts = new Map<string, Account>();
  readonly byMemberId = new Map<string, Account>();
  /** By e-mail address in lower case. */
  readonly byEmail = new Map<string, Account>();
  readonly groups = new Map<string, Group>();
  /** Members given directly on a file. */
  readonly fileAcls = new Map<FileNode, Acl>();
  readonly links: SharedLink[] = [];
  /** The shared root of model B. */
  teamRoot: Namespace | undefined;
  everyone: Group | undefined;
  /** Who linked the app: the actor of team routes. */
  admin: Account | undefined;

  /** Position of the journals: the number of the last change. */
  sequence = 0;
  /** Grows with each insertion into a folder. */
  order = 0;
  live = false;
  resetAt = -1;
  readonly listeners = new Set<(accounts: ReadonlySet<Account>) => void>();
  /** Namespaces and accounts with changes that the listeners have not been told of. */
  readonly touchedNamespaces = new Set<Namespace>();
  readonly touchedAccounts = new Set<Account>();

  readonly log: LogState = newLog();
  readonly jobs: Jobs = newJobs();

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
  }

  /** Seconds since the epoch. */
  now(): number {
    return Math.floor(this.clock() / 1000);
  }

  newFile(name: string, content: Content, serverModified: number, clientModified: number, by: Account | undefined) {
    const file = new FileNode(this.items.length, name, undefined, 0, 1, content, serverModified, clientModified, by);
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

  /** Fresh identifiers of an account: the same for the same seed and order of creation. */
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

  /** Tells the streams of a namespace that a place in it has changed. */
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

  /** Tells one account's streams that what it sees at a place has changed. */
  recordFor(account: Account, namespace: Namespace, path: string, kind: Change['kind']) {
    if (!this.live) return;
    account.journal.append({ sequence: ++this.sequence, namespace, path, kind, hasNested: true });
    this.touchedAccounts.add(account);
  }
}
