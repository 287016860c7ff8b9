import type { Entry } from './api';
import type { Cursor, Expansion } from './cursor';
import type { Change, Namespace } from './entities';
import { FileNode, FolderNode, MountNode } from './entities';
import type { EntryMaker } from './entries';
import { chance } from './ids';
import type { Scope, VisibleNode } from './scope';
import { folderAt, isAtOrAbove, parentPath, visibleNodeAt } from './scope';
import { entersMount, type Placement } from './view';
import { walk } from './walk';

/** Maximum number of descendants reported with one deleted folder. */
const DELETED_DESCENDANTS = 100;

/** A change together with one of the places at which its namespace appears in the scope. */
interface PendingChange {
  readonly change: Change;
  readonly placement: Placement;
  readonly placeIndex: number;
}

interface PendingChanges {
  readonly changes: PendingChange[];
  /** The journals have been read up to this sequence number. */
  readonly upTo: number;
  /** Whether there are no further changes. */
  readonly complete: boolean;
}

/** The changes of the scope after the cursor's position, in order, each once per place of its namespace. */
export function pendingChanges(scope: Scope, cursor: Cursor, maker: EntryMaker, limit: number): PendingChanges {
  const { state, actor } = maker.view;
  let upTo = state.sequence;
  let complete = true;
  const pending: PendingChange[] = [];
  const take = (changes: Change[], placementsOf: (change: Change) => Placement[]) => {
    if (changes.length === limit) {
      upTo = Math.min(upTo, changes.at(-1)?.sequence ?? upTo);
      complete = false;
    }
    for (const change of changes) {
      for (const [placeIndex, placement] of placementsOf(change).entries()) {
        if (change.sequence === cursor.sequence && placeIndex < cursor.placesDelivered) continue;
        if (placement.visibility === 'traverse' && !change.hasNested && change.kind === 'gone') continue;
        pending.push({ change, placement, placeIndex });
      }
    }
  };
  const open = scope.placements.filter(({ visibility }) => visibility === 'full' || visibility === 'traverse');
  // With `placesDelivered` the change at the cursor's position is delivered in part only, so it is read again.
  const after = cursor.placesDelivered > 0 ? cursor.sequence - 1 : cursor.sequence;
  for (const [namespace, places] of byNamespace(open)) take(namespace.journal.after(after, limit), () => places);
  const placesOf = (change: Change) => open.filter((placement) => placement.namespace === change.namespace);
  take(actor.account.journal.after(after, limit), placesOf);
  if (actor.admin !== undefined) take(state.adminJournal.after(after, limit), placesOf);
  pending.sort((one, other) => one.change.sequence - other.change.sequence || one.placeIndex - other.placeIndex);
  return { changes: pending.filter(({ change }) => change.sequence <= upTo), upTo, complete };
}

function byNamespace(placements: readonly Placement[]): Map<Namespace, Placement[]> {
  const places = new Map<Namespace, Placement[]>();
  for (const placement of placements) {
    const known = places.get(placement.namespace);
    if (known === undefined) places.set(placement.namespace, [placement]);
    else known.push(placement);
  }
  return places;
}

/** Fills one page of a stream: turns changes into entries and continues subtrees that are delivered in parts. */
export class Delivery {
  readonly entries: Entry[] = [];
  expansion: Expansion | undefined;

  constructor(
    private readonly maker: EntryMaker,
    private readonly scope: Scope,
    private readonly cursor: Cursor,
  ) {
    this.expansion = cursor.expansion;
  }

  get full(): boolean {
    return this.entries.length >= this.cursor.listing.limit;
  }

  private get listing() {
    return this.cursor.listing;
  }

  /** Continues the current subtree. Returns true when it is complete. */
  expand(overlap: boolean): boolean {
    const { expansion } = this;
    if (expansion === undefined) return true;
    const start = folderAt(this.maker.view, this.scope, expansion.path);
    const options = {
      ...this.listing,
      deleted: this.listing.deleted && expansion.initial,
      paths: this.scope.paths,
    };
    const position =
      start === undefined
        ? undefined
        : walk(this.maker, start, options, expansion.position, this.listing.limit, this.entries, overlap);
    this.expansion = position === undefined ? undefined : { ...expansion, position };
    return this.expansion === undefined;
  }

