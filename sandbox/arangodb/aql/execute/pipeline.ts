import { compare, isTrue, mapKey, type MapKey } from '../../values';
import { compileExpression, type Evaluate, type Row } from '../evaluate';
import type { Block, Filter, Let, Limit, Sort, Step, Variable } from '../plan';
import { assignedBy, expressionsOf, variablesIn } from '../references';
import { blockWrites } from '../resolveExpression';
import { collect } from './collect';
import type { Execution } from './context';
import { forCollection, forList } from './loops';
import { modify } from './modify';
import { traverse } from './traversal';
import { upsert } from './upsert';

/**
 * Stores the next values in the row and returns true. Returns false if there are none, and `paused` if the next call is
 * to continue: a query that takes long lets other requests in. Subqueries are not interrupted.
 */
export type Next = () => boolean | 'paused';
/** Starts a step's rows for the current values of the outer variables. */
export type Source = (row: Row) => Next;

export interface CompiledBlock {
  readonly open: Source;
  /** The value of RETURN for the current row. Absent if the block ends with a write. */
  readonly value: Evaluate | undefined;
}

/** What is known about a step when it is compiled. */
export interface StepContext {
  readonly execution: Execution;
  readonly upstream: Source;
  /** Variables that later steps of the block use. */
  readonly needed: ReadonlySet<Variable>;
  /** Variables that the block's steps have set so far. */
  readonly assigned: readonly Variable[];
  /** The steps before this one. */
  readonly before: readonly Step[];
}

const singleRow: Source = () => {
  let done = false;
  return () => !done && (done = true);
};

/** Compiles a block's steps into one source of rows. */
export function compileBlock(block: Block, execution: Execution, outermost: boolean): CompiledBlock {
  const { steps } = block;
  const needed = neededAfter(steps);
  const counted = outermost && execution.options.fullCount ? steps.findLastIndex(({ kind }) => kind === 'limit') : -1;
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
    case 'insert':
    case 'update':
    case 'replace':
    case 'remove':
      return modify(step, context);
    case 'upsert':
      return upsert(step, context);
  }
}

function filter(step: Filter, { execution, upstream }: StepContext): Source {
  const condition = compileExpression(step.condition, execution);
  const { stats } = execution;
  return (row) => {
    const next = upstream(row);
    return () => {
      for (;;) {
        const state = next();
        if (state !== true || isTrue(condition(row))) return state;
        stats.filtered++;
      }
    };
  };
}

function calculate(step: Let, { execution, upstream }: StepContext): Source {
  const value = compileExpression(step.value, execution);
  const { slot } = step.variable;
  return (row) => {
    const next = upstream(row);
    return () => {
      const state = next();
      if (state === true) row[slot] = value(row) ?? null;
      return state;
    };
  };
}

function sort(step: Sort, { execution, upstream, needed, assigned }: StepContext): Source {
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
  return (row) => {
    const rows: SortedRow[] = [];
    let next: Next | undefined = upstream(row);
    let at = 0;
    return () => {
      for (let state = next?.(); state !== undefined; state = next?.()) {
        if (state === 'paused') return state;
        if (state) {
          const kept = { keys: keys.map((key) => key.value(row)), values: slots.map((slot) => row[slot]) };
          rows.push(kept);
        } else {
          rows.sort(byKeys);
          next = undefined;
        }
      }
      const sorted = rows[at++];
      if (sorted === undefined) return false;
      slots.forEach((slot, i) => (row[slot] = sorted.values[i]));
      return true;
    };
  };
}

interface SortedRow {
  readonly keys: readonly unknown[];
  readonly values: readonly unknown[];
}

function limit(step: Limit, { execution, upstream, before }: StepContext, counted: boolean): Source {
  // Writes are executed for every row, including those that a later LIMIT leaves out.
  const drained = counted || blockWrites({ steps: [...before] });
  return (row) => {
    const next = upstream(row);
    let skip = step.offset;
    let left = step.count;
    let total = 0;
    return () => {
      while (left > 0 || drained) {
        const state = next();
        if (state === 'paused') return state;
        if (!state) break;
        total++;
        if (left <= 0 || skip-- > 0) continue;
        left--;
        return true;
      }
      if (counted) execution.stats.fullCount = total;
      return false;
    };
  };
}

function distinctRows(upstream: Source, value: Evaluate): Source {
  return (row) => {
    const next = upstream(row);
    const seen = new Set<MapKey>();
    return () => {
      for (;;) {
        const state = next();
        if (state !== true) return state;
        const key = mapKey(value(row));
        if (seen.has(key)) continue;
        seen.add(key);
        return true;
      }
    };
  };
}
