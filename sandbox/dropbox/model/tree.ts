import type { Namespace, Node } from './entities';
import { FileNode, FolderNode, MountNode } from './entities';
import type { State } from './state';

/** Names are compared in lower case; Dropbox keeps the case that was written. */
export function fold(name: string): string {
  return name.toLowerCase();
}

/** A place in a namespace: its path in lower case and as written, empty for the root. */
export interface Place {
  readonly namespace: Namespace;
  readonly lower: string;
  readonly display: string;
}

/** Where a node stands, or undefined when it, or a folder above it, was deleted. */
export function placeInNamespace(node: Node): Place | undefined {
  let lower = '';
  let display = '';
  let at: Node = node;
  for (;;) {
    if (at instanceof FolderNode && at.namespace !== undefined) {
      return at.namespace.deleted ? undefined : { namespace: at.namespace, lower, display };
    }
    const parent: FolderNode | undefined = at.parent;
    if (parent?.children.get(fold(at.name)) !== at) return undefined;
    lower = `/${fold(at.name)}${lower}`;
    display = `/${at.name}${display}`;
    at = parent;
  }
}

export function namespaceOf(node: Node): Namespace | undefined {
  let at: Node | undefined = node;
  while (at !== undefined) {
    if (at instanceof FolderNode && at.namespace !== undefined) return at.namespace;
    at = at.parent;
  }
  return undefined;
}

/** The namespace around a nested one. */
export function containerOf(namespace: Namespace): Namespace | undefined {
  return namespace.location?.parent === undefined ? undefined : namespaceOf(namespace.location.parent);
}

/** Whether the node is the folder or stands below it, without leaving its namespace. */
export function isWithin(node: Node, folder: FolderNode): boolean {
  let at: Node | undefined = node;
  while (at !== undefined) {
    if (at === folder) return true;
    if (at instanceof FolderNode && at.namespace !== undefined) return false;
    at = at.parent;
  }
  return false;
}

/** Namespaces mounted or nested in a folder, not those inside of these. */
export function mountsWithin(folder: FolderNode): MountNode[] {
  const namespace = namespaceOf(folder);
  if (namespace === undefined) return [];
  return [...namespace.inside].filter((mount) => isWithin(mount, folder));
}

/** Puts a node into a folder under its name, last in order. The name must be free. */
export function insert(state: State, folder: FolderNode, node: Node): void {
  const key = fold(node.name);
  node.parent = folder;
  node.order = ++state.order;
  folder.children.set(key === node.name ? node.name : key, node);
  folder.deleted?.delete(key);
  if (node instanceof MountNode) namespaceOf(folder)?.inside.add(node);
}

/** Takes a node out of its folder; it keeps its name and contents. */
export function detach(node: Node): void {
  const folder = node.parent;
  if (folder?.children.get(fold(node.name)) !== node) return;
  folder.children.delete(fold(node.name));
  if (node instanceof MountNode) namespaceOf(folder)?.inside.delete(node);
}

/** The name itself, or the first of `name (1)`, `name (2)`... that is free in the folder. */
export function freeName(folder: FolderNode, name: string): string {
  if (!folder.children.has(fold(name))) return name;
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let count = 1; ; count++) {
    const candidate = `${stem} (${count})${extension}`;
    if (!folder.children.has(fold(candidate))) return candidate;
  }
}

/** The node at a path below a folder, without entering mounts. */
export function findBelow(folder: FolderNode, path: string): Node | undefined {
  let at: Node = folder;
  for (const name of path.split('/')) {
    if (name === '') continue;
    if (!(at instanceof FolderNode)) return undefined;
    const child = at.children.get(name);
    if (child === undefined) return undefined;
    at = child;
  }
  return at;
}

/** All files and folders of a subtree, without those of mounted namespaces. */
export function* descendants(folder: FolderNode): Generator<FileNode | FolderNode> {
  for (const child of folder.children.values()) {
    if (child instanceof MountNode) continue;
    yield child;
    if (child instanceof FolderNode) yield* descendants(child);
  }
}

/** A node's folder, for entering it: a folder itself, or the root of a mounted namespace. */
export function folderOf(node: Node): FolderNode | undefined {
  if (node instanceof FolderNode) return node;
  return node instanceof MountNode ? node.target.root : undefined;
}

export function isFile(node: Node | undefined): node is FileNode {
  return node instanceof FileNode;
}