  /** Delivers one change. A folder that comes with its content becomes the new `expansion`. */
  deliver({ change, placement }: PendingChange): void {
    const path = placement.lower + change.path;
    if (change.kind === 'gone') this.gone(change, placement, path);
    else this.put(change, placement, path);
  }

  private gone(change: Change, placement: Placement, path: string): void {
    const { lower } = this.scope;
    if (isAtOrAbove(path, lower)) {
      // The listed folder itself was removed. The scope could be resolved, so there is a folder at its path again.
      if (lower !== '') this.entries.push(this.deletedAt(lower));
      return;
    }
    if (!isAtOrAbove(lower, path)) return;
    if (!this.listing.recursive && parentPath(path) !== lower) return;
    this.entries.push(this.deletedAt(path, change.was?.name));
    const roll = chance(this.maker.view.state.seed, 'descendants', change.sequence);
    if (!this.listing.recursive || placement.visibility !== 'full' || !(change.was instanceof FolderNode)) return;
    if (roll >= this.maker.view.state.choices.deletesListDescendants) return;
    this.deletedBelow(change.was, path, DELETED_DESCENDANTS);
  }

  private deletedBelow(folder: FolderNode, path: string, room: number): number {
    let left = room;
    for (const [key, child] of folder.children) {
      if (left <= 0) break;
      left--;
      this.entries.push(this.deletedAt(`${path}/${key}`, child.name));
      if (child instanceof FolderNode) left = this.deletedBelow(child, `${path}/${key}`, left);
    }
    return left;
  }

  private deletedAt(path: string, name?: string): Entry {
    const last = path.slice(path.lastIndexOf('/') + 1);
    const shown = name ?? last;
    const paths = this.scope.paths;
    return this.maker.deleted(shown, paths ? path : undefined, paths ? `${parentPath(path)}/${shown}` : undefined);
  }

  private put(change: Change, placement: Placement, path: string): void {
    const { lower } = this.scope;
    if (isAtOrAbove(path, lower)) {
      if (path === lower || change.kind === 'put_tree') this.rootEntry();
      if (change.kind === 'put_tree') this.expansion = { path: lower, position: [], initial: false };
      return;
    }
    if (!isAtOrAbove(lower, path) || (!this.listing.recursive && parentPath(path) !== lower)) return;
    const visible = visibleNodeAt(this.maker.view, placement, change.path);
    if (visible === undefined) return;
    const entry = this.entryOf(visible, placement, path);
    if (entry === undefined) return;
    this.entries.push(entry);
    if (change.kind !== 'put_tree' || !this.listing.recursive || visible.node instanceof FileNode) return;
    const { node } = visible;
    const { state } = this.maker.view;
    if (node instanceof MountNode && !entersMount(state, placement.namespace, node.target, this.listing.mounted))
      return;
    this.expansion = { path, position: [], initial: false };
  }

  /** Adds the entry of the listed folder itself, with which a recursive listing of a folder starts. */
  rootEntry(): void {
    const { lower, root } = this.scope;
    if (lower === '' || !this.listing.recursive || !this.maker.view.state.choices.recursiveListingHasRoot) return;
    this.entries.push(this.maker.item(this.scope.paths ? root : { ...root, path: undefined }));
  }

  private entryOf(visible: VisibleNode, placement: Placement, path: string): Entry | undefined {
    const { node } = visible;
    const lower = this.scope.paths ? path : undefined;
    const display = this.scope.paths ? this.maker.display(visible.display, path) : undefined;
    const facts = this.maker.factsOf(placement.namespace);
    if (node instanceof FileNode) {
      if (!node.downloadable && !this.listing.nonDownloadable) return undefined;
      return this.maker.file(node, facts, lower, display);
    }
    if (node instanceof FolderNode) return this.maker.folder(node, node.name, facts, lower, display);
    const { choices } = this.maker.view.state;
    if (!this.listing.mounted && choices.mountPointWithoutContent === 'left_out') return undefined;
    return this.maker.mountPoint(node.target, node.name, facts, lower, display);
  }
}
