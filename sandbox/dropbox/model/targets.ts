import type { files } from 'dropbox';
import { actingLevel, canEdit } from './access';
import type { Namespace, Node, FolderNode } from './entities';
import { FileNode } from './entities';
import { fold } from './fold';
import { addFolder } from './items';
import { malformedTarget } from './problems';
import type { Item } from './resolve';
import { isItem, parsePath, resolve } from './resolve';
import { freeName, namespaceOf } from './tree';
import type { View } from './view';

/** The target of a write: the deepest existing folder of the path, the missing folders below it, and the name. */
export interface Target {
  readonly folder: FolderNode;
  readonly namespace: Namespace;
  readonly missing: readonly string[];
  readonly name: string;
  /** The item that already exists at the path. */
  readonly existing: Node | undefined;
}

export type WriteRefusal = (error: files.WriteError) => never;

/** Whether the actor may change the content of a namespace. A member's own root holds only mounts and is read-only. */
export function mayWrite(view: View, namespace: Namespace): boolean {
  if (namespace.kind === 'team_member_root') return false;
  return canEdit(actingLevel(view.state, view.actor, namespace));
}

/** System files that Dropbox does not sync. */
const DISALLOWED = new Set(['desktop.ini', 'thumbs.db', '.ds_store', 'icon\r', '.dropbox', '.dropbox.attr']);

function isAllowedName(name: string): boolean {
  return name.length <= 255 && !name.includes('\0') && !DISALLOWED.has(fold(name));
}

/** Finds the target of a write. Missing parent folders are not an error, because Dropbox creates them. */
export function targetOf(view: View, path: string, refuse: WriteRefusal): Target {
  const parsed = parsePath(path);
  if (parsed.form === 'malformed') return refuse(malformedTarget);
  if (parsed.form === 'rev') return refuse({ '.tag': 'no_write_permission' });
  const names = [...parsed.names];
  const name = names.pop();
  if (name === undefined) return targetById(view, path, refuse);
  const scheme = parsed.form === 'id' ? parsed.id : parsed.form === 'namespace' ? `ns:${parsed.id}` : '';
  if (![...names, name].every(isAllowedName)) return refuse({ '.tag': 'disallowed_name' });
  const missing: string[] = [];
  for (;;) {
    const parent = resolve(view, names.length === 0 ? scheme : `${scheme}/${names.join('/')}`);
    if (isItem(parent)) return targetIn(view, parent, missing, name, refuse);
    const last = names.pop();
    if (last === undefined) return refuse({ '.tag': 'no_write_permission' });
    missing.unshift(last);
  }
}

function targetIn(view: View, parent: Item, missing: string[], name: string, refuse: WriteRefusal): Target {
  const { node, namespace } = parent;
  if (node instanceof FileNode) return refuse({ '.tag': 'conflict', conflict: { '.tag': 'file_ancestor' } });
  if (!mayWrite(view, namespace)) return refuse({ '.tag': 'no_write_permission' });
  const [first] = missing;
  // A folder that the actor can't see may exist where a parent folder would have to be created.
  if (first !== undefined && node.children.has(fold(first))) return refuse({ '.tag': 'no_write_permission' });
  const existing = missing.length === 0 ? node.children.get(fold(name)) : undefined;
  return { folder: node, namespace, missing, name, existing };
}

/** An `id:` or `ns:` path without further components must name an existing item. */
function targetById(view: View, path: string, refuse: WriteRefusal): Target {
  const item = resolve(view, path);
  if (!isItem(item)) return refuse(malformedTarget);
  const parent = item.node.parent;
  if (parent === undefined) return refuse({ '.tag': 'conflict', conflict: { '.tag': 'folder' } });
  if (!mayWrite(view, item.namespace)) return refuse({ '.tag': 'no_write_permission' });
  return { folder: parent, namespace: item.namespace, missing: [], name: item.node.name, existing: item.node };
}

/** Creates the missing parent folders of a target and returns the folder to write into. */
export function createMissing(view: View, target: Target): FolderNode {
  let { folder } = target;
  for (const name of target.missing) folder = addFolder(view.state, folder, name);
  return folder;
}

/** The name to write under. Refuses a conflict unless `autorename` is set. */
export function nameFor(target: Target, autorename: boolean, refuse: WriteRefusal): string {
  if (target.existing === undefined) return target.name;
  if (autorename) return freeName(target.folder, target.name);
  return refuse({ '.tag': 'conflict', conflict: conflictWith(target.existing) });
}

export function conflictWith(node: Node): files.WriteConflictError {
  return node instanceof FileNode ? { '.tag': 'file' } : { '.tag': 'folder' };
}

/** The node to move or delete for an item: the mount for a mounted namespace, otherwise the item's own node. */
export function nodeInTree(item: Item): Node {
  return item.mount ?? item.node;
}

/** The namespace in which an item is moved or deleted: for a mounted namespace, the one that contains the mount. */
export function containingNamespace(item: Item): Namespace | undefined {
  const { mount } = item;
  if (mount !== undefined) return mount.parent === undefined ? undefined : namespaceOf(mount.parent);
  return item.node.parent === undefined ? undefined : item.namespace;
}
