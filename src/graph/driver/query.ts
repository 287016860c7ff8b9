import type { Database } from 'arangojs';
import { withRetries } from './transaction';

/**
 * An AQL text of this connector. All of them are defined through `defineQuery`, so that a test can hold each one against
 * the indexes that the server says it would use. `@@name` collection parameters are not used: a query names its
 * collections, and a reader can find who touches one.
 */
export interface Query<Vars extends Record<string, unknown>, Row> {
  name: string;
  text: string;
  /** Bind values of the right shape, for `explain`. */
  example: Vars;
  /** Never set: carries the row type. */
  row?: Row;
}

const defined = new Map<string, Query<Record<string, unknown>, unknown>>();

/** Every query that has been loaded, by name. */
export const definedQueries: ReadonlyMap<string, Query<Record<string, unknown>, unknown>> = defined;

/** Registers a query; a name is used once. */
export function defineQuery<Vars extends Record<string, unknown>, Row>(
  name: string,
  text: string,
  example: Vars,
): Query<Vars, Row> {
  if (defined.has(name)) throw new Error(`the query name ${name} is taken`);
  const query: Query<Vars, Row> = { name, text: text.trim(), example };
  defined.set(name, query);
  return query;
}

/** Runs a query to its last row. For results that are bounded by their bind values; `stream` is for the others. */
export async function run<Vars extends Record<string, unknown>, Row>(
  db: Database,
  query: Query<Vars, Row>,
  vars: Vars,
): Promise<Row[]> {
  return withRetries(async () => (await db.query<Row>(query.text, vars, { batchSize: 10_000 })).all());
}

/** Runs a query and hands its rows on a batch at a time, so that memory does not grow with the result. */
export async function* stream<Vars extends Record<string, unknown>, Row>(
  db: Database,
  query: Query<Vars, Row>,
  vars: Vars,
  batchSize = 1000,
): AsyncGenerator<Row[]> {
  const cursor = await withRetries(() => db.query<Row>(query.text, vars, { batchSize, ttl: 600 }));
  for await (const batch of cursor.batches) yield batch;
}
