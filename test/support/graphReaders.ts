import type { Database } from 'arangojs';

/** Who may read which file by the graph: item id → addresses. */
export async function graphReaders(db: Database): Promise<Map<string, Set<string>>> {
  const cursor = await db.query<{ id: string; readers: string[] }>(
    `FOR r IN records
       FILTER DOCUMENT("files", r._key).isFile == true
       LET places = APPEND([r._id], (FOR e IN inheritPermissions FILTER e._from == r._id RETURN e._to))
       LET givers = (FOR p IN permission FILTER p._to IN places RETURN p._from)
       LET inside = (FOR p IN permission FILTER p._to IN givers AND STARTS_WITH(p._from, "users/") RETURN p._from)
       LET readers = (FOR id IN UNION_DISTINCT(givers, inside) FILTER STARTS_WITH(id, "users/") RETURN DOCUMENT(id).email)
       RETURN { id: r.externalRecordId, readers }`,
  );
  const files = new Map<string, Set<string>>();
  await cursor.forEach(({ id, readers }) => void files.set(id, new Set(readers)));
  return files;
}

/** `address reads path` for everybody who reads by the graph what Dropbox does not show him. */
export function tooWide(
  readers: ReadonlyMap<string, ReadonlySet<string>>,
  truth: Record<string, { path: string; readers: string[] }>,
): string[] {
  return [...readers].flatMap(([id, addresses]) =>
    [...addresses]
      .filter((one) => !truth[id]?.readers.includes(one))
      .map((one) => `${one} reads ${truth[id]?.path ?? id}`),
  );
}
