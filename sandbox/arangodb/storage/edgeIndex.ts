import type { DocumentCodec } from './documentCodec';
import { HashTable } from './hashTable';
import { grown, type Versions } from './versions';

/**
 * The edges of each vertex in one direction. A hash table leads from the vertex's id to its first edge; the edges form
 * a ring (next and previous by slot) in the order of insertion. The cost of adding and removing an edge does not depend
 * on the vertex's degree.
 */
class Adjacency {
  private next = new Uint32Array(16);
  private previous = new Uint32Array(16);
  /** Number of edges in a ring, stored at the ring's first edge. */
  private degree = new Uint32Array(16);
  private readonly first: HashTable;

  constructor(isAt: (slot: number, vertexId: string) => boolean) {
    this.first = new HashTable(isAt);
  }

  add(slot: number, vertexId: string): void {
    if (slot >= this.next.length) this.grow(slot);
    const first = this.first.find(vertexId);
    if (first === 0) {
      this.next[slot] = slot;
      this.previous[slot] = slot;
      this.degree[slot] = 1;
      this.first.set(vertexId, slot);
      return;
    }
    const last = this.previous[first] as number;
    this.next[last] = slot;
    this.previous[slot] = last;
    this.next[slot] = first;
    this.previous[first] = slot;
    this.degree[first] = (this.degree[first] as number) + 1;
  }

  remove(slot: number, vertexId: string): void {
    const first = this.first.find(vertexId);
    const next = this.next[slot] as number;
    if (next === slot) {
      this.first.delete(vertexId);
      return;
    }
    const previous = this.previous[slot] as number;
    this.next[previous] = next;
    this.previous[next] = previous;
    const newFirst = first === slot ? next : first;
    this.degree[newFirst] = (this.degree[first] as number) - 1;
    if (newFirst !== first) this.first.set(vertexId, newFirst);
  }

  *slotsAt(vertexId: string): Generator<number> {
    const first = this.first.find(vertexId);
    if (first === 0) return;
    let slot = first;
    do {
      yield slot;
      slot = this.next[slot] as number;
    } while (slot !== first);
  }

  degreeOf(vertexId: string): number {
    const first = this.first.find(vertexId);
    return first === 0 ? 0 : (this.degree[first] as number);
  }

  private grow(slot: number): void {
    const capacity = Math.max(slot + 1, Math.ceil(this.next.length * 1.6));
    this.next = grown(this.next, capacity);
    this.previous = grown(this.previous, capacity);
    this.degree = grown(this.degree, capacity);
  }
}

/** The edge index that every edge collection has: all versions of its edges by `_from` and by `_to`. */
export class EdgeIndex {
  private readonly out: Adjacency;
  private readonly in: Adjacency;

  constructor(
    private readonly versions: Versions,
    private readonly codec: DocumentCodec,
  ) {
    this.out = new Adjacency((slot, vertexId) => codec.fromIs(versions.block[slot] as number, vertexId));
    this.in = new Adjacency((slot, vertexId) => codec.toIs(versions.block[slot] as number, vertexId));
  }

  add(slot: number, from: string, to: string): void {
    this.out.add(slot, from);
    this.in.add(slot, to);
  }

  remove(slot: number): void {
    const block = this.versions.block[slot] as number;
    this.out.remove(slot, this.codec.from(block));
    this.in.remove(slot, this.codec.to(block));
  }

  outgoing(vertexId: string): Iterable<number> {
    return this.out.slotsAt(vertexId);
  }

  incoming(vertexId: string): Iterable<number> {
    return this.in.slotsAt(vertexId);
  }

  /** An upper bound: versions that no reader sees any more are counted too. */
  outDegree(vertexId: string): number {
    return this.out.degreeOf(vertexId);
  }

  inDegree(vertexId: string): number {
    return this.in.degreeOf(vertexId);
  }
}
