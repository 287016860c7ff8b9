import type { IndexKeys, KeyProbe } from './indexKey';

/**
 * A B+ tree of entries (key, slot), ordered by key, then by slot.
 *
 * Why it is hand-written: documents and index keys live outside the JavaScript heap (byteHeap.ts), because millions of
 * objects would make each garbage collection take seconds. An existing B+ tree holds its keys as JavaScript values.
 * Here an entry is two 32-bit numbers in a typed array, and keys are compared as bytes where they are stored.
 *
 * Neighbouring entries with equal keys share the key's block. Empty leaves are removed. Leaves that are only partly
 * empty are not merged, because an index that shrinks usually grows again.
 */

const CAPACITY = 128;

class Node {
  /**
   * Pairs of key block and slot. In an inner node, entry i is the lower bound of child i. The first child has none, so
   * entry 0 is unused.
   */
  entries = new Uint32Array(CAPACITY * 2);
  count = 0;
  /** Absent in leaves. */
  children: Node[] | undefined;
  next: Node | undefined;
  previous: Node | undefined;

  key(i: number): number {
    return this.entries[i * 2] as number;
  }

  slot(i: number): number {
    return this.entries[i * 2 + 1] as number;
  }

  insertAt(i: number, key: number, slot: number): void {
    this.entries.copyWithin((i + 1) * 2, i * 2, this.count * 2);
    this.entries[i * 2] = key;
    this.entries[i * 2 + 1] = slot;
    this.count++;
  }

  removeAt(i: number): void {
    this.entries.copyWithin(i * 2, (i + 1) * 2, this.count * 2);
    this.count--;
  }
}

/** Where a scan begins or ends: before or after all entries whose first fields equal the probe's. */
export interface Boundary {
  readonly probe: KeyProbe;
  readonly side: 'before' | 'after';
}

interface Position {
  readonly leaf: Node;
  readonly index: number;
}

export class BPlusTree {
  private root = new Node();
  private changes = 0;
  private entryCount = 0;
  private distinctKeys = 0;

  constructor(private readonly keys: IndexKeys) {}

  get size(): number {
    return this.entryCount;
  }

  /** Distinct keys per entry: 1 if all keys differ. */
  get distinctShare(): number {
    return this.entryCount === 0 ? 1 : this.distinctKeys / this.entryCount;
  }

  insert(probe: KeyProbe, slot: number): void {
    const path = this.descend(probe, slot);
    const leaf = path[path.length - 1]?.node as Node;
    const i = this.firstAtOrAfter(leaf, probe, slot);
    let key: number;
    if (i > 0 && probe.against(this.keys, leaf.key(i - 1)) === 0) key = this.keys.share(leaf.key(i - 1));
    else if (i < leaf.count && probe.against(this.keys, leaf.key(i)) === 0) key = this.keys.share(leaf.key(i));
    else {
      key = this.keys.store(probe);
      if (!this.isInNeighbourLeaf(leaf, i, probe)) this.distinctKeys++;
    }
    leaf.insertAt(i, key, slot);
    this.entryCount++;
    this.changes++;
    if (leaf.count === CAPACITY) this.split(path);
  }

  remove(probe: KeyProbe, slot: number): void {
    const path = this.descend(probe, slot);
    const leaf = path[path.length - 1]?.node as Node;
    const i = this.firstAtOrAfter(leaf, probe, slot);
    if (i >= leaf.count || leaf.slot(i) !== slot || probe.against(this.keys, leaf.key(i)) !== 0) return;
    const hasDuplicate =
      (i > 0 && probe.against(this.keys, leaf.key(i - 1)) === 0) ||
      (i + 1 < leaf.count && probe.against(this.keys, leaf.key(i + 1)) === 0);
    this.keys.release(leaf.key(i));
    leaf.removeAt(i);
    if (!hasDuplicate && !this.isInNeighbourLeaf(leaf, i, probe)) this.distinctKeys--;
    this.entryCount--;
    this.changes++;
    if (leaf.count === 0) this.unlink(path);
  }

