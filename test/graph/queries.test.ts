import type { Database } from 'arangojs';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foreignEdges } from '../../src/graph/driver/collections';
import { definedQueries } from '../../src/graph/driver/query';
import { freshDatabase, startServer, type Server } from './fixture';

let server: Server;
let db: Database;
const folder = join(__dirname, '../../src/graph');

beforeAll(async () => {
  server = await startServer();
  db = await freshDatabase(server);
  const existing = new Set((await db.listCollections(true)).map((collection) => collection.name));
  for (const name of foreignEdges) if (!existing.has(name)) await db.createEdgeCollection(name);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.ts')) await import(join(folder, file));
});
afterAll(() => server.close());

/** Queries that may read a whole collection, and why. */
const scansAllowed: Record<string, string> = {
  'connectors.all': 'an installation has a handful of connectors, and this lists them',
};

interface PlanNode {
  type: string;
  collection?: string;
  subquery?: { nodes: PlanNode[] };
}

/** Collections that a plan reads from end to end. */
function scans(nodes: readonly PlanNode[]): string[] {
  return nodes.flatMap((node) => [
    ...(node.type === 'EnumerateCollectionNode' ? [node.collection ?? '?'] : []),
    ...(node.subquery ? scans(node.subquery.nodes) : []),
  ]);
}

test('every query finds its documents by an index', async () => {
  const found: Record<string, string[]> = {};
  for (const { name, text, example } of definedQueries.values()) {
    const { plan } = (await db.explain(text, example)) as unknown as { plan: { nodes: PlanNode[] } };
    const scanned = scans(plan.nodes);
    if (scanned.length > 0 && !(name in scansAllowed)) found[name] = scanned;
  }
  expect(found).toEqual({});
  expect(definedQueries.size).toBeGreaterThan(30);
});

test('a query without an index would be seen, also in a subquery', async () => {
  const text =
    'FOR a IN groups FILTER a.name == "x" LET b = (FOR c IN users FILTER c.fullName == a.name RETURN c) RETURN b';
  const { plan } = (await db.explain(text)) as unknown as { plan: { nodes: PlanNode[] } };
  expect(scans(plan.nodes)).toEqual(['groups', 'users']);
});

test('every query runs with its example on an empty database', async () => {
  for (const { name, text, example } of definedQueries.values()) {
    const rows = await db
      .query(text, example)
      .then((cursor) => cursor.all())
      .catch((error: unknown) => `${name}: ${String(error)}`);
    expect(Array.isArray(rows) ? 'rows' : rows).toBe('rows');
  }
});
