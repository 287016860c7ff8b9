/**
 * An AQL query of this connector. All queries are defined through `defineQuery`, so that a test can check each one
 * against the indexes that the server would use. A query names its collections instead of taking `@@name` parameters,
 * so that a search finds every query of a collection.
 */
export interface Query<Vars extends Record<string, unknown>, Row> {
  name: string;
  text: string;
  /** Bind values of the right types, for `explain`. */
  example: Vars;
  /** The collections that it modifies. */
  writes: readonly string[];
  /** It sets flags only, so that it does no harm when the server carries it out twice, or late. */
  isFlagUpdate?: boolean;
  /** It reads all files of a connector before the first row is answered, which takes minutes for a large team. */
  isLong?: boolean;
  /** Never set. It carries the row type. */
  row?: Row;
}

/** AQL options of a write: a patch is stored as it is given, as by `updateAll`. */
export const AS_GIVEN = 'keepNull: true, mergeObjects: false';

/** A modifying statement, up to the collection that it names. */
const modification = /\b(?:INSERT|UPDATE|REPLACE|REMOVE|UPSERT)\b[^()]*?\bIN(?:TO)?\s+(\w+)/g;

const defined = new Map<string, Query<Record<string, unknown>, unknown>>();

/** Every query of the modules that have been loaded, by name. */
export const definedQueries: ReadonlyMap<string, Query<Record<string, unknown>, unknown>> = defined;

/** Registers a query under a name that no other query has. */
export function defineQuery<Vars extends Record<string, unknown>, Row>(
  name: string,
  text: string,
  example: Vars,
  { isFlagUpdate = false, isLong = false }: { isFlagUpdate?: boolean; isLong?: boolean } = {},
): Query<Vars, Row> {
  if (defined.has(name)) throw new Error(`the query name ${name} is taken`);
  const query: Query<Vars, Row> = { name, text: text.trim(), example, writes: writtenBy(text), isFlagUpdate, isLong };
  defined.set(name, query);
  return query;
}

/** Registers a query that only sets flags: see `isFlagUpdate`. A run sends it as one request, without a transaction. */
export const defineFlagUpdate = <Vars extends Record<string, unknown>, Row = never>(
  name: string,
  text: string,
  example: Vars,
): Query<Vars, Row> => defineQuery(name, text, example, { isFlagUpdate: true });

const writtenBy = (text: string): string[] => [
  ...new Set([...text.matchAll(modification)].map(([, collection = '']) => collection)),
];
