import type { DataView } from '../../storage/types';
import type { PathSearch } from '../plan';
import type { Source, StepContext } from './pipeline';
import { type Expand, insertByWeight, pathOf, type PathVertex, searchBetween } from './traversal';

/** K_PATHS, K_SHORTEST_PATHS and ALL_SHORTEST_PATHS: one row per path. No path visits a vertex twice. */
export function searchPaths(step: PathSearch, context: StepContext): Source {
  return searchBetween(
    step,
    context,
    'path search',
    (start, target, expand) => search(step, start, target, expand),
    (row, end) => (row[step.path.slot] = pathValue(step, context.execution.view, end)),
  );
}

function pathValue(step: PathSearch, view: DataView, end: PathVertex) {
  const path = pathOf(view, end, false);
  return step.search === 'K_SHORTEST_PATHS' ? { ...path, weight: end.weight } : path;
}

function search(step: PathSearch, start: PathVertex, target: string, expand: Expand): Generator<PathVertex> {
  switch (step.search) {
    case 'K_PATHS':
      return ofLength(start, target, expand, step.minimum, step.maximum);
    case 'K_SHORTEST_PATHS':
      return byWeight(start, target, expand);
    case 'ALL_SHORTEST_PATHS':
      return shortest(start, target, expand);
  }
}

/** Paths whose number of edges is between a minimum and a maximum. */
function* ofLength(
  end: PathVertex,
  target: string,
  expand: Expand,
  minimum: number,
  maximum: number,
): Generator<PathVertex> {
  if (end.id === target) {
    if (end.depth >= minimum) yield end;
    return;
  }
  if (end.depth >= maximum) return;
  for (const next of expand(end)) if (!contains(end, next.id)) yield* ofLength(next, target, expand, minimum, maximum);
}

/** All paths, by increasing weight. */
function* byWeight(start: PathVertex, target: string, expand: Expand): Generator<PathVertex> {
  const queue = [start];
  for (let end = queue.shift(); end !== undefined; end = queue.shift()) {
    if (end.id === target) {
      yield end;
      continue;
    }
    for (const next of expand(end)) if (!contains(end, next.id)) insertByWeight(queue, next, 0);
  }
}

/** All paths with the smallest number of edges. */
function* shortest(start: PathVertex, target: string, expand: Expand): Generator<PathVertex> {
  let level = [start];
  const depths = new Map([[start.id, 0]]);
  while (level.length > 0 && !level.some(({ id }) => id === target)) {
    const nextLevel: PathVertex[] = [];
    for (const end of level) {
      for (const next of expand(end)) {
        // A path to a vertex that can be reached with fewer edges is not a shortest one.
        if ((depths.get(next.id) ?? next.depth) < next.depth) continue;
        depths.set(next.id, next.depth);
        nextLevel.push(next);
      }
    }
    level = nextLevel;
  }
  for (const end of level) if (end.id === target) yield end;
}

/** Whether the path that ends with `end` visits a vertex. */
function contains(end: PathVertex, id: string): boolean {
  for (let vertex: PathVertex | undefined = end; vertex !== undefined; vertex = vertex.previous) {
    if (vertex.id === id) return true;
  }
  return false;
}
