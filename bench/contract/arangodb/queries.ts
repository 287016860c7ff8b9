/** Each query of the worker: the server understands it, finds its documents by an index, and sees what it writes. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ownCollections } from '../../../src/graph/driver/collections';
import { definedQueries } from '../../../src/graph/driver/query';
import { compare, NotTried, type Assumption } from '../assumption';
import { described, type ArangoServer } from './server';
import type { Subject } from './subject';

/** They read all of a collection that has a handful of documents. */
const SCANNING = new Set(['connectors.all', 'migrateConnectors.keys']);
const COLLECTION_NOT_FOUND = 1203;

interface PlanNode {
  type: string;
  collection?: string;
  subquery?: { nodes: PlanNode[] };
}

interface Plan {
  nodes: PlanNode[];
  collections: { name: string; type: string }[];
}

/** Loads every file that defines queries. */
async function loadQueries(): Promise<void> {
  const folder = path.join(__dirname, '../../../src/graph');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const isCode = /\.[jt]s$/.test(file) && !file.endsWith('.d.ts');
    if (isCode && readFileSync(path.join(folder, file), 'utf8').includes('defineQuery')) {
      await import(path.join(folder, file));
    }
  }
}

const scanned = (nodes: readonly PlanNode[]): string[] =>
  nodes.flatMap(({ type, collection, subquery }) => [
    ...(type === 'EnumerateCollectionNode' ? [collection ?? '?'] : []),
    ...(subquery ? scanned(subquery.nodes) : []),
  ]);

type Defined = typeof definedQueries extends ReadonlyMap<string, infer Query> ? Query : never;

async function explained({ name, text, example }: Defined, server: ArangoServer): Promise<string> {
  const answer = await server.request('POST', '/_api/explain', { query: text, bindVars: example });
  if (answer.errorNum === COLLECTION_NOT_FOUND) throw new NotTried('the database lacks one of its collections');
  if (answer.status !== 200) return described(answer);
  const { nodes, collections } = (answer.body as { plan: Plan }).plan;
  const written = collections.filter(({ type }) => type === 'write').map((collection) => collection.name);
  const scans = SCANNING.has(name) ? [] : scanned(nodes);
  const [first] = ownCollections;
  if (scans.length > 0 && (await server.request('GET', `/_api/collection/${first}`)).status === 404) {
    throw new NotTried('no worker has created its indexes in the database');
  }
  return planText(scans, written);
}

const planText = (scans: readonly string[], writes: readonly string[]): string =>
  `scans ${scans.join() || 'nothing'}, writes ${[...writes].sort().join() || 'nothing'}`;

/** On the database of the settings, or on a scratch database that has all collections. */
export async function queryAssumptions(): Promise<Assumption<Subject>[]> {
  await loadQueries();
  return [...definedQueries.values()].map((query) => ({
    name: `query ${query.name}`,
    claim: 'is understood, and finds its documents by an index',
    writes: false,
    try: async ({ server }) => compare(planText([], query.writes), await explained(query, server)),
  }));
}

/** Each of them is also carried out with its example, on a database without documents. */
export const executionAssumptions = (queries: readonly Assumption<Subject>[]): Assumption<Subject>[] =>
  queries.map(({ name }) => ({
    name: `${name} executed`,
    claim: 'is carried out with its example, and finds its documents by an index in a database with all collections',
    writes: true,
    async try({ scratch }) {
      const query = definedQueries.get(name.replace('query ', ''));
      if (!query) throw new Error(`${name} is defined`);
      const server = await scratch.server();
      const plan = await explained(query, server);
      const run = await server.query(query.text, { bindVars: query.example });
      return compare(`${planText([], query.writes)}; 201`, `${plan}; ${described(run)}`);
    },
  }));
