import type { DataView } from '../../storage/types';
import type { PathSearch } from '../plan';
import type { Source, StepContext } from './pipeline';
import { type Expand, insertByWeight, pathOf, type Place, placesBetween } from './traversal';

/** K_PATHS, K_SHORTEST_PATHS and ALL_SHORTEST_PATHS: one row for each path, none of which meets a vertex twice. */
export function searchPaths(step: PathSearch, context: StepContext): Source {
  return placesBetween(
    step,
    context,
    'path search',
    (start, target, expand) => search(step, start, target, expand),
    (row, end) => (row[step.path.slot] = shown(step, context.execution.view, end)),
  );
}

function shown(step: PathSearch, view: DataView, end: Place) {
  const path = pathOf(view, end, false);
  return step.search === 'K_SHORTEST_PATHS' ? { ...path, weight: end.weight } : path;
}

function search(step: PathSearch, start: Place, target: string, expand: Expand): Generator<Place> {
  switch (step.search) {
    case 'K_PATHS':
      return ofLength(start, target, expand, step.minimum, step.maximum);
    case 'K_SHORTEST_PATHS':
      return byWeight(start, target, expand);
    case 'ALL_SHORTEST_PATHS':
      return shortest(start, target, expand);
  }
}

/** Paths with so many edges at least and at most. */
function* ofLength(place: Place, target: string, expand: Expand, least: number, most: number): Generator<Place> {
  if (place.id === target) {
    if (place.depth >= least) yield place;
    return;
  }
  if (place.depth >= most) return;
  for (const next of expand(place)) if (!isOn(place, next.id)) yield* ofLength(next, target, expand, least, most);
}

/** All paths, those of less weight first. */
function* byWeight(start: Place, target: string, expand: Expand): Generator<Place> {
  const open = [start];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    if (at.id === target) {
      yield at;
      continue;
    }
    for (const next of expand(at)) if (!isOn(at, next.id)) insertByWeight(open, next, 0);
  }
}

/** All paths with as few edges as possible. */
function* shortest(start: Place, target: string, expand: Expand): Generator<Place> {
  let level = [start];
  const depths = new Map([[start.id, 0]]);
  while (level.length > 0 && !level.some(({ id }) => id === target)) {
    const following: Place[] = [];
    for (const place of level) {
      for (const next of expand(place)) {
        // A vertex that was reached with fewer edges lies on no shortest path through this one.
        if ((depths.get(next.id) ?? next.depth) < next.depth) continue;
        depths.set(next.id, next.depth);
        following.push(next);
      }
    }
    level = following;
  }
  for (const place of level) if (place.id === target) yield place;
}

function isOn(place: Place, id: string): boolean {
  for (let at: Place | undefined = place; at !== undefined; at = at.before) if (at.id === id) return true;
  return false;
}
