/** A permission edge to some vertex. */
export interface PermissionRow {
  key: string;
  from: string;
  type: string | null;
}

/** Edges beside the first one of the same user or group: one edge a pair is PipesHub's rule, and the others outlive it. */
export function doubles<Row extends { key: string; from: string }>(edges: readonly Row[]): Row[] {
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
