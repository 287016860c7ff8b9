import { canRead, isReachableByAdmin, isShared, levelOn } from './access';
import type { Account, Namespace } from './entities';
import { MountNode } from './entities';
import type { State } from './state';
import { containerOf, detach, freeName, insert, placeInNamespace } from './tree';
import type { Visibility } from './view';
import { View, actorOf } from './view';

/** How a namespace appears to one account at one moment. */
interface Appearance {
  readonly visibility: Visibility;
  readonly readOnly: boolean;
  /** Where the namespace is nested: id of the container and path in it; empty for a namespace that is not nested. */
  readonly location: string;
}

/**
 * Applies a change of memberships or nesting, adjusts the mounts accordingly, and records in each account's journal
 * what that account now sees differently. What Select-Admin reaches can change as well, even when no account's own
 * access does; that is recorded for the streams of admins. `accounts` and `namespaces` are those that the change may
 * affect directly; nested and containing namespaces are derived from them.
 */
export function changeAccess(
  state: State,
  accounts: Iterable<Account>,
  namespaces: Iterable<Namespace>,
  change: () => void,
): void {
  const affectedAccounts = [...accounts];
  const given = [...namespaces];
  const affected = affectedNamespaces(given);
  const before = state.live ? affectedAccounts.map((account) => appearances(state, account, affected)) : [];
  const reachBefore = state.live ? adminReach(state, affected) : undefined;
  change();
  for (const namespace of affectedNamespaces(given)) affected.add(namespace);
  const ordered = [...affected].sort((one, other) => depthOf(one) - depthOf(other));
  for (const account of affectedAccounts) {
    // One view serves all namespaces, because visibility does not depend on what the account has mounted.
    const view = new View(state, actorOf(account));
    for (const namespace of ordered) reconcileMount(view, namespace);
  }
  if (reachBefore === undefined) return;
  for (const [at, account] of affectedAccounts.entries()) {
    const previous = before[at];
    if (previous !== undefined) recordDifferences(state, account, previous, appearances(state, account, affected));
  }
  recordAdminDifferences(state, reachBefore, adminReach(state, affected));
}

function depthOf(namespace: Namespace): number {
  const container = containerOf(namespace);
  return container === undefined ? 0 : 1 + depthOf(container);
}

/**
 * The namespaces whose appearance can depend on the given ones: these, everything nested in them, and all their
 * containers. This holds for the team root of model B too: access to it decides how its nested folders appear.
 */
function affectedNamespaces(namespaces: readonly Namespace[]): Set<Namespace> {
  const withNested = new Set<Namespace>();
  const addNested = (namespace: Namespace) => {
    if (withNested.has(namespace)) return;
    withNested.add(namespace);
    for (const mount of namespace.inside) {
      if (isShared(mount.target) && mount.target.location === mount) addNested(mount.target);
    }
  };
  // Containers are collected separately: a container may also be one of the given namespaces, and then everything
  // nested in it must still be added.
  const containers = new Set<Namespace>();
  for (const namespace of namespaces) {
    if (!isShared(namespace)) continue;
    addNested(namespace);
    for (let at = containerOf(namespace); at !== undefined && isShared(at); at = containerOf(at)) containers.add(at);
  }
  for (const container of containers) withNested.add(container);
  return withNested;
}

function appearances(state: State, account: Account, namespaces: Iterable<Namespace>): Map<Namespace, Appearance> {
  const view = new View(state, actorOf(account));
  const result = new Map<Namespace, Appearance>();
  for (const namespace of namespaces) {
    const place = namespace.location && placeInNamespace(namespace.location);
    result.set(namespace, {
      visibility: view.visibilityOf(namespace),
      readOnly: view.readOnly(namespace),
      location: place === undefined ? '' : `${place.namespace.id}:${place.lower}`,
    });
  }
  return result;
}

/** Records for one account which namespaces became visible, invisible, read-only or editable. */
function recordDifferences(
  state: State,
  account: Account,
  before: Map<Namespace, Appearance>,
  after: Map<Namespace, Appearance>,
): void {
  for (const [namespace, now] of after) {
    const previous = before.get(namespace) ?? { visibility: 'hidden', readOnly: true, location: '' };
    const container = containerOf(namespace);
    const isTraversed = (one: Namespace | undefined) =>
      one !== undefined && (before.get(one)?.visibility === 'traverse' || after.get(one)?.visibility === 'traverse');
    if (previous.visibility !== now.visibility || (previous.location !== now.location && isTraversed(container))) {
      let top = namespace;
      // A traversed container shows only the folders that lead to something readable, so they change as well.
      for (let at = container; at !== undefined && at.kind !== 'team_root' && isTraversed(at); at = containerOf(at)) {
        top = at;
      }
      // Both records are always needed: the account's own stream skips the put of what it lost, but a stream that the
      // same account follows as an admin still has the content.
      const wholePath = isTraversed(containerOf(top));
      recordAt(state, account, top, 'gone', wholePath);
      recordAt(state, account, top, 'put_tree', wholePath);
    } else if (previous.readOnly !== now.readOnly && now.visibility === 'full') {
      recordAt(state, account, namespace, 'put', false);
    }
  }
}

