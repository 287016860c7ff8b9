import type { Entry } from './api';
import type { Namespace, Node } from './entities';
import { FileNode, FolderNode, type MountNode } from './entities';
import type { EntryMaker, NamespaceFacts } from './entries';
import { fold } from './fold';
import { chance } from './ids';
import { entersMount } from './view';

/** A folder that a walk enters, with its path under the path root. */
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
  /** Deliver an entry for each deleted item that has not been replaced. */
  readonly deleted: boolean;
  /** False when the listed namespace is not mounted under the path root: its entries carry no paths. */
  readonly paths: boolean;
}

/**
 * Position of a walk: the `order` of the last delivered node and of the folders above it, from the start downwards.
 * Children are kept in this order, so a walk resumes correctly whatever has changed in between. The last one is negative
 * when the content of that folder has been delivered, too.
 */
export type WalkPosition = readonly number[];

interface Frame {
  readonly children: IterableIterator<Node>;
  readonly lower: string;
  readonly display: string;
  readonly namespace: Namespace;
  readonly facts: NamespaceFacts;
  /** `order` of the current child. */
  order: number;
  /** Whether the content of the current child has been delivered. */
  left: boolean;
  /** The folder itself, when its entry comes after its content. */
  readonly late: FolderNode | MountNode | undefined;
}

/**
 * Appends entries to `out` until it has `limit` of them. Returns the position to resume from, or undefined at the end.
 * With `overlap` the position is one entry back, so that the next page repeats the last entry.
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
    // The position is taken directly after an entry: elsewhere a folder that was just left would be entered again. At
    // least one entry must be new, otherwise overlapping pages would never come to an end.
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
    this.lowerAncestors = maker.view.state.choices.displayAncestors === 'lower';
  }

  position(): WalkPosition {
    return this.frames.map(({ order, left }) => (left ? -order : order)).filter((order) => order !== 0);
  }

  /** Rebuilds the frames of a position. Nodes that are no longer there are skipped. */
  resume(start: WalkStart, from: WalkPosition): void {
    this.enter(start, from.length === 0);
    for (const [depth, order] of from.entries()) {
      const frame = this.frames.at(-1);
      if (frame === undefined) return;
      const child = skipTo(frame, Math.abs(order));
      frame.left = order < 0;
      if (child === undefined || frame.left) return;
      if (!this.descend(frame, child, depth === from.length - 1)) return;
    }
  }

  private enter({ folder, namespace, lower, display }: WalkStart, fresh: boolean, late?: FolderNode | MountNode): void {
    const facts = this.maker.factsOf(namespace);
    const above = this.lowerAncestors ? lower : display;
    const children = folder.children.values();
    this.frames.push({ children, lower, display: above, namespace, facts, order: 0, left: false, late });
    if (fresh && this.options.deleted && facts.visibility === 'full' && folder.deleted !== undefined) {
      for (const [key, node] of folder.deleted) {
        this.out.push(this.maker.deleted(node.name, this.path(`${lower}/${key}`), this.path(`${above}/${node.name}`)));
      }
    }
  }

  /** Enters a child that was delivered, if the options and the actor's access allow it. */
  private descend(frame: Frame, child: Node, fresh: boolean): boolean {
    if (!this.options.recursive || child instanceof FileNode) return false;
    const name = child.name;
    const lower = `${frame.lower}/${fold(name)}`;
    const display = `${frame.display}/${name}`;
    const late = this.isLate(child) ? child : undefined;
    if (child instanceof FolderNode) {
      if (frame.facts.visibility === 'traverse' && !this.maker.view.traversableFolders(frame.namespace).has(child))
        return false;
      this.enter({ folder: child, namespace: frame.namespace, lower, display }, fresh, late);
      return true;
    }
    const { visibility } = this.maker.factsOf(child.target);
    if (visibility !== 'full' && visibility !== 'traverse') return false;
    if (!entersMount(this.maker.view.state, frame.namespace, child.target, this.options.mounted)) return false;
    this.enter({ folder: child.target.root, namespace: child.target, lower, display }, fresh, late);
    return true;
  }

  private path(path: string): string | undefined {
    return this.options.paths ? path : undefined;
  }

  /** Delivers the next child or leaves a folder. Returns false at the end of the walk. */
  next(): boolean {
    const frame = this.frames.at(-1);
    if (frame === undefined) return false;
    const result = frame.children.next();
    if (result.done === true) {
      this.frames.pop();
      const outer = this.frames.at(-1);
      if (outer !== undefined && frame.late !== undefined) this.deliverLate(outer, frame.late);
      return outer !== undefined;
    }
    const child = result.value;
    frame.order = child.order;
    frame.left = false;
    const entry = this.entryOf(frame, child);
    if (entry === undefined) return true;
    const isEntered = this.isLate(child) && this.descend(frame, child, true);
    if (isEntered) return true;
    this.out.push(entry);
    if (!(child instanceof FileNode)) this.descend(frame, child, true);
    return true;
  }

  /** Whether the entry of a folder comes after its content; the choice `lateFolders`. */
  private isLate(child: Node): child is FolderNode | MountNode {
    const { state } = this.maker.view;
    const { lateFolders } = state.choices;
    if (lateFolders === 0 || !this.options.recursive || child instanceof FileNode) return false;
    return chance(state.seed, 'late folder', child.order) < lateFolders;
  }

  private deliverLate(frame: Frame, folder: FolderNode | MountNode): void {
    const entry = this.entryOf(frame, folder);
    if (entry === undefined) return;
    this.out.push(entry);
    frame.left = true;
  }

  /** The entry of a child; undefined when the actor does not see it, or the options leave it out. */
  private entryOf(frame: Frame, child: Node): Entry | undefined {
    const { maker } = this;
    const { facts } = frame;
    if (child instanceof FileNode) {
      if (facts.visibility !== 'full' || (!child.downloadable && !this.options.nonDownloadable)) return undefined;
      const lower = this.options.paths ? `${frame.lower}/${fold(child.name)}` : undefined;
      return maker.file(child, facts, lower, this.path(`${frame.display}/${child.name}`));
    }
    const lower = this.path(`${frame.lower}/${fold(child.name)}`);
    const display = this.path(`${frame.display}/${child.name}`);
    if (child instanceof FolderNode) {
      if (facts.visibility === 'traverse' && !maker.view.traversableFolders(frame.namespace).has(child))
        return undefined;
      return maker.folder(child, child.name, facts, lower, display);
    }
    const { visibility } = maker.factsOf(child.target);
    if (visibility === 'hidden' || (visibility === 'no_access' && facts.visibility === 'traverse')) return undefined;
    if (!this.options.mounted && maker.view.state.choices.mountPointWithoutContent === 'left_out') return undefined;
    return maker.mountPoint(child.target, child.name, facts, lower, display);
  }
}

/** Advances a frame past the child with the given `order`, and returns that child if it is still there. */
function skipTo(frame: Frame, order: number): Node | undefined {
  frame.order = order;
  // A Map iterator can't go back, so a child that was read too far ahead is put in front of the rest again.
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
