import type { files } from 'dropbox';
import { actingLevel, canEdit } from './access';
import type { Namespace, Node, FolderNode } from './entities';
import { FileNode, MountNode } from './entities';
import { addFolder } from './items';
import { malformedTarget } from './problems';
import type { Item } from './resolve';
import { isItem, parsePath, resolve } from './resolve';
import type { Sight } from './sight';
import { fold, freeName, namespaceOf } from './tree';

/** A place to write to: the deepest folder that is there, folders to create below it, and a name. */
export interface Target {
  readonly folder: FolderNode;
  readonly namespace: Namespace;
  readonly missing: readonly string[];
  readonly name: string;
  /** What stands at the place already. */
  readonly standing: Node | undefined;
}

export type WriteRefusal = (error: files.WriteError) => never;

/** Whether the actor may change what is in a namespace. A member's own root holds mounts only. */
export function mayWrite(sight: Sight, namespace: Namespace): boolean {
  if (namespace.kind === 'team_member_root') return false;
  return canEdit(actingLevel(sight.state, sight.actor, namespace));
}

/** Files of desktops and of Dropbox's own client, which it does not sync. */
const DISALLOWED = new Set(['desktop.ini', 'thumbs.db', '.ds_store', 'icon\r', '.dropbox', '.dropbox.attr']);

function isAllowedName(name: string): boolean {
  return name.length <= 255 && !name.includes('\0') && !DISALLOWED.has(fold(name));
}

/** Finds the place that a write's path names. Missing folders on the way are no error: Dropbox creates them. */
export function targetOf(sight: Sight, path: string, refuse: WriteRefusal): Target {
  const parsed = parsePath(path);
  if (parsed.form === 'malformed') return refuse(malformedTarget);
  if (parsed.form === 'rev') return refuse({ '.tag': 'no_write_permission' });
  const names = [...parsed.names];
  const name = names.pop();
  if (name === undefined) return targetById(sight, path, refuse);
  const scheme = parsed.form === 'id' ? parsed.id : parsed.form === 'namespace' ? `ns:${parsed.id}` : '';
  if (![...names, name].every(isAllowedName)) return refuse({ '.tag': 'disallowed_name' });
  const missing: string[] = [];
  for (;;) {
    const around = resolve(sight, names.length === 0 ? scheme : `${scheme}/${names.join('/')}`);
    if (isItem(around)) return below(sight, around, missing, name, refuse);
    const last = names.pop();
    if (last === undefined) return refuse({ '.tag': 'no_write_permission' });
    missing.unshift(last);
  }
}

function below(sight: Sight, around: Item, missing: string[], name: string, refuse: WriteRefusal): Target {
  const { node, namespace } = around;
  if (node instanceof FileNode) return refuse({ '.tag': 'conflict', conflict: { '.tag': 'file_ancestor' } });
  if (!mayWrite(sight, namespace)) return refuse({ '.tag': 'no_write_permission' });
  const [first] = missing;
  // A folder that the actor can't see may stand where one would have to be created.
  if (first !== undefined && node.children.has(fold(first))) return refuse({ '.tag': 'no_write_permission' });
  const standing = missing.length === 0 ? node.children.get(fold(name)) : undefined;
  return { folder: node, namespace, missing, name, standing };
}

/** An `id:` or `ns:` without a path names an item that is there. */
function targetById(sight: Sight, path: string, refuse: WriteRefusal): Target {
  const item = resolve(sight, path);
  if (!isItem(item)) return refuse(malformedTarget);
  const parent = item.node.parent;
  if (parent === undefined) return refuse({ '.tag': 'conflict', conflict: { '.tag': 'folder' } });
  if (!mayWrite(sight, item.namespace)) return refuse({ '.tag': 'no_write_permission' });
  return { folder: parent, namespace: item.namespace, missing: [], name: item.node.name, standing: item.node };
}

/** Creates the folders that are missing on the way to a target, and returns the one to write into. */
export function createMissing(sight: Sight, target: Target): FolderNode {
  let { folder } = target;
  for (const name of target.missing) folder = addFolder(sight.state, folder, name);
  return folder;
}

/** The name to write under, or the refusal of a conflict. */
export function nameFor(target: Target, autorename: boolean, refuse: WriteRefusal): string {
  if (target.standing === undefined) return target.name;
  if (autorename) return freeName(target.folder, target.name);
  return refuse({ '.tag': 'conflict', conflict: conflictWith(target.standing) });
}

export function conflictWith(node: Node): files.WriteConflictError {
  return node instanceof FileNode ? { '.tag': 'file' } : { '.tag': 'folder' };
}

/** The node of an item in the tree that it is moved or deleted in: the mount, for a mounted namespace. */
export function nodeInTree(item: Item): Node {
  return item.mount ?? item.node;
}

/** The namespace in which an item can be moved or deleted: that around the mount, for a mounted namespace. */
export function holderOf(item: Item): Namespace | undefined {
  const { mount } = item;
  if (mount !== undefined) return mount.parent === undefined ? undefined : namespaceOf(mount.parent);
  return item.node.parent === undefined ? undefined : item.namespace;
}

export function isMount(node: Node): node is MountNode {
  return node instanceof MountNode;
}
