import type { DataView, Doc, EdgeDirection } from '../../storage/types';
import { isTrue } from '../../values';
import type { Direction } from '../ast';
import { compileExpression, type Row } from '../evaluate';
import { idOf, parseId } from '../functions/documents';
import type { GraphStep, PathEnds, Traversal, TraversalOptions } from '../plan';
import type { Execution } from './context';
import { nested } from './loops';
import type { Source, StepContext } from './pipeline';

/** A vertex at the end of a path; the path is read back through `before`. */
export interface Place {
  readonly id: string;
  /** The edge by which it was reached; absent at the start. */
  readonly edge: Doc | undefined;
  readonly before: Place | undefined;
  readonly depth: number;
  /** Sum of the weights of the edges so far. */
  readonly weight: number;
}

/** The places one edge further. */
export type Expand = (place: Place) => Iterable<Place>;

const edgeDirections: Readonly<Record<Direction, EdgeDirection>> = { outbound: 'out', inbound: 'in', any: 'any' };

/** Reads the edges that leave a vertex, in the directions and collections of a graph. */
function neighbours(step: GraphStep, direction: Direction, options: TraversalOptions, execution: Execution) {
  const { view } = execution;
  const named =
    step.graph === undefined ? [] : view.graphEdgeCollections(step.graph).map((name) => ({ name, direction }));
  const all = step.graph === undefined ? step.edges : named;
  const allowed = options.edgeCollections;
  const followed = all
    .filter(({ name }) => allowed === undefined || allowed.has(name))
    .map((one) => ({ name: one.name, direction: edgeDirections[one.direction] }));
  const vertices = options.vertexCollections;
  return function* (place: Place): Generator<Place> {
    for (const { name, direction: side } of followed) {
      for (const edge of view.edges(name, place.id, side)) {
        execution.stats.scannedIndex++;
        execution.tick();
        const id = edge._from === place.id && side !== 'in' ? (edge._to as string) : (edge._from as string);
        if (vertices !== undefined && !vertices.has(parseId(id)?.collection ?? '')) continue;
        yield { id, edge, before: place, depth: place.depth + 1, weight: place.weight + weightOf(edge, options) };
      }
    }
  };
}

function weightOf(edge: Doc, options: TraversalOptions): number {
  if (options.weightAttribute === undefined) return 1;
  const weight = edge[options.weightAttribute];
  return typeof weight === 'number' ? weight : options.defaultWeight;
}

/** The document of a vertex, null if it does not exist (edges may dangle). */
export function vertexDocument(view: DataView, id: string): Doc | null {
  const parts = parseId(id);
  if (parts === undefined || !view.hasCollection(parts.collection)) return null;
  return view.get(parts.collection, parts.key) ?? null;
}

function startPlace(id: string): Place {
  return { id, edge: undefined, before: undefined, depth: 0, weight: 0 };
}

/** The id of a start or target vertex; a warning for what is none. */
function vertexId(value: unknown, execution: Execution, what: string): string | undefined {
  const id = idOf(value);
  if (id !== undefined && parseId(id) !== undefined) return id;
  execution.warn(10, `invalid input for ${what}: only id strings or objects with _id are allowed`);
  return undefined;
}

/** The places from the start to this one. */
export function placesTo(place: Place): Place[] {
  const places: Place[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.before) places.push(at);
  return places.reverse();
}

