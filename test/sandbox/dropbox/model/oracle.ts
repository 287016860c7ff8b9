import type { Account, Company, FolderNode, Namespace } from '../../../../sandbox/dropbox/model';
import { FileNode, MountNode } from '../../../../sandbox/dropbox/model';

/**
 * What a member should see, derived from the member lists and the tree in the simplest way. It shares no code with what
 * answers the API.
 */
export class Oracle {
  constructor(
    private readonly company: Company,
    /** Whether the account acts as an admin who reaches all content of the team. */
    private readonly asAdmin = false,
  ) {}

  private containerOf(namespace: Namespace): Namespace | undefined {
    let at = namespace.location?.parent;
    while (at !== undefined && at.namespace === undefined) at = at.parent;
    return at?.namespace;
  }

  private rank(account: Account, namespace: Namespace): number {
    if (namespace.deleted || namespace.status === 'archived' || account.status === 'removed') return 0;
    if (namespace.owner !== undefined) return namespace.owner === account ? 5 : 0;
    const ranks = { owner: 5, editor: 4, viewer: 3, viewer_no_comment: 2, traverse: 1, no_access: 0 };
    const { acl } = namespace;
    let best = ranks[acl.accounts.get(account) ?? 'no_access'];
    for (const [group, level] of acl.groups) if (group.members.has(account)) best = Math.max(best, ranks[level]);
    const container = namespace.inherits ? this.containerOf(namespace) : undefined;
    return container === undefined || container.owner !== undefined
      ? best
      : Math.max(best, this.rank(account, container));
  }

  private containsReadable(account: Account, namespace: Namespace): boolean {
    return [...namespace.inside].some(
      ({ target }) =>
        target.kind === 'shared_folder' && (this.rank(account, target) >= 2 || this.containsReadable(account, target)),
    );
  }

  private inTeamSpace(namespace: Namespace): boolean {
    if (namespace.kind === 'team_root') return true;
    if (namespace.kind === 'team_folder') return this.company.state.model !== 'A';
    const container = this.containerOf(namespace);
    return container !== undefined && namespace.kind === 'shared_folder' && this.inTeamSpace(container);
  }

  /** Whether admins of the team reach the namespace at all. */
  private isTeamAccessible(namespace: Namespace): boolean {
    for (let at: Namespace | undefined = namespace; at !== undefined; at = this.containerOf(at)) {
      if (at.status === 'archived') return false;
    }
    const { owner } = namespace;
    if (owner !== undefined) return owner.status !== 'removed';
    return this.isTeamManaged(namespace) || this.hasTeamMembers(namespace);
  }

  private isTeamManaged(namespace: Namespace): boolean {
    if (namespace.kind !== 'shared_folder') return true;
    const container = this.containerOf(namespace);
    return container !== undefined && container.owner === undefined && this.isTeamManaged(container);
  }

  private hasTeamMembers(namespace: Namespace): boolean {
    if ([...namespace.acl.accounts.keys()].some(({ memberId, status }) => memberId && status !== 'removed'))
      return true;
    if ([...namespace.acl.groups.keys()].some(({ sameTeam, members }) => sameTeam && members.size > 0)) return true;
    const container = namespace.inherits ? this.containerOf(namespace) : undefined;
    return container !== undefined && container.owner === undefined && this.hasTeamMembers(container);
  }

  private belongsToTeam(namespace: Namespace): boolean {
    if (namespace.owner !== undefined) return namespace.owner.memberId !== undefined;
    if (namespace.kind !== 'shared_folder') return true;
    const container = this.containerOf(namespace);
    if (container !== undefined) return this.belongsToTeam(container);
    return [...namespace.acl.accounts].some(([account, level]) => level === 'owner' && account.memberId !== undefined);
  }

  visibilityOf(account: Account, namespace: Namespace): 'full' | 'traverse' | 'no_access' | 'hidden' {
    if (namespace.deleted || namespace.status === 'archived') return 'hidden';
    if (
      this.rank(account, namespace) >= 2 ||
      (this.asAdmin && this.belongsToTeam(namespace) && this.isTeamAccessible(namespace))
    )
      return 'full';
    const member = account.memberId !== undefined;
    if (member && this.inTeamSpace(namespace) && this.containsReadable(account, namespace)) return 'traverse';
    if (namespace.kind !== 'shared_folder' || this.company.state.choices.restrictedFolder === 'hidden') return 'hidden';
    const container = this.containerOf(namespace);
    return container !== undefined && this.visibilityOf(account, container) === 'full' ? 'no_access' : 'hidden';
  }

  /** The expected result of ProtocolClient.lines for a recursive listing with the namespace as path root. */
  lines(account: Account, base: Namespace, mounted = true): string[] {
    const lines: string[] = [];
    this.walk(account, base.root, base, '', mounted, lines);
    return lines.sort();
  }

  private walk(
    account: Account,
    folder: FolderNode,
    namespace: Namespace,
    path: string,
    mounted: boolean,
    lines: string[],
  ): void {
    const visibility = this.visibilityOf(account, namespace);
    const shared = namespace.owner === undefined ? namespace.id : '';
    const readOnly = String(this.rank(account, namespace) < 4);
    for (const child of folder.children.values()) {
      const at = `${path}/${child.name.toLowerCase()}`;
      if (child instanceof FileNode) {
        if (visibility !== 'full') continue;
        const { itemIds } = this.company.state;
        const rev = (child.number * 0x10000 + child.version).toString(16).padStart(14, '0');
        lines.push(
          `${at} file ${itemIds.encode(child.number)} ${rev} ${child.content.hash()} ${shared} ${shared === '' ? '' : readOnly}`,
        );
      } else if (child instanceof MountNode) {
        this.walkMount(account, child, visibility, shared, at, mounted, lines);
      } else {
        if (visibility === 'traverse' && !this.isTraversed(account, child, namespace)) continue;
        const flags =
          shared === ''
            ? 'ro= traverse= no_access='
            : `ro=${readOnly} traverse=${String(visibility === 'traverse')} no_access=false`;
        lines.push(`${at} folder ${this.company.state.itemIds.encode(child.number)} in=${shared} is= ${flags}`);
        this.walk(account, child, namespace, at, mounted, lines);
      }
    }
  }

  /** Whether a plain folder leads to something that the account may read. */
  private isTraversed(account: Account, folder: FolderNode, namespace: Namespace): boolean {
    return [...namespace.inside].some((mount) => {
      let at = mount.parent;
      while (at !== undefined && at !== folder) at = at.parent;
      if (at !== folder) return false;
      return ['full', 'traverse'].includes(this.visibilityOf(account, mount.target));
    });
  }

  private walkMount(
    account: Account,
    mount: MountNode,
    container: string,
    shared: string,
    at: string,
    mounted: boolean,
    lines: string[],
  ): void {
    const { target } = mount;
    const visibility = this.visibilityOf(account, target);
    if (visibility === 'hidden' || (visibility === 'no_access' && container === 'traverse')) return;
    const id = this.company.state.itemIds.encode(target.root.number);
    if (target.kind === 'app_folder') {
      lines.push(`${at} folder ${id} in= is= ro= traverse= no_access=`);
    } else {
      const readOnly = String(this.rank(account, target) < 4);
      const flags = `ro=${readOnly} traverse=${String(visibility === 'traverse')} no_access=${String(visibility === 'no_access')}`;
      lines.push(`${at} folder ${id} in=${shared} is=${target.id} ${flags}`);
    }
    if (mounted && (visibility === 'full' || visibility === 'traverse'))
      this.walk(account, target.root, target, at, mounted, lines);
  }
}
