import type { FolderNode, MountNode, Namespace } from './entities';
import { FileNode, FolderNode as Folder } from './entities';
import type { ListingArguments } from './cursor';
import type { LookupTag } from './problems';
import type { Item } from './resolve';
import { isItem, mayEnter, resolve } from './resolve';
import type { Placement, Sight } from './sight';
import { findBelow, folderOf, placeInNamespace } from './tree';
import type { WalkStart } from './walk';

/**
 * The part of the company that one listing covers now: its root, and the namespaces in it. Its coordinates are paths
 * under the path root; of a namespace that is not mounted there, paths in the namespace.
 */
export interface Scope {
  readonly root: Item;
  readonly folder: FolderNode;
  readonly lower: string;
  readonly display: string;
  /** Whether entries show their paths. */
  readonly paths: boolean;
  readonly placements: readonly Placement[];
}

export function scopeOf(sight: Sight, listing: ListingArguments): Scope | LookupTag {
  const root = resolve(sight, listing.path);
  if (!isItem(root)) return root;
  if (root.node instanceof FileNode) return 'not_folder';
  if (!mayEnter(sight, root)) return 'not_found';
  const everything = listing.recursive && listing.mounted;
  if (root.path !== undefined) {
    const { lower, display } = root.path;
    const onlyRoot = lower === '' && !everything;
    const all = sight.placements(!onlyRoot);
    const placements = all.filter(
      (placement) => isAtOrAbove(placement.lower, lower) || (everything && isAtOrAbove(lower, placement.lower)),
    );
    return { root, folder: root.node, lower, display, paths: true, placements };
  }
  const place = placeInNamespace(root.node);
  if (place === undefined) return 'not_found';
  const { lower, display } = place;
  const placements = sight.place(root.namespace, '', '', everything);
  const paths = sight.state.choices.unmountedPaths === 'namespace';
  return { root, folder: root.node, lower, display, paths, placements };
}

/** Whether one path is another or a folder above it. */
export function isAtOrAbove(above: string, path: string): boolean {
  return above === '' || path === above || path.startsWith(`${above}/`);
}

export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** What now stands at a path of a namespace, as far as the actor sees it. */
export interface Standing {
  readonly node: FileNode | FolderNode | MountNode;
  readonly display: string;
}

export function standingAt(sight: Sight, placement: Placement, path: string): Standing | undefined {
  const { namespace, seen } = placement;
  const node = findBelow(namespace.root, path);
  if (node === undefined || node === namespace.root) return undefined;
  if (node instanceof FileNode) {
    if (seen !== 'full') return undefined;
  } else if (node instanceof Folder) {
    if (!sight.shows(node, namespace)) return undefined;
  } else {
    const inner = sight.seen(node.target);
    if (inner === 'hidden' || (inner === 'sealed' && seen === 'way')) return undefined;
  }
  const place = placeInNamespace(node);
  return place === undefined ? undefined : { node, display: placement.display + place.display };
}

/** The folder at a path of the scope, to walk from; undefined when it is no longer there or not seen. */
export function folderAt(sight: Sight, scope: Scope, path: string): WalkStart | undefined {
  if (path === scope.lower) {
    return { folder: scope.folder, namespace: scope.root.namespace, lower: scope.lower, display: scope.display };
  }
  const around = deepest(scope.placements, path);
  if (around === undefined) return undefined;
  const inside = path.slice(around.lower.length);
  const node = inside === '' ? around.namespace.root : findBelow(around.namespace.root, inside);
  const folder = node instanceof Folder ? folderOf(node) : undefined;
  if (folder === undefined || !sight.shows(folder, around.namespace)) return undefined;
  const place = placeInNamespace(folder);
  if (place === undefined) return undefined;
  return { folder, namespace: around.namespace, lower: path, display: around.display + place.display };
}

function deepest(placements: readonly Placement[], path: string): Placement | undefined {
  let best: Placement | undefined;
  for (const placement of placements) {
    if (placement.seen !== 'full' && placement.seen !== 'way') continue;
    if (isAtOrAbove(placement.lower, path) && placement.lower.length >= (best?.lower.length ?? 0)) best = placement;
  }
  return best;
}

export function namespacesOf(scope: Scope): Set<Namespace> {
  return new Set(scope.placements.map((placement) => placement.namespace));
}
