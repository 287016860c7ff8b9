import type { Entry } from './api';
import type { Cursor, Expansion } from './cursor';
import type { EntryMaker } from './entries';
import type { Namespace } from './entities';
import { FileNode, FolderNode, MountNode } from './entities';
import { chance } from './ids';
import type { Change } from './journal';
import type { Scope, Standing } from './scope';
import { folderAt, isAtOrAbove, parentPath, standingAt } from './scope';
import type { Placement } from './sight';
import { walk } from './walk';

/** Descendants of one deleted folder that are reported at most. */
const DELETED_DESCENDANTS = 100;

/** One change as it concerns one place of the scope. */
interface Step {
  readonly change: Change;
  readonly placement: Placement;
  readonly part: number;
}

interface Pending {
  readonly steps: Step[];
  /** Position of the journals behind these steps. */
  readonly upTo: number;
  readonly complete: boolean;
}

/** The changes after a position that concern the scope, in order, each once per place where its namespace stands. */
export function pendingSteps(scope: Scope, cursor: Cursor, maker: EntryMaker, limit: number): Pending {
  const { state, actor } = maker.sight;
  let horizon = state.sequence;
  let complete = true;
  const steps: Step[] = [];
  const take = (changes: Change[], placementsOf: (change: Change) => Placement[]) => {
    if (changes.length === limit) {
      horizon = Math.min(horizon, changes.at(-1)?.sequence ?? horizon);
      complete = false;
    }
    for (const change of changes) {
      for (const [part, placement] of placementsOf(change).entries()) {
        if (change.sequence === cursor.sequence && part < cursor.part) continue;
        if (placement.seen === 'way' && !change.hasNested && change.kind === 'gone') continue;
        steps.push({ change, placement, part });
      }
    }
  };
  const open = scope.placements.filter(({ seen }) => seen === 'full' || seen === 'way');
  // A position stands behind the last change of which all places are told, unless `part` says otherwise.
  const after = cursor.part > 0 ? cursor.sequence - 1 : cursor.sequence;
  for (const [namespace, places] of byNamespace(open)) take(namespace.journal.after(after, limit), () => places);
  take(actor.account.journal.after(after, limit), (change) =>
    open.filter((placement) => placement.namespace === change.namespace),
  );
  steps.sort((one, other) => one.change.sequence - other.change.sequence || one.part - other.part);
  return { steps: steps.filter(({ change }) => change.sequence <= horizon), upTo: horizon, complete };
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

/** Delivers one stream: turns changes into entries and goes on with folders that are on their way. */
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

  /** Delivers more of the folder that is on its way. True when it is delivered completely. */
  expand(overlap: boolean): boolean {
    const { expansion } = this;
    if (expansion === undefined) return true;
    const start = folderAt(this.maker.sight, this.scope, expansion.path);
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

  /** Delivers one change; a folder that comes with all its content is left in `expansion`. */
  deliver({ change, placement }: Step): void {
    const path = placement.lower + change.path;
    if (change.kind === 'gone') this.gone(change, placement, path);
    else this.put(change, placement, path);
  }

  private gone(change: Change, placement: Placement, path: string): void {
    const { lower } = this.scope;
    if (isAtOrAbove(path, lower)) {
      // The listed folder itself was taken away; that it resolves says that something stands there again.
      if (lower !== '') this.entries.push(this.deletedAt(lower));
      return;
    }
    if (!isAtOrAbove(lower, path)) return;
    if (!this.listing.recursive && parentPath(path) !== lower) return;
    this.entries.push(this.deletedAt(path, change.was?.name));
    const told = chance(this.maker.sight.state.seed, 'descendants', change.sequence);
    if (!this.listing.recursive || placement.seen !== 'full' || !(change.was instanceof FolderNode)) return;
    if (told >= this.maker.sight.state.choices.deletesListDescendants) return;
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
    const standing = standingAt(this.maker.sight, placement, change.path);
    if (standing === undefined) return;
    const entry = this.entryOf(standing, placement, path);
    if (entry === undefined) return;
    this.entries.push(entry);
    if (change.kind !== 'put_tree' || !this.listing.recursive || standing.node instanceof FileNode) return;
    if (standing.node instanceof MountNode && !this.listing.mounted) return;
    this.expansion = { path, position: [], initial: false };
  }

  /** The entry of the listed folder itself, which recursive listings of a folder begin with. */
  rootEntry(): void {
    const { lower, root } = this.scope;
    if (lower === '' || !this.listing.recursive || !this.maker.sight.state.choices.recursiveListingHasRoot) return;
    this.entries.push(this.maker.item(this.scope.paths ? root : { ...root, path: undefined }));
  }

  private entryOf(standing: Standing, placement: Placement, path: string): Entry | undefined {
    const { node } = standing;
    const lower = this.scope.paths ? path : undefined;
    const display = this.scope.paths ? this.maker.display(standing.display, path) : undefined;
    const facts = this.maker.factsOf(placement.namespace);
    if (node instanceof FileNode) {
      if (!node.downloadable && !this.listing.nonDownloadable) return undefined;
      return this.maker.file(node, facts, lower, display);
    }
    if (node instanceof FolderNode) return this.maker.folder(node, node.name, facts, lower, display);
    const { choices } = this.maker.sight.state;
    if (!this.listing.mounted && choices.mountPointWithoutContent === 'left_out') return undefined;
    return this.maker.mountPoint(node.target, node.name, facts, lower, display);
  }
}
