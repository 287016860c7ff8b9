import { compare, isTrue, mapKey, type MapKey } from '../../values';
import { compileExpression, type Evaluate } from '../evaluate';
import type { Block, Step, StepOf, Variable } from '../plan';
import { assignedBy, blockWrites, expressionsOf, variablesIn } from '../references';
import { collect } from './collect';
import type { CompiledBlock, Execution, Source, StepContext } from './context';
import { forCollection, forList } from './loops';
import { modify, upsert } from './modify';
import { traverse } from './traversal';

const singleRow: Source = () => ['row'];

/** Compiles a block's steps into one source of rows. */
export function compileBlock(block: Block, execution: Execution, outermost: boolean): CompiledBlock {
  const { steps } = block;
  const needed = neededAfter(steps);
  const counted =
    outermost && execution.options.fullCount === true && execution.options.stream !== true
      ? steps.findLastIndex(({ kind }) => kind === 'limit')
      : -1;
  let upstream = singleRow;
  let value: Evaluate | undefined;
  const assigned: Variable[] = [];
  steps.forEach((step, i) => {
    const context: StepContext = {
      execution,
      upstream,
      needed: needed[i] as ReadonlySet<Variable>,
      assigned: [...assigned],
      before: steps.slice(0, i),
    };
    if (step.kind === 'return') {
      value = compileExpression(step.value, execution);
      if (step.distinct) upstream = distinctRows(upstream, value);
    } else {
      upstream = compileStep(step, context, i === counted);
    }
    assigned.push(...assignedBy(step));
  });
  return { open: upstream, value };
}

/** For each step, the variables used by the steps after it. */
function neededAfter(steps: readonly Step[]): ReadonlySet<Variable>[] {
  const needed = new Set<Variable>();
  return steps
    .toReversed()
    .map((step) => {
      const after = new Set(needed);
      for (const variable of variablesIn(...expressionsOf(step))) needed.add(variable);
      return after;
    })
    .reverse();
}

function compileStep(step: Exclude<Step, { kind: 'return' }>, context: StepContext, counted: boolean): Source {
  switch (step.kind) {
    case 'forList':
      return forList(step, context);
    case 'forCollection':
      return forCollection(step, context);
    case 'traversal':
      return traverse(step, context);
    case 'filter':
      return filter(step, context);
    case 'let':
      return calculate(step, context);
    case 'sort':
      return sort(step, context);
    case 'limit':
      return limit(step, context, counted);
    case 'collect':
      return collect(step, context);
    case 'upsert':
      return upsert(step, context);
    default:
      return modify(step, context);
  }
}

function filter(step: StepOf<'filter'>, { execution, upstream }: StepContext): Source {
  const condition = compileExpression(step.condition, execution);
  return function* (row) {
    for (const state of upstream(row)) {
      if (state === 'paused' || isTrue(condition(row))) yield state;
      else execution.stats.filtered++;
    }
  };
}

function calculate(step: StepOf<'let'>, { execution, upstream }: StepContext): Source {
  const value = compileExpression(step.value, execution);
  const { slot } = step.variable;
  return function* (row) {
    for (const state of upstream(row)) {
      if (state === 'row') row[slot] = value(row) ?? null;
      yield state;
    }
  };
}

function sort(step: StepOf<'sort'>, { execution, upstream, needed, assigned }: StepContext): Source {
  const keys = step.keys.map((key) => ({
    value: compileExpression(key.value, execution),
    sign: key.descending ? -1 : 1,
  }));
  const slots = assigned.filter((variable) => needed.has(variable)).map(({ slot }) => slot);
  const byKeys = (left: SortedRow, right: SortedRow): number => {
    for (let i = 0; i < keys.length; i++) {
      const order = compare(left.keys[i], right.keys[i]);
      if (order !== 0) return order * (keys[i] as { sign: number }).sign;
    }
    return 0;
  };
  return function* (row) {
    const rows: SortedRow[] = [];
    for (const state of upstream(row)) {
      if (state === 'paused') yield state;
      else rows.push({ keys: keys.map((key) => key.value(row)), values: slots.map((slot) => row[slot]) });
    }
    for (const { values } of rows.sort(byKeys)) {
      slots.forEach((slot, i) => (row[slot] = values[i]));
      yield 'row';
    }
  };
}

interface SortedRow {
  readonly keys: readonly unknown[];
  readonly values: readonly unknown[];
}

function limit(
  { offset, count }: StepOf<'limit'>,
  { execution, upstream, before }: StepContext,
  counted: boolean,
): Source {
  // Writes are executed for every row, including those that a later LIMIT leaves out.
  const drained = counted || blockWrites({ steps: [...before] });
  return function* (row) {
    if (count === 0 && !drained) return;
    let total = 0;
    for (const state of upstream(row)) {
      if (state === 'row') total++;
      if (state === 'paused' || (total > offset && total <= offset + count)) yield state;
      if (total >= offset + count && !drained) break;
    }
    if (counted) execution.stats.fullCount = total;
  };
}

function distinctRows(upstream: Source, value: Evaluate): Source {
  return function* (row) {
    const seen = new Set<MapKey>();
    for (const state of upstream(row)) {
      const key = state === 'paused' ? undefined : mapKey(value(row));
      if (key !== undefined && seen.has(key)) continue;
      if (key !== undefined) seen.add(key);
      yield state;
    }
  };
}
