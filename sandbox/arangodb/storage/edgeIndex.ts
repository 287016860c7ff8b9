import type { Doc } from './types';
import { Version } from './versions';

/** One half of the edge index of an edge collection: all versions of its edges by one end, `_from` or `_to`. */
export class EdgeIndex {
  /**
   * Absent until something is stored when it is read: many edges are written, but never followed. Most vertices have one
   * edge, for which a set would take several times the memory.
   */
  private byVertex: Map<string, Version | Set<Version>> | undefined;

  /** `stored` returns all versions of the collection. */
  constructor(
    private readonly end: '_from' | '_to',
    private readonly stored: () => Iterable<Version | undefined>,
  ) {}

  add(version: Version): void {
    const vertexId = this.vertexOf(version.doc);
    const present = this.byVertex?.get(vertexId);
    if (present === undefined) this.byVertex?.set(vertexId, version);
    else if (present instanceof Set) present.add(version);
    else this.byVertex?.set(vertexId, new Set([present, version]));
  }

  remove(version: Version): void {
    const vertexId = this.vertexOf(version.doc);
    const present = this.byVertex?.get(vertexId);
    if (present instanceof Set) present.delete(version);
    if (present === version || (present instanceof Set && present.size === 0)) this.byVertex?.delete(vertexId);
  }

  versionsAt(vertexId: string): Iterable<Version> {
    const present = this.complete().get(vertexId) ?? [];
    return present instanceof Version ? [present] : present;
  }

  countAt(vertexId: string): number {
    const present = this.complete().get(vertexId);
    return present instanceof Set ? present.size : Number(present !== undefined);
  }

  private complete(): Map<string, Version | Set<Version>> {
    if (this.byVertex !== undefined) return this.byVertex;
    const byVertex = (this.byVertex = new Map<string, Version | Set<Version>>());
    for (const version of this.stored()) if (version) this.add(version);
    if (byVertex.size === 0) this.byVertex = undefined;
    return byVertex;
  }

  private vertexOf(edge: Doc): string {
    return edge[this.end] ?? '';
  }
}
