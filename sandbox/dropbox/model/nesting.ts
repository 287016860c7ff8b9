import { changeAccess, everyAccount, mount, placeMount, unmount } from './changes';
import type { Account, FolderNode, Namespace } from './entities';
import { MountNode } from './entities';
import { recordItem } from './items';
import type { State } from './state';
import { detach, freeName, insert, namespaceOf, placeInNamespace } from './tree';

/** A new namespace nested in a shared one, at a place where nothing stands. */
export function nestNew(
  state: State,
  parent: FolderNode,
  name: string,
  inherits: boolean,
  root?: FolderNode,
): Namespace {
  const namespace = state.newNamespace('shared_folder', name, undefined, root);
  namespace.inherits = inherits;
  // Without members of its own it is mounted nowhere: nobody is concerned as long as no stream is to be told.
  changeAccess(state, state.live ? everyAccount(state) : [], [namespace], () => {
    const location = new MountNode(freeName(parent, name), undefined, 0, namespace);
    namespace.location = location;
    insert(state, parent, location);
    recordItem(state, location, 'put_tree');
  });
  return namespace;
}

/** A new shared folder of an account, mounted in a folder of its home. */
export function shareNew(state: State, owner: Account, parent: FolderNode, name: string, root?: FolderNode): Namespace {
  const namespace = state.newNamespace('shared_folder', name, undefined, root);
  namespace.acl.accounts.set(owner, 'owner');
  namespace.invitedAt.set(owner, state.clock());
  placeMount(state, owner, parent, new MountNode(freeName(parent, name), undefined, 0, namespace));
  return namespace;
}

/** Turns a plain folder, where it stands, into the root of a new namespace: its ids stay. */
export function convert(
  state: State,
  folder: FolderNode,
  owner: Account,
  inherits: boolean,
  inHome: boolean,
): Namespace {
  const parent = folder.parent;
  const place = placeInNamespace(folder);
  if (parent === undefined || place === undefined) throw new Error('a folder that stands nowhere can not be shared');
  detach(folder);
  folder.parent = undefined;
  state.record(place.namespace, place.lower, 'gone');
  if (inHome) return shareNew(state, owner, parent, folder.name, folder);
  return nestNew(state, parent, folder.name, inherits, folder);
}

/** Turns a namespace back into a plain folder in a folder of somebody's, or of the namespace around it. */
export function dissolve(state: State, namespace: Namespace, parent: FolderNode, name: string): void {
  const folder = namespace.root;
  namespace.deleted = true;
  folder.namespace = undefined;
  folder.name = freeName(parent, name);
  insert(state, parent, folder);
  recordItem(state, folder, 'put_tree');
}

/** A team folder of models A and C. In model B: a folder of the shared root that only its members may read. */
export function newTeamFolder(state: State, name: string): Namespace {
  if (state.model === 'B') {
    if (state.teamRoot === undefined) throw new Error('the shared root comes with the first member');
    return nestNew(state, state.teamRoot.root, name, false);
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

/** Gives a mount its own name and place in the account's home. */
export function relocateMount(
  state: State,
  account: Account,
  namespace: Namespace,
  parent: FolderNode,
  name: string,
): void {
  const old = account.mounts.get(namespace) ?? mount(state, account, namespace);
  if (namespaceOf(parent)?.owner !== account) throw new Error('a mount stays in the home of its account');
  unmount(state, account, old.target);
  placeMount(state, account, parent, new MountNode(name, undefined, 0, namespace));
}
