import { actingLevel, canRead, directLevel } from './access';
import type { FileVersion, Namespace } from './entities';
import { FileNode, FolderNode, MountNode } from './entities';
import { decodeRev } from './ids';
import type { LookupTag } from './problems';
import { BadArgument } from './problems';
import type { Sight } from './sight';
import { fold, placeInNamespace } from './tree';

/** A file or folder as an actor reached it. For a mounted namespace the node is its root folder. */
export interface Item {
  readonly node: FileNode | FolderNode;
  /** The mount by which a namespace's root was reached. */
  readonly mount: MountNode | undefined;
  /** The namespace that the item is in; for the root of a namespace that namespace itself. */
  readonly namespace: Namespace;
  /** Path under the path root; undefined where the item is not mounted. */
  readonly path: { readonly lower: string; readonly display: string } | undefined;
  /** Set for `rev:`. */
  readonly version?: FileVersion;
}

export type Found = Item | LookupTag;

export function isItem(found: Found): found is Item {
  return typeof found !== 'string';
}

/** The parts of a path argument. */
export type PathForm =
  | { form: 'path'; names: string[] }
  | { form: 'id'; id: string; names: string[] }
  | { form: 'namespace'; id: string; names: string[] }
  | { form: 'rev'; rev: string }
  | { form: 'malformed' };

/** "Paths may not end with a slash or whitespace"; nor is there a way around by dots, nor half a character. */
function isMalformed(names: readonly string[]): boolean {
  const isNoName = (name: string) => name === '' || name === '.' || name === '..' || /\p{Surrogate}/u.test(name);
  return names.some(isNoName) || /\s$/.test(names.at(-1) ?? '');
}

/** Splits a path argument; throws BadArgument for what fits none of the forms. */
export function parsePath(path: string): PathForm {
  if (path === '') return { form: 'path', names: [] };
  if (path.startsWith('rev:')) return { form: 'rev', rev: path.slice(4) };
  const match = /^(?:(id|ns|nspath):([^/]*?):?)?((?:\/[^/]*)*)$/s.exec(path);
  if (match === null) throw new BadArgument(`path: '${path}' did not match pattern`);
  const [, scheme, id, rest] = match;
  if (rest === '/' && scheme === undefined) {
    throw new BadArgument('path: Specify the root folder as an empty string rather than as "/".');
  }
  const names = (rest ?? '').split('/').slice(1);
  if (isMalformed(names)) return { form: 'malformed' };
  if (scheme === 'id') return { form: 'id', id: `id:${id ?? ''}`, names };
  if (scheme !== undefined) return { form: 'namespace', id: id ?? '', names };
  return { form: 'path', names };
}

/** Finds what a path argument means to an actor, or says why not. */
export function resolve(sight: Sight, path: string): Found {
  const parsed = parsePath(path);
  if (parsed.form === 'malformed') return 'malformed_path';
  if (parsed.form === 'rev') return findRev(sight, parsed.rev);
  const start =
    parsed.form === 'path'
      ? rootItem(sight, sight.actor.root)
      : parsed.form === 'id'
        ? findId(sight, parsed.id)
        : findNamespace(sight, parsed.id);
  return isItem(start) ? descend(sight, start, parsed.names) : start;
}

/** The root of the path root's namespace. */
function rootItem(sight: Sight, namespace: Namespace): Found {
  const seen = sight.seen(namespace);
  if (seen === 'hidden' || seen === 'sealed') return 'not_found';
  return { node: namespace.root, mount: undefined, namespace, path: { lower: '', display: '' } };
}

function findNamespace(sight: Sight, id: string): Found {
  const namespace = sight.state.namespaces.get(id);
  return namespace === undefined ? 'not_found' : namespaceItem(sight, namespace);
}

export function namespaceItem(sight: Sight, namespace: Namespace): Found {
  const seen = sight.seen(namespace);
  if (seen === 'hidden' || seen === 'sealed') return 'not_found';
  const placement = sight.placementOf(namespace);
  return {
    node: namespace.root,
    mount: placement === undefined || placement.lower === '' ? undefined : sight.mountOf(namespace),
    namespace,
    path: placement,
  };
}