export function traverse(step: Traversal, { execution, upstream, needed }: StepContext): Source {
  const { view } = execution;
  const start = compileExpression(step.start, execution);
  const prune = step.prune && compileExpression(step.prune.condition, execution);
  const expand = neighbours(step, step.direction, step.options, execution);
  const { vertex, edge, path } = step;
  const wants = (slot: { slot: number } | undefined): boolean =>
    slot !== undefined && (prune !== undefined || [...needed].some((variable) => variable.slot === slot.slot));
  const wantsVertex = wants(vertex);
  const wantsPath = wants(path);
  const weighted = step.options.order === 'weighted';
  const show = (row: Row, place: Place): void => {
    if (wantsVertex) row[vertex.slot] = vertexDocument(view, place.id);
    if (edge !== undefined) row[edge.slot] = place.edge ?? null;
    if (path !== undefined && wantsPath) row[path.slot] = pathOf(view, place, weighted);
  };
  const enter = (row: Row, place: Place): boolean => {
    if (prune === undefined) {
      if (place.depth >= step.minimum) show(row, place);
      return place.depth < step.maximum;
    }
    show(row, place);
    const stops = isTrue(prune(row));
    if (step.prune?.variable !== undefined) row[step.prune.variable.slot] = stops;
    return !stops && place.depth < step.maximum;
  };
  const search = step.options.order === 'dfs' ? depthFirst : breadthFirst;
  return nested(upstream, (row) => {
    const id = vertexId(start(row), execution, 'traversal');
    if (id === undefined) return () => false;
    const places = search(startPlace(id), step.options, expand, (place) => enter(row, place));
    return () => {
      for (;;) {
        const reached = places.next();
        if (reached.done === true) return false;
        if (reached.value.depth >= step.minimum) return true;
      }
    };
  });
}

/** One row for each place that a search between two vertices gives, put into the row by `show`. */
export function placesBetween(
  step: PathEnds,
  { execution, upstream }: StepContext,
  what: string,
  search: (start: Place, target: string, expand: Expand) => Iterable<Place>,
  show: (row: Row, place: Place) => void,
): Source {
  const from = compileExpression(step.from, execution);
  const to = compileExpression(step.to, execution);
  const expand = neighbours(step, step.direction, step.options, execution);
  return nested(upstream, (row) => {
    const start = vertexId(from(row), execution, what);
    const target = vertexId(to(row), execution, what);
    if (start === undefined || target === undefined) return () => false;
    const places = search(startPlace(start), target, expand)[Symbol.iterator]();
    return () => {
      const next = places.next();
      if (next.done === true) return false;
      show(row, next.value);
      return true;
    };
  });
}

/** A path as queries see it. */
export function pathOf(view: DataView, place: Place, weighted: boolean) {
  const places = placesTo(place);
  return {
    vertices: places.map(({ id }) => vertexDocument(view, id)),
    edges: places.slice(1).map(({ edge }) => edge),
    ...(weighted && { weights: places.map(({ weight }) => weight) }),
  };
}

/** Called when a place is reached; tells whether to go on from it. */
type Enter = (place: Place) => boolean;

function mayVisit(place: Place, options: TraversalOptions): boolean {
  for (let at = place.before; at !== undefined; at = at.before) {
    if (options.uniqueVertices === 'path' && at.id === place.id) return false;
    if (options.uniqueEdges === 'path' && at.edge !== undefined && at.edge._id === place.edge?._id) return false;
  }
  return true;
}

function* depthFirst(start: Place, options: TraversalOptions, expand: Expand, enter: Enter): Generator<Place> {
  const goesOn = enter(start);
  yield start;
  const open = goesOn ? [expand(start)[Symbol.iterator]()] : [];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const reached = top.next();
    if (reached.done === true) {
      open.pop();
      continue;
    }
    const place = reached.value;
    if (!mayVisit(place, options)) continue;
    const deeper = enter(place);
    yield place;
    if (deeper) open.push(expand(place)[Symbol.iterator]());
  }
}

/** Level by level, or by the least weight so far. A vertex that is to be visited once counts when it is taken up. */
function* breadthFirst(start: Place, options: TraversalOptions, expand: Expand, enter: Enter): Generator<Place> {
  const weighted = options.order === 'weighted';
  const visited = options.uniqueVertices === 'global' ? new Set<string>() : undefined;
  const queue: Place[] = [start];
  for (let at = 0; at < queue.length; at++) {
    const place = queue[at] as Place;
    if (visited?.has(place.id) === true) continue;
    visited?.add(place.id);
    const goesOn = enter(place);
    yield place;
    if (!goesOn) continue;
    for (const next of expand(place)) {
      if (visited?.has(next.id) === true || !mayVisit(next, options)) continue;
      if (weighted) insertByWeight(queue, next, at + 1);
      else queue.push(next);
    }
  }
}

export function insertByWeight(queue: Place[], place: Place, from: number): void {
  let low = from;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((queue[middle] as Place).weight <= place.weight) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, place);
}
