import type { Database } from 'arangojs';

/** The users who can read each file according to the graph: item id → e-mail addresses. */
export async function graphReaders(db: Database): Promise<Map<string, Set<string>>> {
  const cursor = await db.query<{ id: string; readers: string[] }>(
    `FOR r IN records
       FILTER DOCUMENT("files", r._key).isFile == true
       LET places = APPEND([r._id], (FOR e IN inheritPermissions FILTER e._from == r._id RETURN e._to))
       LET holders = (FOR p IN permission FILTER p._to IN places RETURN p._from)
       LET inGroups = (FOR p IN permission FILTER p._to IN holders AND STARTS_WITH(p._from, "users/") RETURN p._from)
       LET readers = (FOR id IN UNION_DISTINCT(holders, inGroups) FILTER STARTS_WITH(id, "users/") RETURN DOCUMENT(id).email)
       RETURN { id: r.externalRecordId, readers }`,
  );
  const files = new Map<string, Set<string>>();
  await cursor.forEach(({ id, readers }) => void files.set(id, new Set(readers)));
  return files;
}

/** A line `address reads path` for each file that the graph shows to a user and Dropbox does not. */
export function tooWide(
  readers: ReadonlyMap<string, ReadonlySet<string>>,
  truth: Record<string, { path: string; readers: string[] }>,
): string[] {
  return [...readers].flatMap(([id, addresses]) =>
    [...addresses]
      .filter((address) => !truth[id]?.readers.includes(address))
      .map((address) => `${address} reads ${truth[id]?.path ?? id}`),
  );
}