  /** Whether position i is at an end of its leaf and the entry next to it, in the other leaf, has the probe's key. */
  private isInNeighbourLeaf(leaf: Node, i: number, probe: KeyProbe): boolean {
    const { previous, next } = leaf;
    if (i === 0 && previous !== undefined && this.keys.compare(probe, previous.key(previous.count - 1)) === 0)
      return true;
    return i === leaf.count && next !== undefined && this.keys.compare(probe, next.key(0)) === 0;
  }

  /** Frees all keys. */
  clear(): void {
    this.releaseKeys(this.root);
    this.root = new Node();
    this.entryCount = 0;
    this.distinctKeys = 0;
    this.changes++;
  }

  /**
   * Yields slots in order. Without `from` or `to`, the scan begins or ends where the tree does. The tree may change
   * between two steps, as long as the entry of the last step is not removed.
   */
  *walk(from: Boundary | undefined, to: Boundary | undefined, reverse = false): Generator<number> {
    const direction = reverse ? -1 : 1;
    let position = reverse ? this.lastBefore(to) : this.firstFrom(from);
    const stop = reverse ? from : to;
    while (position !== undefined) {
      const { leaf, index } = position;
      const key = leaf.key(index);
      const slot = leaf.slot(index);
      if (stop !== undefined && this.isBeyond(stop, key, direction)) return;
      const changes = this.changes;
      yield slot;
      position = changes === this.changes ? this.neighbour(leaf, index, direction) : this.after(key, slot, direction);
    }
  }

  private isBeyond(stop: Boundary, key: number, direction: number): boolean {
    const order = this.keys.compare(stop.probe, key);
    if (order === 0) return direction > 0 ? stop.side === 'before' : stop.side === 'after';
    return direction > 0 ? order < 0 : order > 0;
  }

  private neighbour(leaf: Node, index: number, direction: number): Position | undefined {
    const within = index + direction;
    if (within >= 0 && within < leaf.count) return { leaf, index: within };
    return direction > 0 ? this.startOf(leaf.next) : this.endOf(leaf.previous);
  }

  private startOf(leaf: Node | undefined): Position | undefined {
    return leaf !== undefined && leaf.count > 0 ? { leaf, index: 0 } : undefined;
  }

  private endOf(leaf: Node | undefined): Position | undefined {
    return leaf !== undefined && leaf.count > 0 ? { leaf, index: leaf.count - 1 } : undefined;
  }

  /** The neighbour of an entry, searched from the root because the tree has changed. */
  private after(key: number, slot: number, direction: number): Position | undefined {
    const probe = this.keys.probeOf(key);
    const path = this.descend(probe, slot);
    const leaf = path[path.length - 1]?.node as Node;
    const index = this.firstAtOrAfter(leaf, probe, slot);
    if (direction < 0) return index > 0 ? { leaf, index: index - 1 } : this.endOf(leaf.previous);
    const isSame = index < leaf.count && leaf.slot(index) === slot && leaf.key(index) === key;
    const nextIndex = isSame ? index + 1 : index;
    return nextIndex < leaf.count ? { leaf, index: nextIndex } : this.startOf(leaf.next);
  }

  private firstFrom(boundary: Boundary | undefined): Position | undefined {
    if (boundary === undefined) {
      let node = this.root;
      while (node.children !== undefined) node = node.children[0] as Node;
      return this.startOf(node);
    }
    const { leaf, index } = this.seek(boundary);
    return index < leaf.count ? { leaf, index } : this.startOf(leaf.next);
  }

  private lastBefore(boundary: Boundary | undefined): Position | undefined {
    if (boundary === undefined) {
      let node = this.root;
      while (node.children !== undefined) node = node.children[node.count - 1] as Node;
      return this.endOf(node);
    }
    const { leaf, index } = this.seek(boundary);
    return index > 0 ? { leaf, index: index - 1 } : this.endOf(leaf.previous);
  }

