import { actingLevel, canEdit, canRead, isShared } from './access';
import type { Account, Actor, Namespace } from './entities';
import type { FolderNode, MountNode } from './entities';
import type { State } from './state';
import { containerOf, placeInNamespace } from './tree';

/**
 * What an actor sees of a namespace. `full`: its content. `way`: only the folders on the way to what he may read
 * deeper inside. `sealed`: its name, since he may read the folder around it. `hidden`: nothing.
 */
export type Seen = 'full' | 'way' | 'sealed' | 'hidden';

/** Where a namespace stands under a path root. */
export interface Placement {
  readonly namespace: Namespace;
  readonly lower: string;
  readonly display: string;
  readonly seen: Seen;
}

/** Whether those who may read only a part of a namespace find the way to it there (team space), not in their home. */
function showsTheWay(state: State, namespace: Namespace): boolean {
  if (namespace.kind === 'team_root') return true;
  if (namespace.kind === 'team_folder') return state.model !== 'A';
  const container = containerOf(namespace);
  return container !== undefined && isShared(container) && showsTheWay(state, container);
}

/** One actor's view of the company at one moment: computed as far as it is asked for, and not kept. */
export class Sight {
  private readonly known = new Map<Namespace, Seen>();
  private readonly ways = new Map<Namespace, Set<FolderNode>>();
  private readonly editable = new Map<Namespace, boolean>();
  private readonly placed = new Map<boolean, Placement[]>();

  constructor(
    readonly state: State,
    readonly actor: Actor,
  ) {}

  seen(namespace: Namespace): Seen {
    const known = this.known.get(namespace);
    if (known !== undefined) return known;
    const seen = this.look(namespace);
    this.known.set(namespace, seen);
    return seen;
  }

  private look(namespace: Namespace): Seen {
    if (namespace.deleted || namespace.status === 'archived') return 'hidden';
    // A member's own root holds nothing but mounts, each with its own access.
    const level = actingLevel(this.state, this.actor, namespace);
    if (canRead(level)) return 'full';
    const inTeam = this.actor.account.status !== 'external';
    if (inTeam && isShared(namespace) && showsTheWay(this.state, namespace)) {
      if (level === 'traverse' || this.hasReadableInside(namespace)) return 'way';
    }
    if (namespace.kind !== 'shared_folder' || this.state.choices.restrictedFolder === 'hidden') return 'hidden';
    const container = containerOf(namespace);
    return container !== undefined && this.seen(container) === 'full' ? 'sealed' : 'hidden';
  }

  /** Whether something nested in the namespace can be read. Homes in the team's root are no part of that. */
  private hasReadableInside(namespace: Namespace): boolean {
    for (const { target } of namespace.inside) {
      if (!isShared(target) || target.status === 'archived') continue;
      if (canRead(actingLevel(this.state, this.actor, target)) || this.hasReadableInside(target)) return true;
    }
    return false;
  }

  /** The flag of sharing_info. It describes the acting account, so an admin who reaches everything still has his own. */
  readOnly(namespace: Namespace): boolean {
    let editable = this.editable.get(namespace);
    if (editable === undefined) {
      editable = canEdit(actingLevel(this.state, { account: this.actor.account, root: this.actor.root }, namespace));
      this.editable.set(namespace, editable);
    }
    return !editable;
  }

  /** Folders of a namespace that lead to something that the actor may read. */
  waysIn(namespace: Namespace): ReadonlySet<FolderNode> {
    let ways = this.ways.get(namespace);
    if (ways === undefined) {
      ways = new Set();
      for (const mount of namespace.inside) {
        const seen = this.seen(mount.target);
        if (seen !== 'full' && seen !== 'way') continue;
        for (let at = mount.parent; at !== undefined && at.namespace === undefined; at = at.parent) ways.add(at);
      }
      this.ways.set(namespace, ways);
    }
    return ways;
  }

  /** Whether the folder shows under a namespace that is seen so. */
  shows(folder: FolderNode, namespace: Namespace): boolean {
    const seen = this.seen(namespace);
    return seen === 'full' || (seen === 'way' && (folder === namespace.root || this.waysIn(namespace).has(folder)));
  }

  /** All namespaces that stand under the path root, the root first; `below` false: only the root. */
  placements(below = true): readonly Placement[] {
    let placed = this.placed.get(below);
    if (placed === undefined) {
      placed = this.place(this.actor.root, '', '', below);
      this.placed.set(below, placed);
    }
    return placed;
  }

  /** A namespace, and all that stand in it, from a path on. */
  place(namespace: Namespace, lower: string, display: string, below = true): Placement[] {
    const all: Placement[] = [{ namespace, lower, display, seen: this.seen(namespace) }];
    if (!below) return all;
    for (let at = 0; at < all.length; at++) {
      const around = all[at];
      if (around === undefined || (around.seen !== 'full' && around.seen !== 'way')) continue;
      for (const mount of around.namespace.inside) {
        const seen = this.seen(mount.target);
        if (seen === 'hidden' || (seen === 'sealed' && around.seen === 'way')) continue;
        const place = placeInNamespace(mount);
        if (place === undefined) continue;
        const display = around.display + place.display;
        all.push({ namespace: mount.target, lower: around.lower + place.lower, display, seen });
      }
    }
    return all;
  }

  /** Where a namespace stands under the path root; undefined: not mounted there. */
  placementOf(namespace: Namespace): Placement | undefined {
    if (namespace === this.actor.root) return this.place(namespace, '', '', false)[0];
    return this.placements().find((placement) => placement.namespace === namespace);
  }

  /** The mount by which a namespace stands under the path root. */
  mountOf(namespace: Namespace): MountNode | undefined {
    const container = containerOf(namespace);
    const around = container === undefined ? 'hidden' : this.seen(container);
    const own = this.actor.account.mounts.get(namespace);
    return around === 'hidden' ? (own ?? namespace.location) : namespace.location;
  }
}

export function actorOf(account: Account): Actor {
  return { account, root: account.root };
}
