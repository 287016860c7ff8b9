import type { PermissionRow } from '../graph/readers/recordStructure';

/**
 * All edges of a user or group but the first one. PipesHub writes one edge a pair, and removing that one would leave
 * the others in force.
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

/** Edges whose type is not that of the vertex they come from: PipesHub's readers disagree about them. */
export const mistyped = (edges: readonly PermissionRow[]): PermissionRow[] =>
  edges.filter(({ from, type }) => type !== (from.startsWith('groups/') ? 'GROUP' : 'USER'));

/** What is wrong with the permission edges to a record or a record group, without regard to whom they name. */
export function* readerFaults(edges: readonly PermissionRow[]): Generator<string> {
  const surplus = duplicates(edges).length;
  if (surplus > 0) yield `names ${surplus} of its readers twice`;
  const wrong = mistyped(edges).length;
  if (wrong > 0) yield `names ${wrong} of its readers by edges of a wrong type`;
}
