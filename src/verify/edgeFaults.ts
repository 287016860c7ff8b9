import type { PermissionRow } from '../graph/readers/recordStructure';

/**
 * Edges beside the first one of the same user or group: one edge a pair is PipesHub's rule, and the others outlive it.
 */
export function duplicates(edges: readonly PermissionRow[]): PermissionRow[] {
  const first = new Set<string>();
  return [...edges]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .filter(({ from }) => {
      if (first.has(from)) return true;
      first.add(from);
      return false;
    });
}

/** PipesHub's readers disagree about edges whose type is not that of the vertex they come from. */
export const mistyped = (edges: readonly PermissionRow[]): PermissionRow[] =>
  edges.filter(({ from, type }) => type !== (from.startsWith('groups/') ? 'GROUP' : 'USER'));

/** What is wrong with the edges to a record or a record group, whoever they are of. */
export function* readerFaults(edges: readonly PermissionRow[]): Generator<string> {
  const twice = duplicates(edges).length;
  if (twice > 0) yield `names ${twice} of its readers twice`;
  const wrong = mistyped(edges).length;
  if (wrong > 0) yield `names ${wrong} of its readers by edges of a wrong type`;
}
