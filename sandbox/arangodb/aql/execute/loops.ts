import type { Doc, EdgeDirection, RangeBound } from '../../storage/types';
import type { View } from '../../storage/view';
import { toInteger } from '../casts';
import { compileExpression, type EvaluationContext, type Row } from '../evaluate';
import { queryFailure } from '../failure';
import { distinct } from '../functions/arrays';
import { parseId } from '../functions/documents';
import { typeName } from '../functions/values';
import type { Access, Bound, ForCollection, ForList, LookupValue } from '../plan';
import type { Next, Source, StepContext } from './pipeline';

export function forList(step: ForList, { execution, upstream }: StepContext): Source {
  const { slot } = step.variable;
  if (step.list.kind === 'binary' && step.list.operator === '..') {
    const from = compileExpression(step.list.left, execution);
    const to = compileExpression(step.list.right, execution);
    return nestedLoop(upstream, (row) =>
      overRange(row, slot, toInteger(from(row)), toInteger(to(row)), () => execution.tick()),
    );
  }
  const list = compileExpression(step.list, execution);
  return nestedLoop(upstream, (row) => {
    const items = list(row);
    if (!Array.isArray(items)) {
      const problem = 'collection or array expected as operand to FOR loop; you provided a value of type';
      throw queryFailure(1563, `${problem} '${typeName(items)}'`, 'executing');
    }
    let at = 0;
    return () => {
      if (at >= items.length) return false;
      if (execution.tick()) return 'paused';
      row[slot] = items[at++] as unknown;
      return true;
    };
  });
}

function overRange(row: Row, slot: number, from: number, to: number, tick: () => boolean): Next {
  const step = from <= to ? 1 : -1;
  let value = from;
  return () => {
    if ((to - value) * step < 0) return false;
    if (tick()) return 'paused';
    row[slot] = value;
    value += step;
    return true;
  };
}

/** A loop that runs for each row of the steps before it. */
export function nestedLoop(upstream: Source, start: (row: Row) => Next): Source {
  return (row) => {
    const outer = upstream(row);
    let inner: Next | undefined;
    return () => {
      for (;;) {
        const state = inner?.() ?? false;
        if (state !== false) return state;
        const outerState = outer();
        if (outerState !== true) {
          inner = undefined;
          return outerState;
        }
        inner = start(row);
      }
    };
  };
}

export function forCollection(step: ForCollection, { execution, upstream }: StepContext): Source {
  const { slot } = step.variable;
  const { stats } = execution;
  const find = compileAccess(step.access, step.collection, execution);
  const isScan = step.access.kind === 'scan';
  return nestedLoop(upstream, (row) => {
    const documents = find(row)[Symbol.iterator]();
    return () => {
      if (execution.tick()) return 'paused';
      const found = documents.next();
      if (found.done === true) return false;
      if (isScan) stats.scannedFull++;
      else stats.scannedIndex++;
      row[slot] = found.value;
      return true;
    };
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
      if (access.edgeEnd !== undefined)
        return byEdge(access, access.edgeEnd === '_from' ? 'out' : 'in', collection, context);
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
    if (!access.byId) return value;
    const id = parseId(value);
    return id?.collection === collection ? id.key : undefined;
  };
  return (row) => {
    const found: Doc[] = [];
    for (const value of values(row)) {
      const key = keyOf(value);
      const doc = typeof key === 'string' ? view.get(collection, key) : undefined;
      if (doc !== undefined) found.push(doc);
    }
    return found;
  };
}

function byEdge(access: IndexAccess, direction: EdgeDirection, collection: string, context: EvaluationContext): Find {
  const { view } = context;
  const values = lookupValues(access.equal[0] as LookupValue, context);
  const other = access.otherEnd && compileExpression(access.otherEnd, context);
  return (row) => {
    const ids = values(row).filter((value) => typeof value === 'string');
    const [only] = ids;
    if (other !== undefined && only !== undefined) {
      const to = other(row);
      if (typeof to !== 'string') return [];
      const fewer = view.edgeEstimate(collection, only, 'out') <= view.edgeEstimate(collection, to, 'in');
      return fewer ? view.edges(collection, only, 'out') : view.edges(collection, to, 'in');
    }
    if (ids.length === 1 && only !== undefined) return view.edges(collection, only, direction);
    return edgesOfAll(view, collection, ids, direction);
  };
}

function* edgesOfAll(view: View, collection: string, ids: readonly string[], direction: EdgeDirection): Generator<Doc> {
  for (const id of ids) yield* view.edges(collection, id, direction);
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
    const range = { ...(lower && { lower }), ...(upper && { upper }), reverse: access.reverse };
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

function* eachTuple(
  tuples: readonly (readonly unknown[])[],
  find: (values: readonly unknown[]) => Iterable<Doc>,
): Generator<Doc> {
  const at = tuples.map(() => 0);
  if (tuples.some((values) => values.length === 0)) return;
  for (;;) {
    yield* find(tuples.map((values, i) => values[at[i] as number]));
    let position = tuples.length - 1;
    for (; position >= 0; position--) {
      const following = (at[position] as number) + 1;
      if (following < (tuples[position] as readonly unknown[]).length) {
        at[position] = following;
        break;
      }
      at[position] = 0;
    }
    if (position < 0) return;
  }
}
