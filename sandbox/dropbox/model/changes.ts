import { canRead, isShared, levelOn } from './access';
import type { Account, Namespace } from './entities';
import { MountNode } from './entities';
import type { Seen } from './sight';
import { Sight, actorOf } from './sight';
import type { State } from './state';
import { containerOf, detach, freeName, insert, namespaceOf, placeInNamespace } from './tree';

interface Look {
  readonly seen: Seen;
  readonly readOnly: boolean;
  /** Where it is nested: namespace and path. */
  readonly place: string;
}

/**
 * Carries out a change of memberships or of nesting, then mounts and unmounts what follows from it, and tells each
 * account's streams what it sees differently. `accounts` and `namespaces` are those that the change may concern;
 * nested and surrounding namespaces are found from there.
 */
export function changeAccess(
  state: State,
  accounts: Iterable<Account>,
  namespaces: Iterable<Namespace>,
  change: () => void,
): void {
  const concerned = [...accounts];
  const given = [...namespaces];
  const reached = closure(given);
  const before = state.live ? concerned.map((account) => looks(state, account, reached)) : [];
  change();
  for (const namespace of closure(given)) reached.add(namespace);
  const ordered = [...reached].sort((one, other) => depthOf(one) - depthOf(other));
  for (const account of concerned) {
    // One sight for all: what an account sees does not depend on what it has mounted.
    const sight = new Sight(state, actorOf(account));
    for (const namespace of ordered) reconcileMount(sight, namespace);
  }
  if (!state.live) return;
  for (const [at, account] of concerned.entries()) {
    const old = before[at];
    if (old !== undefined) tell(state, account, old, looks(state, account, reached));
  }
}

function depthOf(namespace: Namespace): number {
  const container = containerOf(namespace);
  return container === undefined ? 0 : 1 + depthOf(container);
}

/**
 * The namespaces whose appearance depends on the given ones: these, all that is nested in them, and all that they are
 * nested in. Access to the shared root of model B decides how its nested folders appear, so they are included too.
 */
function closure(namespaces: readonly Namespace[]): Set<Namespace> {
  const withNested = new Set<Namespace>();
  const addNested = (namespace: Namespace) => {
    if (withNested.has(namespace)) return;
    withNested.add(namespace);
    for (const mount of namespace.inside) {
      if (isShared(mount.target) && mount.target.location === mount) addNested(mount.target);
    }
  };
  // A container found here may be one of the given namespaces as well, which is then included with all that is nested
  // in it. So the containers are collected apart.
  const containers = new Set<Namespace>();
  for (const namespace of namespaces) {
    if (!isShared(namespace)) continue;
    addNested(namespace);
    for (let around = containerOf(namespace); around !== undefined && isShared(around); around = containerOf(around)) {
      containers.add(around);
    }
  }
  for (const container of containers) withNested.add(container);
  return withNested;
}

function looks(state: State, account: Account, namespaces: Iterable<Namespace>): Map<Namespace, Look> {
  const sight = new Sight(state, actorOf(account));
  const result = new Map<Namespace, Look>();
  for (const namespace of namespaces) {
    const place = namespace.location === undefined ? undefined : placeInNamespace(namespace.location);
    result.set(namespace, {
      seen: sight.seen(namespace),
      readOnly: sight.readOnly(namespace),
      place: place === undefined ? '' : `${place.namespace.id}:${place.lower}`,
    });
  }
  return result;
}

/** Records, for one account, what became visible, invisible or read-only at the places where it sees them. */
function tell(state: State, account: Account, before: Map<Namespace, Look>, after: Map<Namespace, Look>): void {
  for (const [namespace, now] of after) {
    const old = before.get(namespace) ?? { seen: 'hidden', readOnly: true, place: '' };
    const container = containerOf(namespace);
    const isWay = (one: Namespace | undefined) =>
      one !== undefined && (before.get(one)?.seen === 'way' || after.get(one)?.seen === 'way');
    if (old.seen !== now.seen || (old.place !== now.place && isWay(container))) {
      let top = namespace;
      // Who sees only the way to a folder sees other folders around it when it comes or goes.
      for (let around = container; around !== undefined && around.kind !== 'team_root' && isWay(around);) {
        top = around;
        around = containerOf(around);
      }
      // Both halves always: what the account lost its own stream leaves out, an admin's stream of it goes on with.
      const fromTop = isWay(containerOf(top));
      recordAt(state, account, top, 'gone', fromTop);
      recordAt(state, account, top, 'put_tree', fromTop);
    } else if (old.readOnly !== now.readOnly && now.seen === 'full') {
      recordAt(state, account, namespace, 'put', false);
    }
  }
}

