import type { ShortestPath, TraversalOptions } from '../plan';
import type { Source, StepContext } from './pipeline';
import { type Expand, insertByWeight, type PathVertex, searchBetween, verticesTo, vertexDocument } from './traversal';

/** SHORTEST_PATH: one row for each vertex of a shortest path, from start to target. Without a path, no rows. */
export function shortestPath(step: ShortestPath, context: StepContext): Source {
  return searchBetween(
    step,
    context,
    'shortest path',
    (start, target, expand) => search(start, target, step.options, expand),
    (row, vertex) => {
      row[step.vertex.slot] = vertexDocument(context.execution.view, vertex.id);
      if (step.edge !== undefined) row[step.edge.slot] = vertex.edge ?? null;
    },
  );
}

/** Visits vertices in the order of their weight, or of their depth if edges have no weights (Dijkstra's algorithm). */
function search(start: PathVertex, target: string, options: TraversalOptions, expand: Expand): PathVertex[] {
  const visited = new Set<string>();
  const queue = [start];
  for (let at = 0; at < queue.length; at++) {
    const vertex = queue[at] as PathVertex;
    if (visited.has(vertex.id)) continue;
    visited.add(vertex.id);
    if (vertex.id === target) return verticesTo(vertex);
    for (const next of expand(vertex)) {
      if (visited.has(next.id)) continue;
      if (options.weightAttribute === undefined) queue.push(next);
      else insertByWeight(queue, next, at + 1);
    }
  }
  return [];
}
