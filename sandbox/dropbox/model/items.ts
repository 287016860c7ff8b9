import { isShared } from './access';
import { changeAccess, allAccounts, unmount } from './accessChanges';
import type { Content } from './content';
import type { Account, FileVersion, Namespace } from './entities';
import { FileNode, FolderNode, MountNode } from './entities';
import { fold } from './fold';
import { chance } from './ids';
import { removeAllFolderMembers } from './memberships';
import type { State } from './state';
import { descendants, detach, insert, mountsWithin, namespaceOf, placeInNamespace } from './tree';

// Changes of the tree, and their records in the journals. Permissions are checked by the callers.

export interface FileFacts {
  serverModified?: number;
  clientModified?: number;
  by?: Account | undefined;
}

export function addFile(
  state: State,
  folder: FolderNode,
  name: string,
  content: Content,
  facts: FileFacts = {},
): FileNode {
  const modified = facts.serverModified ?? state.now();
  const file = state.newFile(name, content, modified, facts.clientModified ?? modified, facts.by);
  insert(state, folder, file);
  recordItem(state, file, 'put');
  return file;
}

export function addFolder(state: State, folder: FolderNode, name: string): FolderNode {
  const added = state.newFolder(name);
  insert(state, folder, added);
  recordItem(state, added, 'put');
  return added;
}

/** Replaces a file's content and keeps the previous version. */
export function writeVersion(state: State, file: FileNode, content: Content, facts: FileFacts = {}): void {
  const serverModified = facts.serverModified ?? state.now();
  const clientModified = facts.clientModified ?? serverModified;
  addVersion(file, { content, serverModified, clientModified, modifiedBy: facts.by });
  recordItem(state, file, 'put');
}

function addVersion(file: FileNode, next: Omit<FileVersion, 'version'>): void {
  const { version, content, serverModified, clientModified, modifiedBy } = file;
  (file.history ??= []).push({ version, content, serverModified, clientModified, modifiedBy });
  const newest = Math.max(...file.history.map((one) => one.version));
  Object.assign(file, { ...next, version: newest + 1 });
}

export function recordItem(state: State, node: FileNode | FolderNode | MountNode, kind: 'put' | 'put_tree'): void {
  if (!state.live) return;
  const place = placeInNamespace(node);
  if (place === undefined) return;
  const hasNested = node instanceof MountNode || (node instanceof FolderNode && mountsWithin(node).length > 0);
  state.record(place.namespace, place.lower, kind, { hasNested });
}

/**
 * Deletes a file or folder. Namespaces nested in it are deleted too, and mounts in it are unmounted. The item can be
 * restored until another item takes its name.
 */
export function removeItem(state: State, node: FileNode | FolderNode): void {
  const place = placeInNamespace(node);
  const folder = node.parent;
  if (place === undefined || folder === undefined) return;
  const mounts = node instanceof FolderNode ? mountsWithin(node) : [];
  for (const mount of mounts) removeMount(state, mount);
  detach(node);
  (folder.deleted ??= new Map()).set(fold(node.name), node);
  state.record(place.namespace, place.lower, 'gone', { was: node, hasNested: mounts.length > 0 });
}

/** Removes a mount from a folder: unmounts it for its account, or deletes the namespace that is nested there. */
export function removeMount(state: State, mount: MountNode): void {
  const { target } = mount;
  if (target.location === mount) {
    deleteNamespace(state, target);
    return;
  }
  const member = namespaceOf(mount)?.owner;
  if (member?.mounts.get(target) !== mount) return;
  member.unmounted.add(target);
  unmount(state, member, target);
}