/**
 * A nested namespace may be seen where it is nested or, by those who do not reach that, in their home. `fromTop`: of
 * the root that it is nested in only the way is seen, so the record is for the whole way from there.
 */
function recordAt(
  state: State,
  account: Account,
  namespace: Namespace,
  kind: 'gone' | 'put' | 'put_tree',
  fromTop: boolean,
): void {
  for (const mount of [namespace.location, account.mounts.get(namespace)]) {
    const place = mount === undefined ? undefined : placeInNamespace(mount);
    if (place === undefined) continue;
    const path = fromTop && mount === namespace.location ? firstStep(place.lower) : place.lower;
    state.recordFor(account, place.namespace, path, kind);
  }
}

function firstStep(path: string): string {
  const end = path.indexOf('/', 1);
  return end < 0 ? path : path.slice(0, end);
}

/** Mounts a namespace in an account's home or root, or takes it out, as its access now asks for. */
function reconcileMount(sight: Sight, namespace: Namespace): void {
  const { state } = sight;
  const { account } = sight.actor;
  const mounted = account.mounts.get(namespace);
  const wanted = wantsMount(sight, namespace);
  if (account.unmounted.has(namespace) && !canRead(levelOn(account, namespace))) account.unmounted.delete(namespace);
  if (wanted && mounted === undefined && !account.unmounted.has(namespace)) {
    if (state.choices.autoMount || namespace.kind === 'team_folder') mount(state, account, namespace);
    else account.unmounted.add(namespace);
  } else if (!wanted && mounted !== undefined) {
    unmount(state, account, namespace);
  }
}

/** Whether a namespace belongs into an account's home or root: it may read it, and reaches it by no other way. */
function wantsMount(sight: Sight, namespace: Namespace): boolean {
  if (namespace.kind !== 'team_folder' && namespace.kind !== 'shared_folder') return false;
  const seen = sight.seen(namespace);
  if (seen !== 'full' && !(seen === 'way' && namespace.kind === 'team_folder')) return false;
  const container = containerOf(namespace);
  if (container === undefined) return true;
  const around = sight.seen(container);
  return around !== 'full' && around !== 'way';
}

/** Mounts a namespace, at the top of the home or root unless a folder is given. */
export function mount(state: State, account: Account, namespace: Namespace, name = namespace.name): MountNode {
  const base = namespace.kind === 'team_folder' && state.model === 'C' ? account.root : account.home;
  const node = new MountNode(freeName(base.root, name), undefined, 0, namespace);
  placeMount(state, account, base.root, node);
  return node;
}

/** Puts a mount into a folder of the account's home or root, under the mount's name, which must be free. */
export function placeMount(state: State, account: Account, folder: MountNode['parent'], node: MountNode): void {
  if (folder === undefined) return;
  insert(state, folder, node);
  account.mounts.set(node.target, node);
  recordMount(state, node, 'put_tree');
}

export function unmount(state: State, account: Account, namespace: Namespace): void {
  const node = account.mounts.get(namespace);
  if (node === undefined) return;
  recordMount(state, node, 'gone');
  detach(node);
  account.mounts.delete(namespace);
}

function recordMount(state: State, node: MountNode, kind: 'gone' | 'put_tree'): void {
  const place = placeInNamespace(node);
  if (place !== undefined) state.record(place.namespace, place.lower, kind, { hasNested: true });
}

/** All accounts that a change of a namespace's nesting may concern. */
export function everyAccount(state: State): Iterable<Account> {
  return state.accounts.values();
}

/** Tells the listeners which accounts' streams have changed since the last time. */
export function notify(state: State): void {
  if (state.touchedNamespaces.size === 0 && state.touchedAccounts.size === 0) return;
  if (state.listeners.size > 0) {
    const accounts = new Set(state.touchedAccounts);
    for (const account of state.accounts.values()) {
      if (accounts.has(account) || account.status === 'external') continue;
      const sight = new Sight(state, actorOf(account));
      for (const namespace of state.touchedNamespaces) {
        if (sight.seen(namespace) !== 'hidden') accounts.add(account);
      }
    }
    if (accounts.size > 0) for (const listener of state.listeners) listener(accounts);
  }
  state.touchedNamespaces.clear();
  state.touchedAccounts.clear();
}

/** The namespace in which a node stands; it must stand in one. */
export function holderOf(node: MountNode): Namespace | undefined {
  return node.parent === undefined ? undefined : namespaceOf(node.parent);
}
