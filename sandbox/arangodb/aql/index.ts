import { ArangoFailure } from '../errors';
import type { DataView, DataWriter } from '../storage/types';
import { bindVariables, Bindings } from './bindings';
import { Execution, type ExecutionOptions, type QueryStatistics, type QueryWarning } from './execute/context';
import { compileBlock } from './execute/pipeline';
import { describePlan, type ExplainedPlan } from './explain';
import { queryFailure, whileExecuting } from './failure';
import { optimize } from './optimize';
import { parse } from './parser';
import type { PathSearch, ResolvedQuery, Rule, ShortestPath, Step, Traversal } from './plan';
import { hasStep } from './references';
import { resolveQuery } from './resolve';

export interface QueryOptions {
  /** Count the rows before the last LIMIT of the outermost level. Default false. */
  readonly fullCount?: boolean | undefined;
  /** Compute rows only as they are asked for; a query that writes is always run whole. Default false. */
  readonly stream?: boolean | undefined;
  /** Seconds after which the query fails with 1500; 0, the default, for no limit. */
  readonly maxRuntime?: number | undefined;
  /** Bytes that all values that a query gathers may take; 0, the default, for no limit. Beyond it it fails with 32. */
  readonly memoryLimit?: number | undefined;
  /** The first warning fails the query. Default false. */
  readonly failOnWarning?: boolean | undefined;
  /** Default 10. */
  readonly maxWarningCount?: number | undefined;
  /** 2 adds the plan to `extra`. */
  readonly profile?: number | boolean | undefined;
}

export interface QueryExtra {
  readonly warnings: readonly QueryWarning[];
  readonly stats: QueryStatistics;
  readonly plan?: ExplainedPlan;
}

export interface QueryResult {
  /** All rows or, for a stream, an iterator that computes them; it throws ArangoFailure where a row fails. */
  readonly rows: readonly unknown[] | IterableIterator<unknown>;
  /** Statistics and warnings so far; complete after the last row. */
  extra(): QueryExtra;
}

/** What `POST /_api/query` tells of a query. */
export interface ParseResult {
  readonly collections: readonly string[];
  readonly bindVars: readonly string[];
  readonly ast: readonly unknown[];
}

export interface ExplainResult {
  readonly plan: ExplainedPlan;
  readonly warnings: readonly QueryWarning[];
  readonly cacheable: boolean;
  readonly stats: { readonly rulesExecuted: number; readonly rulesSkipped: number; readonly plansCreated: number };
}

interface Prepared {
  readonly query: ResolvedQuery;
  readonly rules: readonly Rule[];
}

function resolve(view: DataView, text: unknown, bindVars: unknown): ResolvedQuery {
  const parsed = parse(queryText(text));
  return resolveQuery(parsed, new Bindings(parsed, bindVariables(bindVars)), (name) => view.hasCollection(name));
}

function prepare(view: DataView, text: unknown, bindVars: unknown): Prepared {
  const query = resolve(view, text, bindVars);
  checkTraversals(query, view);
  return { query, rules: optimize(query, view) };
}

function queryText(text: unknown): string {
  if (typeof text === 'string') return text;
  throw new ArangoFailure(1502, 'query is empty');
}

/** Checks a query's text without running it: collections and bind values need not exist. Throws 1501 and the like. */
export function parseQuery(text: unknown): ParseResult {
  const parsed = parse(queryText(text));
  const collections = new Set<string>();
  resolveQuery(parsed, Bindings.placeholders(parsed), (name) => {
    if (!Bindings.isPlaceholder(name)) collections.add(name);
    return true;
  });
  return {
    collections: [...collections],
    bindVars: parsed.parameters,
    ast: [{ type: 'root', subNodes: parsed.statements.map((statement) => ({ type: statement.kind })) }],
  };
}

/** The collections that a query reads and writes, those of named graphs included. */
export function collectionsOf(view: DataView, text: unknown, bindVars: unknown): { read: string[]; write: string[] } {
  const query = resolve(view, text, bindVars);
  return { read: [...new Set([...query.read, ...graphCollections(query, view)])], write: [...query.write] };
}

