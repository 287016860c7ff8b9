import type { Namespace, Node, FileNode } from './entities';
import { FolderNode, MountNode } from './entities';
import { fold } from './fold';
import type { State } from './state';

/** A location in a namespace: its path in lower case and as written, both empty for the root. */
export interface Place {
  readonly namespace: Namespace;
  readonly lower: string;
  readonly display: string;
}

/** The location of a node; undefined when the node or a folder above it was deleted. */
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

/** The namespace in which a nested one is located. */
export function containerOf(namespace: Namespace): Namespace | undefined {
  return namespace.location?.parent === undefined ? undefined : namespaceOf(namespace.location.parent);
}

/** Whether the node is the folder or below it in the same namespace. */
function isWithin(node: Node, folder: FolderNode): boolean {
  let at: Node | undefined = node;
  while (at !== undefined) {
    if (at === folder) return true;
    if (at instanceof FolderNode && at.namespace !== undefined) return false;
    at = at.parent;
  }
  return false;
}

/** The namespaces mounted or nested in a folder, without those further inside. */
export function mountsWithin(folder: FolderNode): MountNode[] {
  const namespace = namespaceOf(folder);
  if (namespace === undefined) return [];
  return [...namespace.inside].filter((mount) => isWithin(mount, folder));
}

/** Inserts a node into a folder under its name, as the last child. The name must be free. */
export function insert(state: State, folder: FolderNode, node: Node): void {
  const key = fold(node.name);
  node.parent = folder;
  node.order = ++state.order;
  folder.children.set(key === node.name ? node.name : key, node);
  folder.deleted?.delete(key);
  if (node instanceof MountNode) namespaceOf(folder)?.inside.add(node);
}

/** Removes a node from its folder; the node keeps its name and content. */
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

/** The node at a path below a folder. Mounted namespaces are not entered. */
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

/** All files and folders of a subtree, without the content of mounted namespaces. */
export function* descendants(folder: FolderNode): Generator<FileNode | FolderNode> {
  for (const child of folder.children.values()) {
    if (child instanceof MountNode) continue;
    yield child;
    if (child instanceof FolderNode) yield* descendants(child);
  }
}
