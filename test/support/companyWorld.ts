import {
  BadArgument,
  DropboxProblem,
  FileNode,
  FolderNode,
  GeneratedContent,
  MountNode,
  PathRootProblem,
  type Account,
  type Actor,
  type Choices,
  type Company,
  type Group,
  type Namespace,
} from '../../sandbox/dropbox/model';

/** Numbers by which an operation picks from existing things. They are valid for any state of the company. */
export interface Picks {
  readonly who: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** The company has nothing that the operation could be applied to. */
export class NothingThere extends Error {}

/** An item with an address that is valid for any member who may read it. */
export interface Placed<T extends FileNode | FolderNode> {
  node: T;
  namespace: Namespace;
  /** `ns:<id>/<path>`; without a path for the root of a namespace. */
  address: string;
}

/** No two names differ only in case: Dropbox does not report such a rename, so no client could follow it. */
const NAMES = [
  'alpha',
  'Beta.txt',
  'gamma.pdf',
  'A\u0308RGER \u039f\u03a3 \u1e9e',
  'delta d',
  'Epsilon.md',
  'zeta',
  'Eta.docx',
  '日本',
];

export function one<T>(list: readonly T[], pick: number): T {
  const item = list[pick % list.length];
  if (item === undefined) throw new NothingThere();
  return item;
}

/** The current contents of a company in a stable order, for operations to pick from. */
export class CompanyWorld {
  constructor(
    readonly company: Company,
    readonly choices: Readonly<Choices>,
  ) {}

  get accounts(): Account[] {
    return [...this.company.state.accounts.values()];
  }

  get groups(): Group[] {
    return [...this.company.state.groups.values()].filter(({ deleted, kind }) => !deleted && kind !== 'system_managed');
  }

  get namespaces(): Namespace[] {
    return [...this.company.state.namespaces.values()].filter(({ deleted }) => !deleted);
  }

  members(...statuses: Account['status'][]): Account[] {
    const { admin } = this.company.state;
    return this.accounts.filter(
      (account) => account.memberId !== undefined && account !== admin && statuses.includes(account.status),
    );
  }

  shared(pick: number): Namespace {
    return one(
      this.namespaces.filter(({ kind }) => kind === 'shared_folder' || kind === 'team_folder'),
      pick,
    );
  }

  teamFolder(pick: number, status: Namespace['status']): Namespace {
    return one(
      this.namespaces.filter((namespace) => namespace.kind === 'team_folder' && namespace.status === status),
      pick,
    );
  }

  files(): Placed<FileNode>[] {
    return this.items().filter((item): item is Placed<FileNode> => item.node instanceof FileNode);
  }

  /** Folders that are not the root of a namespace. */
  folders(): Placed<FolderNode>[] {
    return this.items().filter(
      (item): item is Placed<FolderNode> => item.node instanceof FolderNode && item.node.namespace === undefined,
    );
  }

  /** Folders and roots of namespaces, into which items can be put. */
  containers(): Placed<FolderNode>[] {
    return this.items().filter((item): item is Placed<FolderNode> => item.node instanceof FolderNode);
  }

  private items(): Placed<FileNode | FolderNode>[] {
    return this.namespaces.flatMap((namespace) => [...below(namespace, namespace.root, `ns:${namespace.id}`)]);
  }

  /** A recipient of a grant: a member, an outsider, a group, or an address without an account. */
  grantee(pick: number): { '.tag': 'dropbox_id'; dropbox_id: string } | { '.tag': 'email'; email: string } {
    if (pick % 8 === 0) return { '.tag': 'email', email: guest(pick) };
    const { groups } = this;
    if (pick % 3 === 0 && groups.length > 0) return { '.tag': 'dropbox_id', dropbox_id: one(groups, pick).groupId };
    return { '.tag': 'dropbox_id', dropbox_id: one(this.accounts, pick).accountId };
  }

  name(pick: number): string {
    return one(NAMES, pick);
  }

  content(pick: number): GeneratedContent {
    return new GeneratedContent(1 + (pick % 90), pick % 1000);
  }

  /**
   * Runs the operation as the first account that is allowed to, starting with the picked one: a single account may do
   * few operations. Throws the last refusal when no account may.
   */
  act<T>(pick: number, operation: (actor: Actor, account: Account) => T): T {
    const accounts = this.accounts.filter(({ status }) => status === 'active' || status === 'external');
    const { admin } = this.company.state;
    let refusal: unknown = new NothingThere();
    for (let at = 0; at <= accounts.length; at += 1) {
      // Finally the admin with admin rights: only they can change a team folder without members.
      const asAdmin = at === accounts.length;
      const account = asAdmin ? admin : accounts[(pick + at) % accounts.length];
      if (account === undefined) continue;
      try {
        return operation(this.company.actor(account, asAdmin ? { admin: 'team_admin' } : {}), account);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }
}

export const guest = (pick: number): string => `guest${Math.floor(pick / 8) % 4}@guests.test`;

export const isRefusal = (error: unknown): boolean =>
  error instanceof DropboxProblem ||
  error instanceof BadArgument ||
  error instanceof PathRootProblem ||
  error instanceof NothingThere;

function* below(namespace: Namespace, folder: FolderNode, address: string): Generator<Placed<FileNode | FolderNode>> {
  yield { node: folder, namespace, address };
  for (const child of folder.children.values()) {
    if (child instanceof MountNode) continue;
    const at = `${address}/${child.name}`;
    if (child instanceof FileNode) yield { node: child, namespace, address: at };
    else yield* below(namespace, child, at);
  }
}
