import { canRead, directLevel } from './access';
import type { FileVersion, Namespace } from './entities';
import { FileNode, FolderNode, MountNode } from './entities';
import { fold } from './fold';
import { decodeRev } from './ids';
import type { LookupTag } from './problems';
import { BadArgument } from './problems';
import { placeInNamespace } from './tree';
import type { View } from './view';

/** A file or folder as an actor reached it. For a mounted namespace, the node is the namespace's root folder. */
export interface Item {
  readonly node: FileNode | FolderNode;
  /** The mount through which the root of a namespace was reached. */
  readonly mount: MountNode | undefined;
  /** The namespace that contains the item; for the root of a namespace, that namespace itself. */
  readonly namespace: Namespace;
  /** Path under the path root; undefined when the item is not mounted there. */
  readonly path: { readonly lower: string; readonly display: string } | undefined;
  /** The version of a `rev:` path. */
  readonly version?: FileVersion;
}

export type Found = Item | LookupTag;

export function isItem(found: Found): found is Item {
  return typeof found !== 'string';
}

/** A parsed path argument. */
export type PathForm =
  | { form: 'path'; names: string[] }
  | { form: 'id'; id: string; names: string[] }
  | { form: 'namespace'; id: string; names: string[] }
  | { form: 'rev'; rev: string }
  | { form: 'malformed' };

/** "Paths may not end with a slash or whitespace"; dot components and unpaired surrogates are refused as well. */
function isMalformed(names: readonly string[]): boolean {
  const isInvalid = (name: string) => name === '' || name === '.' || name === '..' || /\p{Surrogate}/u.test(name);
  return names.some(isInvalid) || /\s$/.test(names.at(-1) ?? '');
}

/** Parses a path argument. Throws BadArgument when it has none of the known forms. */
export function parsePath(path: string): PathForm {
  if (path === '') return { form: 'path', names: [] };
  if (path.startsWith('rev:')) return { form: 'rev', rev: path.slice(4) };
  const match = /^(?:(id|ns|nspath):([^/]*?):?)?((?:\/[^/]*)*)$/s.exec(path);
  if (match === null) throw new BadArgument(`path: '${path}' did not match pattern`);
  const [, scheme, id, rest] = match;
  if (rest === '/' && scheme === undefined) {
    throw new BadArgument('path: Specify the root folder as an empty string rather than as "/".');
  }
  // Clients such as rclone send `//Folder` for a folder of the root, and Dropbox accepts it.
  const names = (scheme === undefined ? (rest ?? '').replace(/^\/+/, '/') : (rest ?? '')).split('/').slice(1);
  if (isMalformed(names)) return { form: 'malformed' };
  if (scheme === 'id') return { form: 'id', id: `id:${id ?? ''}`, names };
  if (scheme !== undefined) return { form: 'namespace', id: id ?? '', names };
  return { form: 'path', names };
}

/** Finds the item of a path argument for an actor, or returns the tag of the LookupError. */
export function resolve(view: View, path: string): Found {
  const parsed = parsePath(path);
  if (parsed.form === 'malformed') return 'malformed_path';
  if (parsed.form === 'rev') return findRev(view, parsed.rev);
  const start =
    parsed.form === 'path'
      ? rootItem(view, view.actor.root)
      : parsed.form === 'id'
        ? findId(view, parsed.id)
        : findNamespace(view, parsed.id);
  return isItem(start) ? descend(view, start, parsed.names) : start;
}

/** The root folder of the path root. */
function rootItem(view: View, namespace: Namespace): Found {
  const visibility = view.visibilityOf(namespace);
  if (visibility === 'hidden' || visibility === 'no_access') return 'not_found';
  return { node: namespace.root, mount: undefined, namespace, path: { lower: '', display: '' } };
}

function findNamespace(view: View, id: string): Found {
  const namespace = view.state.namespaces.get(id);
  return namespace === undefined ? 'not_found' : namespaceItem(view, namespace);
}

