import type { Database } from 'arangojs';

export type GraphDump = Map<string, string[]>;

/** Times of writing, who listed, and what names a run: two syncs that did the same differ in these alone. */
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
  'since',
  'detachedAt',
  'firstSeenAt',
  'lastSeenAt',
  'mark',
  'attempt',
  'wholeRunAt',
  'runId',
  'lastRun',
  'credentials',
  'sequence',
  // Who lists a namespace depends on what was assigned before an attempt died: any of its readers will do.
  'delegate',
  'boundTo',
]);

/** Every document of every collection as text, less the times and names of runs; sorted, so that dumps can be compared. */
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
  // The key of an event holds the time of its transaction; cursors are opaque, and differ where their place does not.
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

/** What one dump has and the other has not, a line each, at most `most` of them; empty when both are the same. */
export function differences(expected: GraphDump, actual: GraphDump, most = 20): string[] {
  const lines: string[] = [];
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const missing = minus(expected.get(name) ?? [], actual.get(name) ?? []);
    const extra = minus(actual.get(name) ?? [], expected.get(name) ?? []);
    for (const document of missing) lines.push(`${name} misses ${document}`);
    for (const document of extra) lines.push(`${name} has too much ${document}`);
  }
  return lines.slice(0, most);
}

/** As multisets: a document that is there twice is not one that is there once. */
function minus(from: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const one of taken) counts.set(one, (counts.get(one) ?? 0) + 1);
  return from.filter((one) => {
    const left = counts.get(one) ?? 0;
    if (left > 0) counts.set(one, left - 1);
    return left === 0;
  });
}
