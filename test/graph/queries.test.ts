import { definedQueries, defineQuery } from '../../src/graph/driver/query';
import { useDatabase } from '../support/database';
import { createForeignEdges, loadQueries } from './allQueries';

/** Raise it with each new query, so that a file that this test does not load is noticed. */
const QUERIES = 142;

/** Queries that may read a whole collection, and why. */
const scansAllowed: Record<string, string> = {
  'installation.organizations': 'an installation has a handful of organizations, and setup offers them',
  'installation.apps': 'an installation has a handful of apps, and setup offers them',
  'connectors.all': 'an installation has a handful of connectors, and this lists them',
  'migrateConnectors.keys': 'an installation has a handful of connectors, and this finds those of an older form',
};

const arango = useDatabase();

beforeAll(loadQueries);
beforeEach(() => createForeignEdges(arango.db));

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

async function scansOf(text: string, vars: Record<string, unknown> = {}): Promise<string[]> {
  const { plan } = (await arango.db.explain(text, vars)) as unknown as { plan: { nodes: PlanNode[] } };
  return scans(plan.nodes);
}

test('every query of src is loaded here, and no two have the same name', () => {
  expect(definedQueries.size).toBe(QUERIES);
  expect(() => defineQuery('connectors.all', 'RETURN 1', {})).toThrow('connectors.all is taken');
});

test('every query finds its documents by an index', async () => {
  const found: Record<string, string[]> = {};
  for (const { name, text, example } of definedQueries.values()) {
    const scanned = await scansOf(text, example);
    if (scanned.length > 0 && !(name in scansAllowed)) found[name] = scanned;
  }
  expect(found).toEqual({});
});

test('a query knows the collections that it modifies', async () => {
  for (const { name, text, example, writes } of definedQueries.values()) {
    const { plan } = await arango.db.explain(text, example);
    const written = plan.collections.filter(({ type }) => type === 'write').map((collection) => collection.name);
    expect({ name, writes: [...writes].sort() }).toEqual({ name, writes: written.sort() });
  }
});

test('no query passes over a conflict with another writer, which would lose a change', () => {
  const ignoring = [...definedQueries.values()].filter(({ text }) => text.includes('ignoreErrors'));
  expect(ignoring.map(({ name }) => name)).toEqual([]);
});

test('a query without an index is noticed, in a subquery too', async () => {
  const text =
    'FOR a IN groups FILTER a.name == "x" LET b = (FOR c IN users FILTER c.fullName == a.name RETURN c) RETURN b';
  expect(await scansOf(text)).toEqual(['groups', 'users']);
});

test('every query runs with its example on an empty database', async () => {
  const refused: Record<string, string> = {};
  for (const { name, text, example } of definedQueries.values()) {
    try {
      await (await arango.db.query(text, example)).all();
    } catch (error) {
      refused[name] = String(error);
    }
  }
  expect(refused).toEqual({});
});