function findId(sight: Sight, id: string): Found {
  const number = sight.state.itemIds.decode(id);
  const node = number === undefined ? undefined : sight.state.items[number];
  return node === undefined ? 'not_found' : itemOf(sight, node);
}

/** A node as the actor reaches it by its id, or `not_found` where he may not. */
export function itemOf(sight: Sight, node: FileNode | FolderNode): Found {
  const place = placeInNamespace(node);
  if (place === undefined) return 'not_found';
  const { namespace } = place;
  if (node === namespace.root) return namespaceItem(sight, namespace);
  const seen = sight.seen(namespace);
  if (node instanceof FileNode) {
    if (seen !== 'full' && !readsFile(sight, node)) return 'not_found';
  } else if (!sight.shows(node, namespace)) return 'not_found';
  const placement = seen === 'full' || seen === 'way' ? sight.placementOf(namespace) : undefined;
  const path =
    placement === undefined || (seen === 'way' && node instanceof FileNode)
      ? undefined
      : { lower: placement.lower + place.lower, display: placement.display + place.display };
  return { node, mount: undefined, namespace, path };
}

/** Whether a file's own members give the actor the file, whatever his access to the folder around it. */
function readsFile(sight: Sight, file: FileNode): boolean {
  const acl = sight.state.fileAcls.get(file);
  return (
    acl !== undefined && sight.actor.account.status !== 'removed' && canRead(directLevel(acl, sight.actor.account))
  );
}

function findRev(sight: Sight, rev: string): Found {
  const decoded = decodeRev(rev);
  const node = decoded === undefined ? undefined : sight.state.items[decoded.number];
  if (decoded === undefined || !(node instanceof FileNode)) return 'not_found';
  const version = versionOf(node, decoded.version);
  if (version === undefined) return 'not_found';
  const item = itemOf(sight, node);
  return isItem(item) ? { ...item, version } : item;
}

export function versionOf(file: FileNode, version: number): FileVersion | undefined {
  return file.version === version ? file : file.history?.find((old) => old.version === version);
}

/** Follows names down from an item, through mounts, as far as the actor sees. */
function descend(sight: Sight, start: Item, names: readonly string[]): Found {
  let item = start;
  for (const name of names) {
    const next = step(sight, item, name);
    if (!isItem(next)) return next;
    item = next;
  }
  return item;
}

function step(sight: Sight, item: Item, name: string): Found {
  if (!(item.node instanceof FolderNode)) return 'not_found';
  const child = item.node.children.get(fold(name));
  if (child === undefined) return 'not_found';
  const path =
    item.path === undefined
      ? undefined
      : { lower: `${item.path.lower}/${fold(child.name)}`, display: `${item.path.display}/${child.name}` };
  if (child instanceof MountNode) {
    const seen = sight.seen(child.target);
    const around = sight.seen(item.namespace);
    if (seen === 'hidden' || (seen === 'sealed' && around !== 'full')) return 'not_found';
    return { node: child.target.root, mount: child, namespace: child.target, path };
  }
  const visible =
    child instanceof FolderNode ? sight.shows(child, item.namespace) : sight.seen(item.namespace) === 'full';
  return visible ? { node: child, mount: undefined, namespace: item.namespace, path } : 'not_found';
}

/** Whether the content of a resolved item may be listed or read by the actor: not that of a sealed folder. */
export function mayEnter(sight: Sight, item: Item): boolean {
  if (item.node instanceof FileNode) {
    return sight.seen(item.namespace) === 'full' || readsFile(sight, item.node);
  }
  const seen = sight.seen(item.namespace);
  return seen === 'full' || seen === 'way';
}

/** The level with which the actor works on an item. */
export function levelOnItem(sight: Sight, item: Item) {
  return actingLevel(sight.state, sight.actor, item.namespace);
}
