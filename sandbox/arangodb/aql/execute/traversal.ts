import type { DataView, Doc, EdgeDirection } from '../../storage/types';
import { isTrue } from '../../values';
import type { Direction } from '../ast';
import { compileExpression, type Row } from '../evaluate';
import { idOf, parseId } from '../functions/documents';
import type { GraphStep, PathEnds, Traversal, TraversalOptions, Variable } from '../plan';
import type { Execution } from './context';
import { nestedLoop } from './loops';
import type { Source, StepContext } from './pipeline';

/** The last vertex of a path. `previous` leads back to the start. */
export interface PathVertex {
  readonly id: string;
  /** The edge that leads to the vertex. Absent at the start. */
  readonly edge: Doc | undefined;
  readonly previous: PathVertex | undefined;
  readonly depth: number;
  /** Sum of the weights of the path's edges. */
  readonly weight: number;
}

/** The vertices that are one edge further. */
export type Expand = (vertex: PathVertex) => Iterable<PathVertex>;

const edgeDirections: Readonly<Record<Direction, EdgeDirection>> = { outbound: 'out', inbound: 'in', any: 'any' };

/** Finds the neighbours of a vertex, along the directions and edge collections of a graph. */
function neighbours(step: GraphStep, direction: Direction, options: TraversalOptions, execution: Execution) {
  const { view } = execution;
  const named =
    step.graph === undefined ? [] : view.graphEdgeCollections(step.graph).map((name) => ({ name, direction }));
  const all = step.graph === undefined ? step.edges : named;
  const allowed = options.edgeCollections;
  const followed = all
    .filter(({ name }) => allowed === undefined || allowed.has(name))
    .map((one) => ({ name: one.name, direction: edgeDirections[one.direction] }));
  const vertexCollections = options.vertexCollections;
  return function* (from: PathVertex): Generator<PathVertex> {
    for (const { name, direction: side } of followed) {
      // The order of edges is not defined. As in ArangoDB, it is not the order of insertion.
      for (const edge of [...view.edges(name, from.id, side)].reverse()) {
        execution.stats.scannedIndex++;
        execution.tick();
        const id = edge._from === from.id && side !== 'in' ? (edge._to as string) : (edge._from as string);
        if (vertexCollections !== undefined && !vertexCollections.has(parseId(id)?.collection ?? '')) continue;
        yield { id, edge, previous: from, depth: from.depth + 1, weight: from.weight + weightOf(edge, options) };
      }
    }
  };
}

function weightOf(edge: Doc, options: TraversalOptions): number {
  if (options.weightAttribute === undefined) return 1;
  const weight = edge[options.weightAttribute];
  return typeof weight === 'number' ? weight : options.defaultWeight;
}

/** The document of a vertex, or null if it does not exist: edges may point to missing vertices. */
export function vertexDocument(view: DataView, id: string): Doc | null {
  const parts = parseId(id);
  if (parts === undefined || !view.hasCollection(parts.collection)) return null;
  return view.get(parts.collection, parts.key) ?? null;
}

function startVertex(id: string): PathVertex {
  return { id, edge: undefined, previous: undefined, depth: 0, weight: 0 };
}

/** The id of a start or target vertex. Undefined and a warning for an invalid value. */
function vertexId(value: unknown, execution: Execution, what: string): string | undefined {
  const id = idOf(value);
  if (id !== undefined && parseId(id) !== undefined) return id;
  execution.warn(10, `invalid input for ${what}: only id strings or objects with _id are allowed`);
  return undefined;
}

/** The vertices of the path that ends with `end`, from its start. */
export function verticesTo(end: PathVertex): PathVertex[] {
  const vertices: PathVertex[] = [];
  for (let vertex: PathVertex | undefined = end; vertex !== undefined; vertex = vertex.previous) vertices.push(vertex);
  return vertices.reverse();
}

/** A traversal: one row for each vertex that is reached between the minimum and the maximum depth. */
export function traverse(step: Traversal, { execution, upstream, needed }: StepContext): Source {
  const { view } = execution;
  const start = compileExpression(step.start, execution);
  const prune = step.prune && compileExpression(step.prune.condition, execution);
  const expand = neighbours(step, step.direction, step.options, execution);
  const { vertex, edge, path } = step;
  const isNeeded = (variable: Variable | undefined): boolean =>
    variable !== undefined && (prune !== undefined || [...needed].some(({ slot }) => slot === variable.slot));
  const needsVertex = isNeeded(vertex);
  const needsPath = isNeeded(path);
  const weighted = step.options.order === 'weighted';
  const assign = (row: Row, reached: PathVertex): void => {
    if (needsVertex) row[vertex.slot] = vertexDocument(view, reached.id);
    if (edge !== undefined) row[edge.slot] = reached.edge ?? null;
    if (path !== undefined && needsPath) row[path.slot] = pathOf(view, reached, weighted);
  };
  const enter = (row: Row, reached: PathVertex): boolean => {
    if (prune === undefined) {
      if (reached.depth >= step.minimum) assign(row, reached);
      return reached.depth < step.maximum;
    }
    assign(row, reached);
    const isPruned = isTrue(prune(row));
    if (step.prune?.variable !== undefined) row[step.prune.variable.slot] = isPruned;
    return !isPruned && reached.depth < step.maximum;
  };
  const search = step.options.order === 'dfs' ? depthFirst : breadthFirst;
  return nestedLoop(upstream, (row) => {
    const id = vertexId(start(row), execution, 'traversal');
    if (id === undefined) return () => false;
    const vertices = search(startVertex(id), step.options, expand, (reached) => enter(row, reached));
    return () => {
      for (;;) {
        const reached = vertices.next();
        if (reached.done === true) return false;
        if (reached.value.depth >= step.minimum) return true;
      }
    };
  });
}

