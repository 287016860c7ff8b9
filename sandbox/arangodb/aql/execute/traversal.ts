import type { Doc } from '../../storage/types';
import { isTrue } from '../../values';
import { compileExpression, type Row } from '../evaluate';
import { idOf, parseId } from '../functions/documents';
import type { Traversal, TraversalOptions, Variable } from '../plan';
import { variablesIn } from '../references';
import type { Execution, Source, StepContext } from './context';
import { nestedLoop } from './loops';

/** The last vertex of a path. `previous` leads back to the start. */
interface PathVertex {
  readonly id: string;
  /** The edge that leads to the vertex. Absent at the start. */
  readonly edge: Doc | undefined;
  readonly previous: PathVertex | undefined;
  readonly depth: number;
}

/** The vertices that are one edge further. */
type Expand = (vertex: PathVertex) => Iterable<PathVertex>;

/** Finds the neighbours of a vertex, along the directions and edge collections of a graph. */
function neighbours({ graph, edges, direction }: Traversal, execution: Execution): Expand {
  const { view } = execution;
  const named = graph === undefined ? edges : view.graphEdgeCollections(graph).map((name) => ({ name, direction }));
  return function* (from: PathVertex): Generator<PathVertex> {
    for (const { name, direction: side } of named) {
      // The order of edges is not defined. As in ArangoDB, it is not the order of insertion.
      for (const edge of [...view.edges(name, from.id, side)].reverse()) {
        execution.stats.scannedIndex++;
        execution.tick();
        const id = edge._from === from.id && side !== 'in' ? (edge._to as string) : (edge._from as string);
        yield { id, edge, previous: from, depth: from.depth + 1 };
      }
    }
  };
}

/**
 * The document of a vertex. Null and a warning if there is none: edges may point to missing vertices. Throws 1203 if its
 * collection does not exist.
 */
function vertexDocument(execution: Execution, id: string): Doc | null {
  const parts = parseId(id);
  const doc = parts && execution.view.get(parts.collection, parts.key);
  if (doc === undefined) execution.warn(1202, `vertex '${id}' not found`);
  return doc ?? null;
}

/** The id of a start vertex. Undefined and a warning for an invalid value. */
function vertexId(value: unknown, execution: Execution): string | undefined {
  const id = idOf(value);
  if (id !== undefined && parseId(id) !== undefined) return id;
  execution.warn(10, 'Invalid input for traversal: Only id strings or objects with _id are allowed');
  return undefined;
}

/** A traversal: one row for each vertex that is reached between the minimum and the maximum depth. */
export function traverse(step: Traversal, { execution, upstream, needed }: StepContext): Source {
  const start = compileExpression(step.start, execution);
  const prune = step.prune && compileExpression(step.prune, execution);
  const expand = neighbours(step, execution);
  const { vertex, edge, path } = step;
  const used = new Set([...needed, ...variablesIn(...(step.prune ? [step.prune] : []))]);
  const isNeeded = (variable: Variable | undefined): boolean =>
    variable !== undefined && [...used].some(({ slot }) => slot === variable.slot);
  const needsVertex = isNeeded(vertex);
  const needsPath = isNeeded(path);
  const assign = (row: Row, reached: PathVertex): void => {
    if (needsVertex) row[vertex.slot] = vertexDocument(execution, reached.id);
    if (edge !== undefined) row[edge.slot] = reached.edge ?? null;
    if (path !== undefined && needsPath) row[path.slot] = pathOf(execution, reached);
  };
  const enter = (row: Row, reached: PathVertex): boolean => {
    if (prune === undefined) {
      if (reached.depth >= step.minimum) assign(row, reached);
      return reached.depth < step.maximum;
    }
    assign(row, reached);
    return !isTrue(prune(row)) && reached.depth < step.maximum;
  };
  const search = step.options.order === 'dfs' ? depthFirst : breadthFirst;
  return nestedLoop(upstream, function* (row) {
    const id = vertexId(start(row), execution);
    if (id === undefined) return;
    const from = { id, edge: undefined, previous: undefined, depth: 0 };
    for (const { depth } of search(from, step.options, expand, (reached) => enter(row, reached))) {
      if (depth >= step.minimum) yield 'row';
    }
  });
}

/** The value of a path variable: the path that ends with a vertex, from its start. */
function pathOf(execution: Execution, end: PathVertex) {
  const path: PathVertex[] = [];
  for (let vertex: PathVertex | undefined = end; vertex !== undefined; vertex = vertex.previous) path.push(vertex);
  path.reverse();
  return {
    vertices: path.map(({ id }) => vertexDocument(execution, id)),
    edges: path.slice(1).map(({ edge }) => edge),
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

function* depthFirst(start: PathVertex, options: TraversalOptions, expand: Expand, enter: Enter) {
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

/** Visits vertices level by level. With globally unique vertices, each is visited once. */
function* breadthFirst(start: PathVertex, options: TraversalOptions, expand: Expand, enter: Enter) {
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
      if (visited?.has(next.id) !== true && mayVisit(next, options)) queue.push(next);
    }
  }
}
