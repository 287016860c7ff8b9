import type { Database } from 'arangojs';

export type GraphDump = Map<string, string[]>;

/** Times, delegates, ids of runs, and what a later run reads: two syncs with the same result may differ in these fields, and only in these. */
const RUN_FIELDS = new Set([
  '_id',
  '_rev',
  'createdAtTimestamp',
  'updatedAtTimestamp',
  'createdAt',
  'updatedAt',
  'lastSyncUpdate',
  'lastSyncTimestamp',
  'membersReadAt',
  'readAgain',
  'ownerless',
  'since',
  'detachedAt',
  'firstSeenAt',
  'lastSeenAt',
  'mark',
  'attempt',
  'wholeRunAt',
  'fullRunAt',
  'completeRunAt',
  'fullReadAt',
  'runToken',
  'removals',
  'runId',
  'lastRun',
  'credentials',
  'sequence',
  // Any member who can read a namespace may list it: the choice depends on assignments before an attempt died.
  'delegate',
  'boundTo',
]);

/** All documents of all collections as text, without the fields of runs, and sorted so that dumps can be compared. */
export async function dumpGraph(db: Database): Promise<GraphDump> {
  const dump: GraphDump = new Map();
  for (const { name } of (await db.listCollections(true)).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const cursor = await db.query<Record<string, unknown>>(`FOR d IN @@name RETURN d`, { '@name': name });
    const documents: string[] = [];
    await cursor.forEach((document) => void documents.push(JSON.stringify(comparable(name, document))));
    dump.set(name, documents.sort());
  }
  return dump;
}

function comparable(collection: string, document: Record<string, unknown>): unknown {
  // The key of an event contains the time of its transaction. Cursors are opaque: two of the same position may differ.
  if (collection === 'dropboxOutbox') return stripped({ ...document, _key: null });
  if (collection === 'syncPoints') return stripped({ ...document, cursor: typeof document['cursor'] });
  return stripped(document);
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => !RUN_FIELDS.has(name));
  return Object.fromEntries(
    fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, stripped(inner)]),
  );
}

/** Documents that only one of the dumps has, a line each, at most `most` lines. Empty when the dumps are equal. */
export function differences(expected: GraphDump, actual: GraphDump, most = 20): string[] {
  const lines: string[] = [];
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const missing = minus(expected.get(name) ?? [], actual.get(name) ?? []);
    const extra = minus(actual.get(name) ?? [], expected.get(name) ?? []);
    for (const document of missing) lines.push(`${name} lacks ${document}`);
    for (const document of extra) lines.push(`${name} has in addition ${document}`);
  }
  return lines.slice(0, most);
}

/** The difference of two multisets: duplicates count. */
function minus(from: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const document of taken) counts.set(document, (counts.get(document) ?? 0) + 1);
  return from.filter((document) => {
    const left = counts.get(document) ?? 0;
    if (left > 0) counts.set(document, left - 1);
    return left === 0;
  });
}
