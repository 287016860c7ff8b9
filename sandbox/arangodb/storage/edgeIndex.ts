import type { Doc } from './types';
import type { Version } from './versions';

/** The versions of edges at each vertex in one direction. */
class Adjacency {
  /**
   * Absent until something is stored when it is read: many edges are written, but never followed. Most vertices have one
   * edge, for which a set would take several times the memory.
   */
  private byVertex: Map<string, Version | Set<Version>> | undefined;

  constructor(
    private readonly vertexOf: (edge: Doc) => string,
    private readonly stored: () => Iterable<Version | undefined>,
  ) {}

  add(version: Version): void {
    if (this.byVertex !== undefined) enter(this.byVertex, this.vertexOf(version.doc), version);
  }

  remove(version: Version): void {
    if (this.byVertex === undefined) return;
    const vertexId = this.vertexOf(version.doc);
    const present = this.byVertex.get(vertexId);
    if (present instanceof Set) present.delete(version);
    if (present === version || (present instanceof Set && present.size === 0)) this.byVertex.delete(vertexId);
  }

  versionsAt(vertexId: string): Iterable<Version> {
    const present = this.complete().get(vertexId);
    if (present === undefined) return [];
    return present instanceof Set ? present : [present];
  }

  degreeOf(vertexId: string): number {
    const present = this.complete().get(vertexId);
    if (present === undefined) return 0;
    return present instanceof Set ? present.size : 1;
  }

  private complete(): Map<string, Version | Set<Version>> {
    if (this.byVertex !== undefined) return this.byVertex;
    const byVertex = new Map<string, Version | Set<Version>>();
    for (const version of this.stored()) if (version) enter(byVertex, this.vertexOf(version.doc), version);
    if (byVertex.size > 0) this.byVertex = byVertex;
    return byVertex;
  }
}

function enter(byVertex: Map<string, Version | Set<Version>>, vertexId: string, version: Version): void {
  const present = byVertex.get(vertexId);
  if (present === undefined) byVertex.set(vertexId, version);
  else if (present instanceof Set) present.add(version);
  else byVertex.set(vertexId, new Set([present, version]));
}

/** The edge index that every edge collection has: all versions of its edges by `_from` and by `_to`. */
export class EdgeIndex {
  readonly outgoing: Adjacency;
  readonly incoming: Adjacency;

  /** `stored` returns all versions of the collection. */
  constructor(stored: () => Iterable<Version | undefined>) {
    this.outgoing = new Adjacency(({ _from }) => _from ?? '', stored);
    this.incoming = new Adjacency(({ _to }) => _to ?? '', stored);
  }

  add(version: Version): void {
    this.outgoing.add(version);
    this.incoming.add(version);
  }

  remove(version: Version): void {
    this.outgoing.remove(version);
    this.incoming.remove(version);
  }
}
