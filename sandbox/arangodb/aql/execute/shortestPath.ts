import { compileExpression } from '../evaluate';
import type { ShortestPath, TraversalOptions } from '../plan';
import { nested } from './loops';
import type { Source, StepContext } from './pipeline';
import { insertByWeight, neighbours, placesTo, startPlace, vertexDocument, vertexId, type Place } from './traversal';

/** One row for each vertex of a shortest path, from its start to its target; no rows if there is no path. */
export function shortestPath(step: ShortestPath, { execution, upstream }: StepContext): Source {
  const from = compileExpression(step.from, execution);
  const to = compileExpression(step.to, execution);
  const expand = neighbours(step, step.direction, step.options, execution);
  return nested(upstream, (row) => {
    const start = vertexId(from(row), execution, 'shortest path');
    const target = vertexId(to(row), execution, 'shortest path');
    const places = start === undefined || target === undefined ? [] : search(start, target, step.options, expand);
    let at = 0;
    return () => {
      const place = places[at++];
      if (place === undefined) return false;
      row[step.vertex.slot] = vertexDocument(execution.view, place.id);
      if (step.edge !== undefined) row[step.edge.slot] = place.edge ?? null;
      return true;
    };
  });
}

/** Takes up places by their weight, which is their depth unless edges have weights of their own. */
function search(
  start: string,
  target: string,
  options: TraversalOptions,
  expand: (place: Place) => Iterable<Place>,
): Place[] {
  const visited = new Set<string>();
  const queue = [startPlace(start)];
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