/**
 * Records a change where the namespace is nested and where the account has mounted it: an account without access to
 * the container sees a nested namespace in its home. `wholePath` means that the account only traverses the team root,
 * so the record covers the whole path from the root down.
 */
function recordAt(
  state: State,
  account: Account,
  namespace: Namespace,
  kind: 'gone' | 'put' | 'put_tree',
  wholePath: boolean,
): void {
  for (const mount of [namespace.location, account.mounts.get(namespace)]) {
    const place = mount === undefined ? undefined : placeInNamespace(mount);
    if (place === undefined) continue;
    const path = wholePath && mount === namespace.location ? firstComponent(place.lower) : place.lower;
    state.recordFor(account, place.namespace, path, kind);
  }
}

function firstComponent(path: string): string {
  const end = path.indexOf('/', 1);
  return end < 0 ? path : path.slice(0, end);
}

/** Which of the namespaces each Select-Admin mode reaches. */
function adminReach(state: State, namespaces: Iterable<Namespace>): Map<Namespace, string> {
  const reach = new Map<Namespace, string>();
  for (const namespace of namespaces) {
    const modes = (['whole_team', 'team_admin'] as const).filter((mode) => isReachableByAdmin(state, mode, namespace));
    reach.set(namespace, modes.join());
  }
  return reach;
}

/** Records for admins which nested namespaces they gained or lost at the place where these are nested. */
function recordAdminDifferences(state: State, before: Map<Namespace, string>, after: Map<Namespace, string>): void {
  for (const [namespace, modes] of after) {
    const place = namespace.location && placeInNamespace(namespace.location);
    if (place === undefined || modes === (before.get(namespace) ?? '')) continue;
    state.recordForAdmins(place.namespace, place.lower, 'gone');
    state.recordForAdmins(place.namespace, place.lower, 'put_tree');
  }
}

/** Mounts a namespace in the account's home or root, or unmounts it, according to the account's current access. */
function reconcileMount(view: View, namespace: Namespace): void {
  const { state } = view;
  const { account } = view.actor;
  const mounted = account.mounts.get(namespace);
  const needed = needsMount(view, namespace);
  if (account.unmounted.has(namespace) && !canRead(levelOn(account, namespace))) account.unmounted.delete(namespace);
  if (needed && mounted === undefined && !account.unmounted.has(namespace)) {
    if (state.choices.autoMount || namespace.kind === 'team_folder') mount(state, account, namespace);
    else account.unmounted.add(namespace);
  } else if (!needed && mounted !== undefined) {
    unmount(state, account, namespace);
  }
}

/** Whether the account needs a mount: it may read the namespace and does not see it inside a container. */
function needsMount(view: View, namespace: Namespace): boolean {
  if (namespace.kind !== 'team_folder' && namespace.kind !== 'shared_folder') return false;
  const visibility = view.visibilityOf(namespace);
  if (visibility !== 'full' && !(visibility === 'traverse' && namespace.kind === 'team_folder')) return false;
  const container = containerOf(namespace);
  if (container === undefined) return true;
  const containerVisibility = view.visibilityOf(container);
  return containerVisibility !== 'full' && containerVisibility !== 'traverse';
}

/** Mounts a namespace at the top level of the account's home, or of its root for a team folder of model C. */
export function mount(state: State, account: Account, namespace: Namespace, name = namespace.name): MountNode {
  const base = namespace.kind === 'team_folder' && state.model === 'C' ? account.root : account.home;
  const node = new MountNode(freeName(base.root, name), undefined, 0, namespace);
  placeMount(state, account, base.root, node);
  return node;
}

/** Inserts a mount into a folder of the account's home or root. The mount's name must be free there. */
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

/** A change of nesting may affect any account. */
export function allAccounts(state: State): Iterable<Account> {
  return state.accounts.values();
}

/**
 * Notifies the listeners of the accounts whose own streams changed since the previous call. They are called without
 * accounts when only the streams of admins changed, so that a waiting longpoll looks again.
 */
export function notifyListeners(state: State): void {
  const adminStreamsChanged = state.adminJournal.newest > state.adminNotifiedUpTo;
  if (state.touchedNamespaces.size === 0 && state.touchedAccounts.size === 0 && !adminStreamsChanged) return;
  if (state.listeners.size > 0) {
    const accounts = new Set(state.touchedAccounts);
    for (const account of state.accounts.values()) {
      if (accounts.has(account) || account.status === 'external') continue;
      const view = new View(state, actorOf(account));
      for (const namespace of state.touchedNamespaces) {
        if (view.visibilityOf(namespace) !== 'hidden') accounts.add(account);
      }
    }
    if (accounts.size > 0 || adminStreamsChanged) for (const listener of state.listeners) listener(accounts);
  }
  state.adminNotifiedUpTo = state.adminJournal.newest;
  state.touchedNamespaces.clear();
  state.touchedAccounts.clear();
}
