import type { ShortestPath, TraversalOptions } from '../plan';
import type { Source, StepContext } from './pipeline';
import { type Expand, insertByWeight, type Place, placesBetween, placesTo, vertexDocument } from './traversal';

/** One row for each vertex of a shortest path, from its start to its target; no rows if there is no path. */
export function shortestPath(step: ShortestPath, context: StepContext): Source {
  return placesBetween(
    step,
    context,
    'shortest path',
    (start, target, expand) => search(start, target, step.options, expand),
    (row, place) => {
      row[step.vertex.slot] = vertexDocument(context.execution.view, place.id);
      if (step.edge !== undefined) row[step.edge.slot] = place.edge ?? null;
    },
  );
}

/** Takes up places by their weight, which is their depth unless edges have weights of their own. */
function search(start: Place, target: string, options: TraversalOptions, expand: Expand): Place[] {
  const visited = new Set<string>();
  const queue = [start];
  for (let at = 0; at < queue.length; at++) {
    const place = queue[at] as Place;
    if (visited.has(place.id)) continue;
    visited.add(place.id);
    if (place.id === target) return placesTo(place);
    for (const next of expand(place)) {
      if (visited.has(next.id)) continue;
      if (options.weightAttribute === undefined) queue.push(next);
      else insertByWeight(queue, next, at + 1);
    }
  }
  return [];
}