function namespaceItem(view: View, namespace: Namespace): Found {
  const visibility = view.visibilityOf(namespace);
  if (visibility === 'hidden' || visibility === 'no_access') return 'not_found';
  const placement = view.placementOf(namespace);
  return {
    node: namespace.root,
    mount: placement === undefined || placement.lower === '' ? undefined : view.mountOf(namespace),
    namespace,
    path: placement,
  };
}

function findId(view: View, id: string): Found {
  const number = view.state.itemIds.decode(id);
  const node = number === undefined ? undefined : view.state.items[number];
  return node === undefined ? 'not_found' : itemOf(view, node);
}

/** The item of a node that is addressed by its id; `not_found` when the actor may not see it. */
export function itemOf(view: View, node: FileNode | FolderNode): Found {
  const place = placeInNamespace(node);
  if (place === undefined) return 'not_found';
  const { namespace } = place;
  if (node === namespace.root) return namespaceItem(view, namespace);
  const visibility = view.visibilityOf(namespace);
  if (node instanceof FileNode) {
    if (visibility !== 'full' && !readsFile(view, node)) return 'not_found';
  } else if (!view.isVisible(node, namespace)) return 'not_found';
  const placement = visibility === 'full' || visibility === 'traverse' ? view.placementOf(namespace) : undefined;
  const path =
    placement === undefined || (visibility === 'traverse' && node instanceof FileNode)
      ? undefined
      : { lower: placement.lower + place.lower, display: placement.display + place.display };
  return { node, mount: undefined, namespace, path };
}

/** Whether the actor may read a file through the file's own members, regardless of the folder. */
function readsFile(view: View, file: FileNode): boolean {
  const acl = view.state.fileAcls.get(file);
  return acl !== undefined && view.actor.account.status !== 'removed' && canRead(directLevel(acl, view.actor.account));
}

function findRev(view: View, rev: string): Found {
  const decoded = decodeRev(rev);
  const node = decoded === undefined ? undefined : view.state.items[decoded.number];
  if (decoded === undefined || !(node instanceof FileNode)) return 'not_found';
  const version = versionOf(node, decoded.version);
  if (version === undefined) return 'not_found';
  const item = itemOf(view, node);
  return isItem(item) ? { ...item, version } : item;
}

export function versionOf(file: FileNode, version: number): FileVersion | undefined {
  return file.version === version ? file : file.history?.find((old) => old.version === version);
}

/** Follows a path down from an item and through mounts, as far as the actor sees. */
function descend(view: View, start: Item, names: readonly string[]): Found {
  let item = start;
  for (const name of names) {
    const next = step(view, item, name);
    if (!isItem(next)) return next;
    item = next;
  }
  return item;
}

function step(view: View, item: Item, name: string): Found {
  if (!(item.node instanceof FolderNode)) return 'not_found';
  const child = item.node.children.get(fold(name));
  if (child === undefined) return 'not_found';
  const path =
    item.path === undefined
      ? undefined
      : { lower: `${item.path.lower}/${fold(child.name)}`, display: `${item.path.display}/${child.name}` };
  if (child instanceof MountNode) {
    const visibility = view.visibilityOf(child.target);
    const outer = view.visibilityOf(item.namespace);
    if (visibility === 'hidden' || (visibility === 'no_access' && outer !== 'full')) return 'not_found';
    return { node: child.target.root, mount: child, namespace: child.target, path };
  }
  const visible =
    child instanceof FolderNode ? view.isVisible(child, item.namespace) : view.visibilityOf(item.namespace) === 'full';
  return visible ? { node: child, mount: undefined, namespace: item.namespace, path } : 'not_found';
}

/** Whether the actor may list or read the content of a resolved item, which is not so with `no_access`. */
export function mayEnter(view: View, item: Item): boolean {
  if (item.node instanceof FileNode) {
    return view.visibilityOf(item.namespace) === 'full' || readsFile(view, item.node);
  }
  const visibility = view.visibilityOf(item.namespace);
  return visibility === 'full' || visibility === 'traverse';
}