/** Deletes a shared namespace and everything nested in it. */
export function deleteNamespace(state: State, namespace: Namespace): void {
  for (const mount of [...namespace.inside]) {
    if (mount.target.location === mount && isShared(mount.target)) deleteNamespace(state, mount.target);
  }
  removeAllFolderMembers(state, namespace);
  changeAccess(state, allAccounts(state), [namespace], () => {
    const { location } = namespace;
    const place = location === undefined ? undefined : placeInNamespace(location);
    if (place !== undefined) state.record(place.namespace, place.lower, 'gone', { hasNested: true });
    if (location !== undefined) detach(location);
    namespace.deleted = true;
    delete namespace.location;
  });
  for (const account of state.accounts.values()) unmount(state, account, namespace);
}

/**
 * Moves an item within its namespace or to another one. Each file gets another rev and the time of the move, with the
 * same content: recorded of a rename in a real account (stackoverflow.max-everyday.com, 2017-02).
 */
export function moveItem(
  state: State,
  node: FileNode | FolderNode | MountNode,
  folder: FolderNode,
  name: string,
): void {
  const from = placeInNamespace(node);
  const nested = node instanceof MountNode ? [node] : node instanceof FolderNode ? mountsWithin(node) : [];
  const target = namespaceOf(folder);
  const move = () => {
    for (const mount of nested) namespaceOf(mount.parent ?? folder)?.inside.delete(mount);
    detach(node);
    node.name = name;
    insert(state, folder, node);
    for (const mount of nested) target?.inside.add(mount);
    renew(state, node);
    if (from !== undefined) recordMove(state, from.namespace, from.lower, node, nested.length > 0);
  };
  const shared = nested.filter((mount) => mount.target.location === mount).map((mount) => mount.target);
  if (shared.length === 0) move();
  else changeAccess(state, allAccounts(state), shared, move);
}

function renew(state: State, node: FileNode | FolderNode | MountNode): void {
  if (!state.live || node instanceof MountNode) return;
  for (const file of node instanceof FileNode ? [node] : descendants(node)) {
    if (!(file instanceof FileNode)) continue;
    const { content, clientModified, modifiedBy } = file;
    addVersion(file, { content, serverModified: state.now(), clientModified, modifiedBy });
  }
}

/** Records both changes of a move, in the order of the choice `moveOrder`. */
function recordMove(
  state: State,
  from: Namespace,
  path: string,
  node: FileNode | FolderNode | MountNode,
  hasNested: boolean,
): void {
  const { moveOrder } = state.choices;
  const addFirst =
    moveOrder === 'add_first' || (moveOrder === 'seeded' && chance(state.seed, 'move', state.sequence, path) < 0.5);
  const kind = node instanceof FileNode ? 'put' : 'put_tree';
  if (addFirst) recordItem(state, node, kind);
  state.record(from, path, 'gone', { hasNested });
  if (!addFirst) recordItem(state, node, kind);
}

/** Gives new numbers, and therefore new ids and revs, to a subtree that was moved to another namespace. */
export function renumber(state: State, node: FileNode | FolderNode): FileNode | FolderNode {
  const folder = node.parent;
  const copy = copyTree(state, node, node instanceof FileNode ? node.modifiedBy : undefined, true);
  if (folder === undefined) return copy;
  detach(node);
  insert(state, folder, copy);
  return copy;
}

/** A copy with new ids that shares the contents. With `keepTimes` it keeps the modification times. */
export function copyTree(
  state: State,
  node: FileNode | FolderNode,
  by: Account | undefined,
  keepTimes: boolean,
): FileNode | FolderNode {
  if (node instanceof FileNode) {
    const modified = keepTimes ? node.serverModified : state.now();
    const file = state.newFile(node.name, node.content, modified, node.clientModified, by);
    file.downloadable = node.downloadable;
    file.restricted = node.restricted;
    return file;
  }
  const folder = state.newFolder(node.name);
  for (const child of node.children.values()) {
    if (!(child instanceof MountNode)) insert(state, folder, copyTree(state, child, by, keepTimes));
  }
  return folder;
}

/** Number of files in a subtree. */
export function countFiles(node: FileNode | FolderNode): number {
  if (node instanceof FileNode) return 1;
  let count = 0;
  for (const item of descendants(node)) if (item instanceof FileNode) count++;
  return count;
}
