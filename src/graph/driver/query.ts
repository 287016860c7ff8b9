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
