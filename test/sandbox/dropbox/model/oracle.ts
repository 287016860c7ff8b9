import type { Account, Company, FolderNode, Namespace } from '../../../../sandbox/dropbox/model';
import { FileNode, MountNode } from '../../../../sandbox/dropbox/model';

/**
 * What a member should see, worked out from the lists of members and the tree, in the plainest way: nothing of this is
 * shared with what answers the API.
 */
export class Oracle {
  constructor(
    private readonly company: Company,
    /** Whether the account acts as an admin who reaches all content of the team. */
    private readonly asAdmin = false,
  ) {}

  private container(namespace: Namespace): Namespace | undefined {
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
    const around = namespace.inherits ? this.container(namespace) : undefined;
    return around === undefined || around.owner !== undefined ? best : Math.max(best, this.rank(account, around));
  }

  private leadsSomewhere(account: Account, namespace: Namespace): boolean {
    return [...namespace.inside].some(
      ({ target }) =>
        target.kind === 'shared_folder' && (this.rank(account, target) >= 2 || this.leadsSomewhere(account, target)),
    );
  }

  private inTeamSpace(namespace: Namespace): boolean {
    if (namespace.kind === 'team_root') return true;
    if (namespace.kind === 'team_folder') return this.company.state.model !== 'A';
    const around = this.container(namespace);
    return around !== undefined && namespace.kind === 'shared_folder' && this.inTeamSpace(around);
  }

  /** Whether the team has anything to do with it any more: nobody of the team in it, and no admin reaches it. */
  private ofTheTeamStill(namespace: Namespace): boolean {
    for (let at: Namespace | undefined = namespace; at !== undefined; at = this.container(at)) {
      if (at.status === 'archived') return false;
    }
    const { owner } = namespace;
    if (owner !== undefined) return owner.status !== 'removed';
    return this.isManaged(namespace) || this.hasMembers(namespace);
  }

  private isManaged(namespace: Namespace): boolean {
    if (namespace.kind !== 'shared_folder') return true;
    const around = this.container(namespace);
    return around !== undefined && around.owner === undefined && this.isManaged(around);
  }

  private hasMembers(namespace: Namespace): boolean {
    if ([...namespace.acl.accounts.keys()].some(({ memberId, status }) => memberId && status !== 'removed'))
      return true;
    if ([...namespace.acl.groups.keys()].some(({ sameTeam, members }) => sameTeam && members.size > 0)) return true;
    const around = namespace.inherits ? this.container(namespace) : undefined;
    return around !== undefined && around.owner === undefined && this.hasMembers(around);
  }

  private ofTheTeam(namespace: Namespace): boolean {
    if (namespace.owner !== undefined) return namespace.owner.memberId !== undefined;
    if (namespace.kind !== 'shared_folder') return true;
    const around = this.container(namespace);
    if (around !== undefined) return this.ofTheTeam(around);
    return [...namespace.acl.accounts].some(([account, level]) => level === 'owner' && account.memberId !== undefined);
  }

  seen(account: Account, namespace: Namespace): 'full' | 'way' | 'sealed' | 'hidden' {
    if (namespace.deleted || namespace.status === 'archived') return 'hidden';
    if (
      this.rank(account, namespace) >= 2 ||
      (this.asAdmin && this.ofTheTeam(namespace) && this.ofTheTeamStill(namespace))
    )
      return 'full';
    const member = account.memberId !== undefined;
    if (member && this.inTeamSpace(namespace) && this.leadsSomewhere(account, namespace)) return 'way';
    if (namespace.kind !== 'shared_folder' || this.company.state.choices.restrictedFolder === 'hidden') return 'hidden';
    const around = this.container(namespace);
    return around !== undefined && this.seen(account, around) === 'full' ? 'sealed' : 'hidden';
  }

  /** Lines as ProtocolClient.lines gives them, for a recursive listing of a namespace as path root. */
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
    const seen = this.seen(account, namespace);
    const shared = namespace.owner === undefined ? namespace.id : '';
    const readOnly = String(this.rank(account, namespace) < 4);
    for (const child of folder.children.values()) {
      const at = `${path}/${child.name.toLowerCase()}`;
      if (child instanceof FileNode) {
        if (seen !== 'full') continue;
        const { itemIds } = this.company.state;
        const rev = (child.number * 0x10000 + child.version).toString(16).padStart(14, '0');
        lines.push(
          `${at} file ${itemIds.encode(child.number)} ${rev} ${child.content.hash()} ${shared} ${shared === '' ? '' : readOnly}`,
        );
      } else if (child instanceof MountNode) {
        this.walkMount(account, child, seen, shared, at, mounted, lines);
      } else {
        if (seen === 'way' && !this.leads(account, child, namespace)) continue;
        const flags = shared === '' ? 'ro= way= sealed=' : `ro=${readOnly} way=${String(seen === 'way')} sealed=false`;
        lines.push(`${at} folder ${this.company.state.itemIds.encode(child.number)} in=${shared} is= ${flags}`);
        this.walk(account, child, namespace, at, mounted, lines);
      }
    }
  }

  /** Whether a plain folder is on the way to something readable. */
  private leads(account: Account, folder: FolderNode, namespace: Namespace): boolean {
    return [...namespace.inside].some((mount) => {
      let at = mount.parent;
      while (at !== undefined && at !== folder) at = at.parent;
      if (at !== folder) return false;
      return ['full', 'way'].includes(this.seen(account, mount.target));
    });
  }

  private walkMount(
    account: Account,
    mount: MountNode,
    around: string,
    shared: string,
    at: string,
    mounted: boolean,
    lines: string[],
  ): void {
    const { target } = mount;
    const seen = this.seen(account, target);
    if (seen === 'hidden' || (seen === 'sealed' && around === 'way')) return;
    const id = this.company.state.itemIds.encode(target.root.number);
    if (target.kind === 'app_folder') {
      lines.push(`${at} folder ${id} in= is= ro= way= sealed=`);
    } else {
      const readOnly = String(this.rank(account, target) < 4);
      const flags = `ro=${readOnly} way=${String(seen === 'way')} sealed=${String(seen === 'sealed')}`;
      lines.push(`${at} folder ${id} in=${shared} is=${target.id} ${flags}`);
    }
    if (mounted && (seen === 'full' || seen === 'way')) this.walk(account, target.root, target, at, mounted, lines);
  }
}