function graphCollections(query: ResolvedQuery, view: DataView): string[] {
  const names: string[] = [];
  hasStep(query.block, (step) => {
    if (isGraphStep(step) && step.graph !== undefined) {
      names.push(...edgeCollectionsOf(step.graph, view));
    }
    return false;
  });
  return names;
}

function isGraphStep(step: Step): step is Traversal | ShortestPath | PathSearch {
  return step.kind === 'traversal' || step.kind === 'shortestPath' || step.kind === 'paths';
}

/** Traversals go through edge collections only (1218). */
function checkTraversals(query: ResolvedQuery, view: DataView): void {
  hasStep(query.block, (step) => {
    const edges = isGraphStep(step) ? step.edges : [];
    for (const { name } of edges) {
      if (view.collectionType(name) === 'edge') continue;
      const text = `collection type invalid for collection '${name}': expecting collection type 'edge'`;
      throw queryFailure(1218, text, 'instantiating plan');
    }
    return false;
  });
}

function edgeCollectionsOf(graph: string, view: DataView): readonly string[] {
  try {
    return view.graphEdgeCollections(graph);
  } catch (error) {
    throw error instanceof ArangoFailure ? queryFailure(error.errorNum, error.message, 'instantiating plan') : error;
  }
}

function executionOptions(options: QueryOptions): ExecutionOptions {
  return {
    fullCount: options.fullCount === true && options.stream !== true,
    maxRuntime: options.maxRuntime ?? 0,
    memoryLimit: options.memoryLimit ?? 0,
    maxWarningCount: options.maxWarningCount ?? 10,
    failOnWarning: options.failOnWarning ?? false,
  };
}

/**
 * Runs a query in a transaction. One that fails leaves nothing of its own writes behind, and the transaction usable.
 * Throws ArangoFailure with the numbers of the server.
 */
export function executeQuery(
  writer: DataWriter,
  text: unknown,
  bindVars: unknown,
  options: QueryOptions = {},
): QueryResult {
  const started = performance.now();
  const { query, rules } = prepare(writer, text, bindVars);
  const writes = query.write.length > 0;
  writer.openCollections([...query.read, ...graphCollections(query, writer)], query.write);
  const view = writes ? writer.frozen() : writer;
  const execution = new Execution(view, writes ? writer : undefined, executionOptions(options));
  for (const warning of query.warnings) execution.warn(1576, warning);
  const extra = (): QueryExtra => ({
    warnings: execution.warnings,
    stats: execution.stats,
    ...(Number(options.profile) >= 2 && { plan: describePlan(query, rules, writer) }),
  });
  const iterator = rowsOf(query, execution, started);
  if (options.stream === true && !writes) return { rows: iterator, extra };
  const savepoint = writes ? writer.savepoint() : undefined;
  try {
    return { rows: [...iterator], extra };
  } catch (error) {
    if (savepoint !== undefined) writer.rollbackTo(savepoint);
    throw error;
  }
}

function* rowsOf(query: ResolvedQuery, execution: Execution, started: number): IterableIterator<unknown> {
  try {
    const { open, value } = compileBlock(query.block, execution, true);
    const row: unknown[] = new Array<unknown>(query.slots).fill(null);
    const next = open(row);
    while (next()) {
      if (value === undefined) continue;
      const result = value(row) ?? null;
      execution.hold(result);
      yield result;
    }
    execution.checkRuntime();
  } catch (error) {
    throw error instanceof ArangoFailure ? whileExecuting(error) : error;
  } finally {
    execution.stats.executionTime = (performance.now() - started) / 1000;
  }
}

/** The plan of a query, with the indexes that it uses. Nothing is executed. */
export function explainQuery(view: DataView, text: unknown, bindVars: unknown): ExplainResult {
  const { query, rules } = prepare(view, text, bindVars);
  return {
    plan: describePlan(query, rules, view),
    warnings: query.warnings.map((message) => ({ code: 1576, message })),
    cacheable: query.write.length === 0,
    stats: { rulesExecuted: rules.length, rulesSkipped: 0, plansCreated: 1 },
  };
}
