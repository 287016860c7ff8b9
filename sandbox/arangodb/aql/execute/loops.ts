import type { Doc, EdgeDirection, RangeBound } from '../../storage/types';
import { toInteger } from '../casts';
import { compileExpression, type EvaluationContext, type Row } from '../evaluate';
import { queryFailure } from '../failure';
import { distinct, eachNumber } from '../functions/arrays';
import { parseId } from '../functions/documents';
import { typeName } from '../functions/values';
import type { Access, Bound, LookupValue, StepOf } from '../plan';
import type { Execution, Source, State, StepContext } from './context';

export function forList(step: StepOf<'forList'>, { execution, upstream }: StepContext): Source {
  const { slot } = step.variable;
  if (step.list.kind === 'binary' && step.list.operator === '..') {
    const from = compileExpression(step.list.left, execution);
    const to = compileExpression(step.list.right, execution);
    return nestedLoop(upstream, (row) =>
      eachValue(eachNumber(toInteger(from(row)), toInteger(to(row))), row, slot, execution),
    );
  }
  const list = compileExpression(step.list, execution);
  return nestedLoop(upstream, (row) => {
    const items = list(row);
    if (Array.isArray(items)) return eachValue(items, row, slot, execution);
    const problem = 'collection or array expected as operand to FOR loop; you provided a value of type';
    throw queryFailure(1563, `${problem} '${typeName(items)}'`, 'executing');
  });
}

function* eachValue(values: Iterable<unknown>, row: Row, slot: number, execution: Execution): Generator<State> {
  for (const value of values) {
    if (execution.tick()) yield 'paused';
    row[slot] = value;
    yield 'row';
  }
}

/** A loop that runs for each row of the steps before it. */
export function nestedLoop(upstream: Source, start: Source): Source {
  return function* (row) {
    for (const state of upstream(row)) {
      if (state === 'paused') yield state;
      else yield* start(row);
    }
  };
}

export function forCollection(step: StepOf<'forCollection'>, { execution, upstream }: StepContext): Source {
  const { slot } = step.variable;
  const find = compileAccess(step.access, step.collection, execution);
  const counter = step.access.kind === 'scan' ? 'scannedFull' : 'scannedIndex';
  return nestedLoop(upstream, function* (row) {
    for (const doc of find(row)) {
      if (execution.tick()) yield 'paused';
      execution.stats[counter]++;
      row[slot] = doc;
      yield 'row';
    }
  });
}

type Find = (row: Row) => Iterable<Doc>;

/** Compiles the access to a loop's documents. The documents depend on the outer variables. */
function compileAccess(access: Access, collection: string, context: EvaluationContext): Find {
  const { view } = context;
  switch (access.kind) {
    case 'scan':
      return () => view.scan(collection);
    case 'union': {
      const branches = access.branches.map((branch) => compileAccess(branch, collection, context));
      return (row) => unionOf(branches.map((branch) => branch(row)));
    }
    case 'index':
      if (access.index.type === 'primary' && access.equal.length > 0) return byPrimary(access, collection, context);
      if (access.index.type === 'edge') {
        return byEdge(access, access.attribute === '_from' ? 'out' : 'in', collection, context);
      }
      return byFields(access, collection, context);
  }
}

function* unionOf(branches: readonly Iterable<Doc>[]): Generator<Doc> {
  const seen = new Set<string>();
  for (const branch of branches) {
    for (const doc of branch) {
      if (seen.has(doc._key)) continue;
      seen.add(doc._key);
      yield doc;
    }
  }
}

/** The distinct values with which a field is looked up. */
function lookupValues(value: LookupValue, context: EvaluationContext): (row: Row) => readonly unknown[] {
  const evaluate = compileExpression(value.expression, context);
  if (!value.many) return (row) => [evaluate(row) ?? null];
  return (row) => {
    const list = evaluate(row);
    return Array.isArray(list) ? distinct(list) : [];
  };
}

type IndexAccess = Access & { kind: 'index' };

function byPrimary(access: IndexAccess, collection: string, context: EvaluationContext): Find {
  const { view } = context;
  const values = lookupValues(access.equal[0] as LookupValue, context);
  const keyOf = (value: unknown): unknown => {
    if (access.attribute === '_key') return value;
    const id = parseId(value);
    return id?.collection === collection ? id.key : undefined;
  };
  return function* (row) {
    for (const value of values(row)) {
      const key = keyOf(value);
      const doc = typeof key === 'string' ? view.get(collection, key) : undefined;
      if (doc !== undefined) yield doc;
    }
  };
}

function byEdge(access: IndexAccess, direction: EdgeDirection, collection: string, context: EvaluationContext): Find {
  const { view } = context;
  const values = lookupValues(access.equal[0] as LookupValue, context);
  const other = access.otherEnd && compileExpression(access.otherEnd, context);
  return function* (row) {
    for (const id of values(row)) {
      if (typeof id !== 'string') continue;
      const to = other?.(row);
      if (other === undefined) yield* view.edges(collection, id, direction);
      else if (typeof to !== 'string') return;
      else if (view.edgeEstimate(collection, id, '_from') <= view.edgeEstimate(collection, to, '_to')) {
        yield* view.edges(collection, id, 'out');
      } else yield* view.edges(collection, to, 'in');
    }
  };
}

function byFields(access: IndexAccess, collection: string, context: EvaluationContext): Find {
  const { view } = context;
  const fields = access.equal.map((value) => lookupValues(value, context));
  const lowerEnd = compileBound(access.lower, context);
  const upperEnd = compileBound(access.upper, context);
  const several = access.equal.some(({ many }) => many);
  // A document with several of the elements that are looked up is found once for each.
  const repeats = several && access.index.fields.some(({ expanded }) => expanded !== undefined);
  return (row) => {
    const lower = lowerEnd(row);
    const upper = upperEnd(row);
    const range = { ...(lower && { lower }), ...(upper && { upper }), reverse: access.reverse === true };
    const find = (equal: readonly unknown[]): Iterable<Doc> =>
      view.lookup(collection, access.index.id, { equal, ...range });
    const tuples = fields.map((values) => values(row));
    if (!several) return find(tuples.map(([value]) => value));
    const found = eachTuple(tuples, find);
    return repeats ? unionOf([found]) : found;
  };
}

function compileBound(bound: Bound | undefined, context: EvaluationContext): (row: Row) => RangeBound | undefined {
  if (bound === undefined) return () => undefined;
  const evaluate = compileExpression(bound.expression, context);
  return (row) => ({ value: evaluate(row) ?? null, inclusive: bound.inclusive });
}

/** The documents for each combination of one value per field. */
function* eachTuple(
  tuples: readonly (readonly unknown[])[],
  find: (values: readonly unknown[]) => Iterable<Doc>,
  chosen: readonly unknown[] = [],
): Generator<Doc> {
  const [values, ...rest] = tuples;
  if (values === undefined) yield* find(chosen);
  else for (const value of values) yield* eachTuple(rest, find, [...chosen, value]);
}
