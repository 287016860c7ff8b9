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

/** Numbers from which an operation picks among what there is; they fit whatever the company has become. */
export interface Picks {
  readonly who: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Nothing to do: there is no such thing in the company now. */
export class NothingThere extends Error {}

/** An item with the address under which anybody who may read it finds it. */
export interface Placed<T extends FileNode | FolderNode> {
  node: T;
  namespace: Namespace;
  /** `ns:<id>/<path>`; without a path for the root of a namespace. */
  address: string;
}

/** No two names differ in case alone: such a rename is told to nobody, so no client could follow it. */
export const NAMES = ['alpha', 'Beta.txt', 'gamma.pdf', 'Ärger', 'delta d', 'Epsilon.md', 'zeta', 'Eta.docx', '日本'];

export function one<T>(list: readonly T[], pick: number): T {
  const item = list[pick % list.length];
  if (item === undefined) throw new NothingThere();
  return item;
}

/** What stands in a company now, in a stable order, for operations to pick from. */
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

  /** Folders that are no namespace's root. */
  folders(): Placed<FolderNode>[] {
    return this.items().filter(
      (item): item is Placed<FolderNode> => item.node instanceof FolderNode && item.node.namespace === undefined,
    );
  }

  /** Places to put something into: folders and roots. */
  holders(): Placed<FolderNode>[] {
    return this.items().filter((item): item is Placed<FolderNode> => item.node instanceof FolderNode);
  }

  private items(): Placed<FileNode | FolderNode>[] {
    return this.namespaces.flatMap((namespace) => [...below(namespace, namespace.root, `ns:${namespace.id}`)]);
  }

  /** Somebody who may be given something: members, outsiders, groups, and addresses that have no account yet. */
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
   * Lets the first account that may do it do it, beginning with a picked one; most accounts may not do most things.
   * Throws the last refusal when nobody may.
   */
  act<T>(pick: number, operation: (actor: Actor, account: Account) => T): T {
    const accounts = this.accounts.filter(({ status }) => status === 'active' || status === 'external');
    const { admin } = this.company.state;
    let refusal: unknown = new NothingThere();
    for (let at = 0; at <= accounts.length; at += 1) {
      // At last the admin, with the rights of one: team folders without members have nobody else.
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
