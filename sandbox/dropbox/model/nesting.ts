import { changeAccess, allAccounts, mount, placeMount, unmount } from './accessChanges';
import type { Account, FolderNode, Namespace } from './entities';
import { MountNode } from './entities';
import { recordItem } from './items';
import type { State } from './state';
import { detach, freeName, insert, namespaceOf, placeInNamespace } from './tree';

/** Creates a namespace nested in a shared one, under a free name. */
export function createNestedFolder(
  state: State,
  parent: FolderNode,
  name: string,
  inherits: boolean,
  root?: FolderNode,
): Namespace {
  const namespace = state.newNamespace('shared_folder', name, undefined, root);
  namespace.inherits = inherits;
  // A namespace without members changes no mount. Only streams are affected, and before go-live there are none.
  changeAccess(state, state.live ? allAccounts(state) : [], [namespace], () => {
    const location = new MountNode(freeName(parent, name), undefined, 0, namespace);
    namespace.location = location;
    insert(state, parent, location);
    recordItem(state, location, 'put_tree');
  });
  return namespace;
}

/** Creates a shared folder that is owned by an account and mounted in its home. */
export function createSharedFolder(
  state: State,
  owner: Account,
  parent: FolderNode,
  name: string,
  root?: FolderNode,
): Namespace {
  const namespace = state.newNamespace('shared_folder', name, undefined, root);
  namespace.acl.accounts.set(owner, 'owner');
  namespace.invitedAt.set(owner, state.clock());
  placeMount(state, owner, parent, new MountNode(freeName(parent, name), undefined, 0, namespace));
  return namespace;
}

/** Turns a plain folder in place into the root of a new namespace. Its items keep their ids. */
export function convertToNamespace(
  state: State,
  folder: FolderNode,
  owner: Account,
  inherits: boolean,
  inHome: boolean,
): Namespace {
  const parent = folder.parent;
  const place = placeInNamespace(folder);
  if (parent === undefined || place === undefined) throw new Error('a deleted folder cannot be shared');
  detach(folder);
  folder.parent = undefined;
  state.record(place.namespace, place.lower, 'gone');
  if (inHome) return createSharedFolder(state, owner, parent, folder.name, folder);
  return createNestedFolder(state, parent, folder.name, inherits, folder);
}

/** Turns a namespace back into a plain folder below `parent`. */
export function convertToPlainFolder(state: State, namespace: Namespace, parent: FolderNode, name: string): void {
  const folder = namespace.root;
  namespace.deleted = true;
  folder.namespace = undefined;
  folder.name = freeName(parent, name);
  insert(state, parent, folder);
  recordItem(state, folder, 'put_tree');
}

/** Creates a team folder in models A and C; in model B a folder of the team root that only its members may read. */
export function newTeamFolder(state: State, name: string): Namespace {
  if (state.model === 'B') {
    if (state.teamRoot === undefined) throw new Error('the team root is created with the first member');
    return createNestedFolder(state, state.teamRoot.root, name, false);
  }
  return state.newNamespace('team_folder', name);
}

export function newAppFolder(state: State, owner: Account, name: string): Namespace {
  const apps = owner.home.root.children.get('apps');
  let folder: FolderNode;
  if (apps === undefined || !('children' in apps)) {
    folder = state.newFolder('Apps');
    insert(state, owner.home.root, folder);
    recordItem(state, folder, 'put');
  } else {
    folder = apps;
  }
  const namespace = state.newNamespace('app_folder', name, owner);
  placeMount(state, owner, folder, new MountNode(freeName(folder, name), undefined, 0, namespace));
  return namespace;
}

/** Moves a mount to another folder and name in the account's home. */
export function relocateMount(
  state: State,
  account: Account,
  namespace: Namespace,
  parent: FolderNode,
  name: string,
): void {
  const old = account.mounts.get(namespace) ?? mount(state, account, namespace);
  if (namespaceOf(parent)?.owner !== account) throw new Error('a mount must stay in the home of its account');
  unmount(state, account, old.target);
  placeMount(state, account, parent, new MountNode(name, undefined, 0, namespace));
}
