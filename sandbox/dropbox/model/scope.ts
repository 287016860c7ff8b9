import { isShared } from './access';
import type { ListingArguments } from './cursor';
import type { FolderNode, MountNode, Namespace } from './entities';
import { FileNode, FolderNode as Folder } from './entities';
import type { LookupTag } from './problems';
import type { Item } from './resolve';
import { isItem, mayEnter, resolve } from './resolve';
import { containerOf, findBelow, placeInNamespace } from './tree';
import type { Placement, View } from './view';
import type { WalkStart } from './walk';

/**
 * The part of the company that one listing covers: the listed folder and the namespaces in it. Paths are relative to
 * the path root, or to the listed namespace when that is not mounted under the path root.
 */
export interface Scope {
  readonly root: Item;
  readonly folder: FolderNode;
  readonly lower: string;
  readonly display: string;
  /** Whether entries carry their paths. */
  readonly paths: boolean;
  readonly placements: readonly Placement[];
}

export function scopeOf(view: View, listing: ListingArguments): Scope | LookupTag {
  const root = resolve(view, listing.path);
  if (!isItem(root)) return root;
  if (root.node instanceof FileNode) return 'not_folder';
  if (!mayEnter(view, root)) return 'not_found';
  const nested = view.state.choices.nestedContentWithoutMounted === 'listed' && isShared(root.namespace);
  const everything = listing.recursive && (listing.mounted || nested);
  if (root.path !== undefined) {
    const { lower, display } = root.path;
    const onlyRoot = lower === '' && !everything;
    const all = view.placements(!onlyRoot);
    const isBelow = ({ namespace, ...placement }: Placement): boolean =>
      everything && isAtOrAbove(lower, placement.lower) && (listing.mounted || isNestedIn(namespace, root.namespace));
    const placements = all.filter((placement) => isAtOrAbove(placement.lower, lower) || isBelow(placement));
    return { root, folder: root.node, lower, display, paths: true, placements };
  }
  const place = placeInNamespace(root.node);
  if (place === undefined) return 'not_found';
  const { lower, display } = place;
  const all = view.placementsFrom(root.namespace, '', '', everything);
  const placements = listing.mounted ? all : all.filter(({ namespace }) => isNestedIn(namespace, root.namespace));
  const paths = view.state.choices.unmountedPaths === 'namespace';
  return { root, folder: root.node, lower, display, paths, placements };
}

/** Whether a namespace is another one or nested in it, with shared folders alone between them. */
function isNestedIn(namespace: Namespace, outer: Namespace): boolean {
  let at: Namespace | undefined = namespace;
  while (at !== undefined && at !== outer) at = isShared(at) ? containerOf(at) : undefined;
  return at === outer;
}

/** Whether one path is another or a folder above it. */
export function isAtOrAbove(above: string, path: string): boolean {
  return above === '' || path === above || path.startsWith(`${above}/`);
}

export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The node that is now at a path of a namespace, if the actor sees it. */
export interface VisibleNode {
  readonly node: FileNode | FolderNode | MountNode;
  readonly display: string;
}

export function visibleNodeAt(view: View, placement: Placement, path: string): VisibleNode | undefined {
  const { namespace, visibility } = placement;
  const node = findBelow(namespace.root, path);
  if (node === undefined || node === namespace.root) return undefined;
  if (node instanceof FileNode) {
    if (visibility !== 'full') return undefined;
  } else if (node instanceof Folder) {
    if (!view.isVisible(node, namespace)) return undefined;
  } else {
    const inner = view.visibilityOf(node.target);
    if (inner === 'hidden' || (inner === 'no_access' && visibility === 'traverse')) return undefined;
  }
  const place = placeInNamespace(node);
  return place === undefined ? undefined : { node, display: placement.display + place.display };
}

/** The folder at a path of the scope, to start a walk from; undefined when it is gone or not visible. */
export function folderAt(view: View, scope: Scope, path: string): WalkStart | undefined {
  if (path === scope.lower) {
    return { folder: scope.folder, namespace: scope.root.namespace, lower: scope.lower, display: scope.display };
  }
  const outer = deepest(scope.placements, path);
  if (outer === undefined) return undefined;
  const inside = path.slice(outer.lower.length);
  const node = inside === '' ? outer.namespace.root : findBelow(outer.namespace.root, inside);
  if (!(node instanceof Folder) || !view.isVisible(node, outer.namespace)) return undefined;
  const place = placeInNamespace(node);
  if (place === undefined) return undefined;
  return { folder: node, namespace: outer.namespace, lower: path, display: outer.display + place.display };
}

function deepest(placements: readonly Placement[], path: string): Placement | undefined {
  let best: Placement | undefined;
  for (const placement of placements) {
    if (placement.visibility !== 'full' && placement.visibility !== 'traverse') continue;
    if (isAtOrAbove(placement.lower, path) && placement.lower.length >= (best?.lower.length ?? 0)) best = placement;
  }
  return best;
}

export function namespacesOf(scope: Scope): Set<Namespace> {
  return new Set(scope.placements.map((placement) => placement.namespace));
}