/** One row for each result of a search between two vertices. `assign` sets the row's variables. */
export function searchBetween(
  step: PathEnds,
  { execution, upstream }: StepContext,
  what: string,
  search: (start: PathVertex, target: string, expand: Expand) => Iterable<PathVertex>,
  assign: (row: Row, result: PathVertex) => void,
): Source {
  const from = compileExpression(step.from, execution);
  const to = compileExpression(step.to, execution);
  const expand = neighbours(step, step.direction, step.options, execution);
  return nestedLoop(upstream, (row) => {
    const start = vertexId(from(row), execution, what);
    const target = vertexId(to(row), execution, what);
    if (start === undefined || target === undefined) return () => false;
    const results = search(startVertex(start), target, expand)[Symbol.iterator]();
    return () => {
      const next = results.next();
      if (next.done === true) return false;
      assign(row, next.value);
      return true;
    };
  });
}

/** The value of a path variable. */
export function pathOf(view: DataView, end: PathVertex, weighted: boolean) {
  const vertices = verticesTo(end);
  return {
    vertices: vertices.map(({ id }) => vertexDocument(view, id)),
    edges: vertices.slice(1).map(({ edge }) => edge),
    ...(weighted && { weights: vertices.map(({ weight }) => weight) }),
  };
}

/** Called when a vertex is reached. Returns whether the traversal continues from it. */
type Enter = (vertex: PathVertex) => boolean;

/** Whether the options uniqueVertices and uniqueEdges allow to append a vertex to its path. */
function mayVisit(vertex: PathVertex, options: TraversalOptions): boolean {
  for (let earlier = vertex.previous; earlier !== undefined; earlier = earlier.previous) {
    if (options.uniqueVertices === 'path' && earlier.id === vertex.id) return false;
    const { edge } = earlier;
    if (options.uniqueEdges === 'path' && edge !== undefined && edge._id === vertex.edge?._id) return false;
  }
  return true;
}

function* depthFirst(
  start: PathVertex,
  options: TraversalOptions,
  expand: Expand,
  enter: Enter,
): Generator<PathVertex> {
  const continues = enter(start);
  yield start;
  const stack = continues ? [expand(start)[Symbol.iterator]()] : [];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const reached = top.next();
    if (reached.done === true) {
      stack.pop();
      continue;
    }
    const vertex = reached.value;
    if (!mayVisit(vertex, options)) continue;
    const continuesHere = enter(vertex);
    yield vertex;
    if (continuesHere) stack.push(expand(vertex)[Symbol.iterator]());
  }
}

/**
 * Visits vertices level by level or, for a weighted traversal, by increasing weight. With globally unique vertices, a
 * vertex counts as visited when it leaves the queue, so that the path with the least weight is used.
 */
function* breadthFirst(
  start: PathVertex,
  options: TraversalOptions,
  expand: Expand,
  enter: Enter,
): Generator<PathVertex> {
  const weighted = options.order === 'weighted';
  const visited = options.uniqueVertices === 'global' ? new Set<string>() : undefined;
  const queue: PathVertex[] = [start];
  for (let at = 0; at < queue.length; at++) {
    const vertex = queue[at] as PathVertex;
    if (visited?.has(vertex.id) === true) continue;
    visited?.add(vertex.id);
    const continues = enter(vertex);
    yield vertex;
    if (!continues) continue;
    for (const next of expand(vertex)) {
      if (visited?.has(next.id) === true || !mayVisit(next, options)) continue;
      if (weighted) insertByWeight(queue, next, at + 1);
      else queue.push(next);
    }
  }
}

/** Inserts a vertex into the sorted part of a queue, which begins at `from`. */
export function insertByWeight(queue: PathVertex[], vertex: PathVertex, from: number): void {
  let low = from;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((queue[middle] as PathVertex).weight <= vertex.weight) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, vertex);
}