  /** The first entry after the boundary. Its index is the leaf's count if it is in the next leaf. */
  private seek(boundary: Boundary): Position {
    const slot = boundary.side === 'before' ? 0 : 0xffffffff;
    boundary.probe.begin();
    let node = this.root;
    while (node.children !== undefined) node = node.children[this.childFor(node, boundary.probe, slot)] as Node;
    return { leaf: node, index: this.firstAtOrAfter(node, boundary.probe, slot) };
  }

  private descend(probe: KeyProbe, slot: number): { node: Node; child: number }[] {
    const path: { node: Node; child: number }[] = [];
    probe.begin();
    let node = this.root;
    while (node.children !== undefined) {
      const child = this.childFor(node, probe, slot);
      path.push({ node, child });
      node = node.children[child] as Node;
    }
    path.push({ node, child: -1 });
    return path;
  }

  /** The last child whose lower bound is not greater than the probe. */
  private childFor(node: Node, probe: KeyProbe, slot: number): number {
    let low = 0;
    let high = node.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const order = probe.against(this.keys, node.key(middle)) || slot - node.slot(middle);
      if (order >= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private firstAtOrAfter(leaf: Node, probe: KeyProbe, slot: number): number {
    let low = 0;
    let high = leaf.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = probe.against(this.keys, leaf.key(middle)) || slot - leaf.slot(middle);
      if (order > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private split(path: { node: Node; child: number }[]): void {
    for (let level = path.length - 1; level >= 0; level--) {
      const node = path[level]?.node as Node;
      if (node.count < CAPACITY) return;
      // Ascending keys split only the last leaf. Leave it nearly full instead of half empty.
      const isRightmost = node.children === undefined && node.next === undefined;
      const keep = isRightmost ? CAPACITY - 8 : CAPACITY / 2;
      const right = new Node();
      right.count = node.count - keep;
      right.entries.set(node.entries.subarray(keep * 2, node.count * 2));
      node.count = keep;
      if (node.children !== undefined) right.children = node.children.splice(keep);
      else {
        right.next = node.next;
        right.previous = node;
        if (node.next !== undefined) node.next.previous = right;
        node.next = right;
      }
      // An inner entry counts as a user of its key: the key must outlive the leaf entry that it comes from.
      const key = node.children === undefined ? this.keys.share(right.key(0)) : right.key(0);
      const slot = right.slot(0);
      if (node.children !== undefined) right.entries[0] = 0;
      const parent = path[level - 1];
      if (parent !== undefined) {
        parent.node.insertAt(parent.child + 1, key, slot);
        parent.node.children?.splice(parent.child + 1, 0, right);
      } else {
        const root = new Node();
        root.children = [node, right];
        root.count = 1;
        root.insertAt(1, key, slot);
        this.root = root;
      }
    }
  }

  /** Removes an empty leaf, and the inner nodes that become empty with it. */
  private unlink(path: { node: Node; child: number }[]): void {
    const leaf = path[path.length - 1]?.node as Node;
    if (path.length === 1) return;
    if (leaf.previous !== undefined) leaf.previous.next = leaf.next;
    if (leaf.next !== undefined) leaf.next.previous = leaf.previous;
    for (let level = path.length - 2; level >= 0; level--) {
      const { node, child } = path[level] as { node: Node; child: number };
      if (child > 0) this.keys.release(node.key(child));
      node.removeAt(child);
      node.children?.splice(child, 1);
      if (node.count > 0) {
        // The first child has no lower bound, so the new first child's is released.
        if (child === 0 && node.key(0) !== 0) {
          this.keys.release(node.key(0));
          node.entries[0] = 0;
        }
        break;
      }
    }
    if (this.root.count === 0) this.root = new Node();
    while (this.root.children !== undefined && this.root.count === 1) this.root = this.root.children[0] as Node;
  }

  private releaseKeys(node: Node): void {
    for (let i = 0; i < node.count; i++) if (node.key(i) !== 0) this.keys.release(node.key(i));
    for (const child of node.children ?? []) this.releaseKeys(child);
  }
}
