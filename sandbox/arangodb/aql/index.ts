import { ArangoFailure } from '../errors';
import type { Transaction } from '../storage/transaction';
import type { View } from '../storage/view';
import { Bindings } from './bindings';
import { Execution, type QueryOptions, type QueryStatistics } from './execute/context';
import { compileBlock } from './execute/pipeline';
import { describePlan } from './explain';
import { queryFailure, whileExecuting } from './failure';
import { optimize } from './optimize';
import { parse } from './parser';
import type { QueryWarning, ResolvedQuery, Traversal } from './plan';
import { stepsIn } from './references';
import { resolveQuery } from './resolve';
import { UNKNOWN_OPTION } from './resolveExpression';

export type { QueryOptions };

export interface QueryExtra {
  readonly warnings: readonly QueryWarning[];
  readonly stats: QueryStatistics;
  /** Seconds by phase. */
  readonly profile?: Readonly<Record<string, number>>;
}

export interface QueryResult {
  /**
   * Computes the rows, and NO_ROW for each step without a result. Throws ArangoFailure if a row fails. The writes of the
   * rows before it stay in the transaction.
   */
  readonly rows: IterableIterator<unknown>;
  /** Statistics and warnings so far. Complete after the last row. */
  extra(): QueryExtra;
}

function resolve(view: View, text: unknown, bindVars: unknown): ResolvedQuery {
  if (typeof text !== 'string') throw new ArangoFailure(1502, 'query is empty');
  const parsed = parse(text);
  return resolveQuery(parsed, new Bindings(parsed, bindVars), (name) => view.hasCollection(name));
}

function prepare(view: View, text: unknown, bindVars: unknown) {
  const query = resolve(view, text, bindVars);
  checkTraversals(query, view);
  return { query, rules: optimize(query, view) };
}

/** The collections that a query writes. */
export const writesOf = (view: View, text: unknown, bindVars: unknown): Pick<ResolvedQuery, 'write' | 'exclusive'> =>
  resolve(view, text, bindVars);

const graphCollections = (query: ResolvedQuery, view: View): string[] =>
  traversalsIn(query).flatMap(({ graph }) => (graph === undefined ? [] : edgeCollectionsOf(graph, view)));

/** Throws 1218 if a traversal uses a document collection as an edge collection. */
function checkTraversals(query: ResolvedQuery, view: View): void {
  for (const { name } of traversalsIn(query).flatMap(({ edges }) => edges)) {
    if (view.collectionType(name) === 'edge') continue;
    const text = `collection type invalid for collection '${name}': expecting collection type 'edge'`;
    throw queryFailure(1218, text, 'instantiating plan');
  }
}

const traversalsIn = ({ block, hasTraversals }: ResolvedQuery): Traversal[] =>
  hasTraversals ? [...stepsIn(block)].filter((step) => step.kind === 'traversal') : [];

function edgeCollectionsOf(graph: string, view: View): readonly string[] {
  try {
    const names = view.graphEdgeCollections(graph);
    if (names.length === 0) throw new ArangoFailure(1940, 'empty graph');
    return names;
  } catch (error) {
    throw error instanceof ArangoFailure ? queryFailure(error.errorNum, error.message, 'instantiating plan') : error;
  }
}

/**
 * Starts a query in a transaction; reading its rows runs it. If it fails, the transaction can continue. Throws
 * ArangoFailure with ArangoDB's error numbers.
 */
export function executeQuery(
  writer: Transaction,
  text: unknown,
  bindVars: unknown,
  options: QueryOptions = {},
): QueryResult {
  const started = performance.now();
  const { query } = prepare(writer, text, bindVars);
  const prepared = performance.now();
  const writes = query.write.length > 0;
  writer.openCollections([...query.read, ...graphCollections(query, writer)], query.write);
  const view = writes ? writer.frozen() : writer;
  const execution = new Execution(view, writes ? writer : undefined, options, compileBlock);
  for (const { code, message } of query.warnings) {
    // A constant that causes a warning is computed again when the query runs, and then warns.
    if (code === UNKNOWN_OPTION) execution.warn(code, message);
  }
  const extra = (): QueryExtra => ({
    warnings: execution.warnings,
    stats: execution.stats,
    ...(options.profile === true && { profile: profileOf((prepared - started) / 1000, execution.stats) }),
  });
  return { rows: rowsOf(query, execution, started), extra };
}

const preparation =
  'initializing,parsing,optimizing ast,loading collections,instantiating plan,optimizing plan,instantiating executors';

/** The seconds of each phase of a query. The phases of the preparation are not measured one by one. */
function profileOf(preparing: number, { executionTime }: QueryStatistics): Record<string, number> {
  const phases = preparation.split(',');
  const prepared = Object.fromEntries(phases.map((phase) => [phase, preparing / phases.length]));
  return { ...prepared, executing: executionTime - preparing, finalizing: 0 };
}

/** A step of a query without a result, such as a write that nothing is returned for, or a pause. */
export const NO_ROW = Symbol('no row');

function* rowsOf(query: ResolvedQuery, execution: Execution, started: number): IterableIterator<unknown> {
  try {
    const { open, value } = compileBlock(query.block, execution, true);
    const row: unknown[] = new Array<unknown>(query.slots).fill(null);
    for (const state of open(row)) yield state === 'paused' || value === undefined ? NO_ROW : (value(row) ?? null);
    execution.checkRuntime();
  } catch (error) {
    throw error instanceof ArangoFailure ? whileExecuting(error) : error;
  } finally {
    execution.stats.executionTime = (performance.now() - started) / 1000;
  }
}

/** The plan of a query, with the indexes that it uses. The query is not executed; its constants are computed. */
export function explainQuery(view: View, text: unknown, bindVars: unknown, failOnWarning = false) {
  const { query, rules } = prepare(view, text, bindVars);
  const [warning] = query.warnings;
  if (failOnWarning && warning !== undefined) throw queryFailure(warning.code, warning.message, 'optimizing plan');
  return {
    plan: describePlan(query, rules, view),
    warnings: query.warnings,
    cacheable: query.write.length === 0 && query.warnings.length === 0,
    stats: { rulesExecuted: rules.length, rulesSkipped: 0, plansCreated: 1 },
  };
}
