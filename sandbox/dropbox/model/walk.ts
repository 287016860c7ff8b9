import type { Entry } from './api';
import type { Namespace, Node } from './entities';
import { FileNode, FolderNode } from './entities';
import type { EntryMaker, NamespaceFacts } from './entries';

/** Where a walk starts: a folder, with its path under the path root. */
export interface WalkStart {
  readonly folder: FolderNode;
  readonly namespace: Namespace;
  readonly lower: string;
  readonly display: string;
}

export interface WalkOptions {
  readonly recursive: boolean;
  /** Enter mounted and nested namespaces. */
  readonly mounted: boolean;
  readonly nonDownloadable: boolean;
  /** Tell of what was deleted and not replaced. */
  readonly deleted: boolean;
  /** False: entries carry no paths (not mounted under the path root). */
  readonly paths: boolean;
}

/**
 * How far a walk has come: the `order` of the last entry's node and of the folders above it, from the start down.
 * Children are kept in this order, so a walk goes on at the right place whatever has changed in between.
 */
export type WalkPosition = readonly number[];

interface Frame {
  readonly children: IterableIterator<Node>;
  readonly lower: string;
  readonly display: string;
  readonly namespace: Namespace;
  readonly facts: NamespaceFacts;
  /** Order of the child that the walk is at. */
  order: number;
}

/**
 * Appends entries to `out` until it holds `limit`. Returns the position to go on from, or undefined at the end.
 * With `overlap` that position is one entry back, so that the last entry comes again.
 */
export function walk(
  maker: EntryMaker,
  start: WalkStart,
  options: WalkOptions,
  from: WalkPosition,
  limit: number,
  out: Entry[],
  overlap = false,
): WalkPosition | undefined {
  const walker = new Walker(maker, options, out);
  walker.resume(start, from);
  let back: WalkPosition | undefined;
  const first = out.length;
  while (out.length < limit) {
    const before = out.length;
    if (!walker.next()) return undefined;
    // Taken right behind an entry: elsewhere a folder just left would be entered again. One entry is delivered for
    // sure, so that overlapping pages still come to an end.
    if (overlap && out.length > before && before > first && out.length === limit - 1) back = walker.position();
  }
  return back ?? walker.position();
}

class Walker {
  private readonly frames: Frame[] = [];
  private readonly lowerAncestors: boolean;

  constructor(
    private readonly maker: EntryMaker,
    private readonly options: WalkOptions,
    private readonly out: Entry[],
  ) {
    this.lowerAncestors = maker.sight.state.choices.displayAncestors === 'lower';
  }

  position(): WalkPosition {
    return this.frames.map((frame) => frame.order).filter((order) => order > 0);
  }

  /** Rebuilds the frames of a position; what is no longer there is passed over. */
  resume(start: WalkStart, from: WalkPosition): void {
    this.enter(start.folder, start.namespace, start.lower, start.display, from.length === 0);
    for (const [depth, order] of from.entries()) {
      const frame = this.frames.at(-1);
      if (frame === undefined) return;
      const child = skipTo(frame, order);
      if (child === undefined) return;
      if (!this.descend(frame, child, depth === from.length - 1)) return;
    }
  }

  private enter(folder: FolderNode, namespace: Namespace, lower: string, display: string, fresh: boolean): void {
    const facts = this.maker.factsOf(namespace);
    const above = this.lowerAncestors ? lower : display;
    this.frames.push({ children: folder.children.values(), lower, display: above, namespace, facts, order: 0 });
    if (fresh && this.options.deleted && facts.seen === 'full' && folder.deleted !== undefined) {
      for (const [key, node] of folder.deleted) {
        this.out.push(this.maker.deleted(node.name, this.path(`${lower}/${key}`), this.path(`${above}/${node.name}`)));
      }
    }
  }

  /** Enters a child that was delivered, if it is one to enter. */
  private descend(frame: Frame, child: Node, fresh: boolean): boolean {
    if (!this.options.recursive || child instanceof FileNode) return false;
    const name = child.name;
    const lower = `${frame.lower}/${name.toLowerCase()}`;
    const display = `${frame.display}/${name}`;
    if (child instanceof FolderNode) {
      if (frame.facts.seen === 'way' && !this.maker.sight.waysIn(frame.namespace).has(child)) return false;
      this.enter(child, frame.namespace, lower, display, fresh);
      return true;
    }
    const { seen } = this.maker.factsOf(child.target);
    if (!this.options.mounted || (seen !== 'full' && seen !== 'way')) return false;
    this.enter(child.target.root, child.target, lower, display, fresh);
    return true;
  }

  private path(path: string): string | undefined {
    return this.options.paths ? path : undefined;
  }

  /** Delivers the next child, or leaves a folder. False at the end of the walk. */
  next(): boolean {
    const frame = this.frames.at(-1);
    if (frame === undefined) return false;
    const result = frame.children.next();
    if (result.done === true) {
      this.frames.pop();
      return this.frames.length > 0;
    }
    const child = result.value;
    frame.order = child.order;
    if (this.emit(frame, child) && !(child instanceof FileNode)) this.descend(frame, child, true);
    return true;
  }

  private emit(frame: Frame, child: Node): boolean {
    const { maker, out } = this;
    const { facts } = frame;
    if (child instanceof FileNode) {
      if (facts.seen !== 'full' || (!child.downloadable && !this.options.nonDownloadable)) return false;
      const lower = this.options.paths ? `${frame.lower}/${child.name.toLowerCase()}` : undefined;
      out.push(maker.file(child, facts, lower, this.path(`${frame.display}/${child.name}`)));
      return true;
    }
    const lower = this.path(`${frame.lower}/${child.name.toLowerCase()}`);
    const display = this.path(`${frame.display}/${child.name}`);
    if (child instanceof FolderNode) {
      if (facts.seen === 'way' && !maker.sight.waysIn(frame.namespace).has(child)) return false;
      out.push(maker.folder(child, child.name, facts, lower, display));
      return true;
    }
    const { seen } = maker.factsOf(child.target);
    if (seen === 'hidden' || (seen === 'sealed' && facts.seen === 'way')) return false;
    if (!this.options.mounted && maker.sight.state.choices.mountPointWithoutContent === 'left_out') return false;
    out.push(maker.mountPoint(child.target, child.name, facts, lower, display));
    return true;
  }
}

/** Moves a frame behind a child; returns it if it is still there. */
function skipTo(frame: Frame, order: number): Node | undefined {
  frame.order = order;
  // A Map's iterator can't be turned back: what comes after the wanted child is put before the rest again.
  for (;;) {
    const result = frame.children.next();
    if (result.done === true) return undefined;
    if (result.value.order === order) return result.value;
    if (result.value.order > order) {
      const ahead = result.value;
      const rest = frame.children;
      Object.assign(frame, { children: prepend(ahead, rest) });
      return undefined;
    }
  }
}

function* prepend(first: Node, rest: IterableIterator<Node>): IterableIterator<Node> {
  yield first;
  yield* rest;
}
