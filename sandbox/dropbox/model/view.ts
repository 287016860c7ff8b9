import { actingLevel, canEdit, canRead, isShared } from './access';
import type { Account, Actor, Namespace } from './entities';
import type { FolderNode, MountNode } from './entities';
import type { State } from './state';
import { containerOf, placeInNamespace } from './tree';

/**
 * What an actor sees of a namespace.
 * - `full`: all of its content.
 * - `traverse`: only the folders that lead to a nested namespace that the actor may read.
 * - `no_access`: its name, because the actor may read the folder that contains it.
 * - `hidden`: nothing.
 */
export type Visibility = 'full' | 'traverse' | 'no_access' | 'hidden';

/** Where a namespace is located under a path root. */
export interface Placement {
  readonly namespace: Namespace;
  readonly lower: string;
  readonly display: string;
  readonly visibility: Visibility;
}

/**
 * Whether members who may read only a part of a namespace reach that part by traversing the namespace. That is so in
 * team space; elsewhere the part is mounted in their home.
 */
function allowsTraversal(state: State, namespace: Namespace): boolean {
  if (namespace.kind === 'team_root') return true;
  if (namespace.kind === 'team_folder') return state.model !== 'A';
  const container = containerOf(namespace);
  return container !== undefined && isShared(container) && allowsTraversal(state, container);
}

/** What one actor sees of the company at one moment. Computed on demand and valid until the next write. */
export class View {
  private readonly visibilityCache = new Map<Namespace, Visibility>();
  private readonly traversableCache = new Map<Namespace, Set<FolderNode>>();
  private readonly editableCache = new Map<Namespace, boolean>();
  private readonly placementCache = new Map<boolean, Placement[]>();

  constructor(
    readonly state: State,
    readonly actor: Actor,
  ) {}

  visibilityOf(namespace: Namespace): Visibility {
    const cached = this.visibilityCache.get(namespace);
    if (cached !== undefined) return cached;
    const visibility = this.compute(namespace);
    this.visibilityCache.set(namespace, visibility);
    return visibility;
  }

  private compute(namespace: Namespace): Visibility {
    if (namespace.deleted || namespace.status === 'archived') return 'hidden';
    const level = actingLevel(this.state, this.actor, namespace);
    if (canRead(level)) return 'full';
    const inTeam = this.actor.account.status !== 'external';
    if (inTeam && isShared(namespace) && allowsTraversal(this.state, namespace)) {
      if (level === 'traverse' || this.containsReadable(namespace)) return 'traverse';
    }
    if (namespace.kind !== 'shared_folder' || this.state.choices.restrictedFolder === 'hidden') return 'hidden';
    const container = containerOf(namespace);
    return container !== undefined && this.visibilityOf(container) === 'full' ? 'no_access' : 'hidden';
  }

  /** Whether the actor may read a namespace nested in this one. Members' homes in the team root do not count. */
  private containsReadable(namespace: Namespace): boolean {
    for (const { target } of namespace.inside) {
      if (!isShared(target) || target.status === 'archived') continue;
      if (canRead(actingLevel(this.state, this.actor, target)) || this.containsReadable(target)) return true;
    }
    return false;
  }

  /** The `read_only` flag of sharing_info. It describes the account's own level, even when it acts as an admin. */
  readOnly(namespace: Namespace): boolean {
    let editable = this.editableCache.get(namespace);
    if (editable === undefined) {
      editable = canEdit(actingLevel(this.state, { account: this.actor.account, root: this.actor.root }, namespace));
      this.editableCache.set(namespace, editable);
    }
    return !editable;
  }

  /** The plain folders of a namespace that lead to a nested namespace with `full` or `traverse` visibility. */
  traversableFolders(namespace: Namespace): ReadonlySet<FolderNode> {
    let folders = this.traversableCache.get(namespace);
    if (folders === undefined) {
      folders = new Set();
      for (const mount of namespace.inside) {
        const visibility = this.visibilityOf(mount.target);
        if (visibility !== 'full' && visibility !== 'traverse') continue;
        for (let at = mount.parent; at !== undefined && at.namespace === undefined; at = at.parent) folders.add(at);
      }
      this.traversableCache.set(namespace, folders);
    }
    return folders;
  }

  /** Whether the actor sees a folder of the namespace. */
  isVisible(folder: FolderNode, namespace: Namespace): boolean {
    const visibility = this.visibilityOf(namespace);
    return (
      visibility === 'full' ||
      (visibility === 'traverse' && (folder === namespace.root || this.traversableFolders(namespace).has(folder)))
    );
  }

  /** All namespaces under the path root, the root first; only the root when `below` is false. */
  placements(below = true): readonly Placement[] {
    let placements = this.placementCache.get(below);
    if (placements === undefined) {
      placements = this.placementsFrom(this.actor.root, '', '', below);
      this.placementCache.set(below, placements);
    }
    return placements;
  }

  /** A namespace located at the given path, and with `below` all namespaces inside it. */
  placementsFrom(namespace: Namespace, lower: string, display: string, below = true): Placement[] {
    const all: Placement[] = [{ namespace, lower, display, visibility: this.visibilityOf(namespace) }];
    if (!below) return all;
    for (let at = 0; at < all.length; at++) {
      const outer = all[at];
      if (outer === undefined || (outer.visibility !== 'full' && outer.visibility !== 'traverse')) continue;
      for (const mount of outer.namespace.inside) {
        const visibility = this.visibilityOf(mount.target);
        if (visibility === 'hidden' || (visibility === 'no_access' && outer.visibility === 'traverse')) continue;
        const place = placeInNamespace(mount);
        if (place === undefined) continue;
        const display = outer.display + place.display;
        all.push({ namespace: mount.target, lower: outer.lower + place.lower, display, visibility });
      }
    }
    return all;
  }

  /** Where a namespace is located under the path root; undefined when it is not mounted there. */
  placementOf(namespace: Namespace): Placement | undefined {
    if (namespace === this.actor.root) return this.placementsFrom(namespace, '', '', false)[0];
    return this.placements().find((placement) => placement.namespace === namespace);
  }

  /** The mount that makes a namespace appear under the path root. */
  mountOf(namespace: Namespace): MountNode | undefined {
    const container = containerOf(namespace);
    const containerVisibility = container === undefined ? 'hidden' : this.visibilityOf(container);
    const ownMount = this.actor.account.mounts.get(namespace);
    return containerVisibility === 'hidden' ? (ownMount ?? namespace.location) : namespace.location;
  }
}

/**
 * Whether a listing has the content of a namespace that is mounted or nested in another one. `mounted`: the argument
 * `include_mounted_folders`.
 */
export const entersMount = (state: State, outer: Namespace, target: Namespace, mounted: boolean): boolean =>
  mounted || (state.choices.nestedContentWithoutMounted === 'listed' && isShared(outer) && isShared(target));

export function actorOf(account: Account): Actor {
  return { account, root: account.root };
}
