import type { Doc } from './types';
import type { Version } from './versions';

/** The versions of edges at each vertex in one direction, in the order of insertion. */
class Adjacency {
  /** Most vertices have one edge, for which a set would take several times the memory. */
  private readonly byVertex = new Map<string, Version | Set<Version>>();

  constructor(private readonly vertexOf: (edge: Doc) => string) {}

  add(version: Version): void {
    const vertexId = this.vertexOf(version.doc);
    const present = this.byVertex.get(vertexId);
    if (present === undefined) this.byVertex.set(vertexId, version);
    else if (present instanceof Set) present.add(version);
    else this.byVertex.set(vertexId, new Set([present, version]));
  }

  remove(version: Version): void {
    const vertexId = this.vertexOf(version.doc);
    const present = this.byVertex.get(vertexId);
    if (present instanceof Set) present.delete(version);
    if (present === version || (present instanceof Set && present.size === 0)) this.byVertex.delete(vertexId);
  }

  versionsAt(vertexId: string): Iterable<Version> {
    const present = this.byVertex.get(vertexId);
    if (present === undefined) return [];
    return present instanceof Set ? present : [present];
  }

  degreeOf(vertexId: string): number {
    const present = this.byVertex.get(vertexId);
    if (present === undefined) return 0;
    return present instanceof Set ? present.size : 1;
  }
}

/** The edge index that every edge collection has: all versions of its edges by `_from` and by `_to`. */
export class EdgeIndex {
  readonly outgoing = new Adjacency(({ _from }) => _from ?? '');
  readonly incoming = new Adjacency(({ _to }) => _to ?? '');

  add(version: Version): void {
    this.outgoing.add(version);
    this.incoming.add(version);
  }

  remove(version: Version): void {
    this.outgoing.remove(version);
    this.incoming.remove(version);
  }
}
