import { compare, compareArrays, mapKey, tupleKey, type MapKey } from '../../values';
import { compileExpression, type Row } from '../evaluate';
import { average, sum } from '../functions/arrays';
import type { Aggregate, Collect, Variable } from '../plan';
import type { Execution } from './context';
import type { Source, StepContext } from './pipeline';

/** Computes one aggregate of one group. */
interface Accumulator {
  add(value: unknown): void;
  result(): unknown;
}

interface Group {
  readonly keys: readonly unknown[];
  readonly accumulators: readonly Accumulator[];
  readonly members: unknown[];
}

/** COLLECT: one row per group, sorted by the group's values. Without group values, one row even for no input. */
export function collect(step: Collect, context: StepContext): Source {
  const { execution, upstream } = context;
  const counted = countable(step, context);
  if (counted !== undefined) return counted;
  const values = step.groups.map(({ value }) => compileExpression(value, execution));
  const aggregates = compileAggregates(step.aggregates, execution);
  const member = step.into && memberOf(step.into, execution);
  const start = (keys: readonly unknown[]): Group => ({
    keys,
    accumulators: aggregates.map((one) => one.start()),
    members: [],
  });
  /** Gathers the groups. Until they are complete, it returns undefined. */
  const gathering = (row: Row): (() => Group[] | undefined) => {
    const groups = new Map<MapKey, Group>();
    if (values.length === 0) groups.set(null, start([]));
    const next = upstream(row);
    const gather = (): void => {
      const keys = values.map((value) => value(row) ?? null);
      const key = keys.length === 0 ? null : tupleKey(keys);
      let group = groups.get(key);
      if (group === undefined) {
        groups.set(key, (group = start(keys)));
      }
      aggregates.forEach((one, i) => group.accumulators[i]?.add(one.value(row)));
      if (member === undefined) return;
      const value = member(row);
      group.members.push(value);
    };
    return () => {
      for (let state = next(); state !== false; state = next()) {
        if (state === 'paused') return undefined;
        gather();
      }
      return [...groups.values()].sort((left, right) => compareArrays(left.keys, right.keys));
    };
  };
  return (row) => {
    const complete = gathering(row);
    let groups: Group[] | undefined;
    let at = 0;
    return () => {
      groups ??= complete();
      if (groups === undefined) return 'paused';
      const group = groups[at++];
      if (group === undefined) return false;
      step.groups.forEach(({ variable }, i) => (row[variable.slot] = group.keys[i]));
      aggregates.forEach(({ slot }, i) => (row[slot] = group.accumulators[i]?.result() ?? null));
      if (step.into !== undefined) row[step.into.variable.slot] = group.members;
      return true;
    };
  };
}

/** `FOR d IN c COLLECT WITH COUNT INTO n` is answered from the collection's count, without reading documents. */
function countable(step: Collect, { before, execution }: StepContext): Source | undefined {
  const [loop] = before;
  const [aggregate] = step.aggregates;
  if (before.length !== 1 || loop?.kind !== 'forCollection' || loop.access.kind !== 'scan') return undefined;
  if (step.groups.length > 0 || step.into !== undefined || step.aggregates.length !== 1) return undefined;
  if (aggregate?.function !== 'LENGTH' || aggregate.argument !== undefined) return undefined;
  return (row) => {
    let done = false;
    return () => {
      if (done) return false;
      done = true;
      row[aggregate.variable.slot] = execution.view.count(loop.collection);
      return true;
    };
  };
}

function memberOf(into: NonNullable<Collect['into']>, execution: Execution): (row: Row) => unknown {
  if (into.value !== undefined) return compileExpression(into.value, execution);
  const members: readonly Variable[] = into.members;
  return (row) => Object.fromEntries(members.map(({ name, slot }) => [name, row[slot] ?? null]));
}

/** Counts rows. */
const counting = (): Accumulator => {
  let count = 0;
  return { add: () => void count++, result: () => count };
};

const extremum = (sign: 1 | -1) => (): Accumulator => {
  let best: unknown = null;
  return {
    add(value) {
      if (value === null || value === undefined) return;
      if (best === null || compare(value, best) * sign > 0) best = value;
    },
    result: () => best,
  };
};

/** Computes a value from the numbers of a group. Nulls are skipped; any other value makes the result null. */
const overNumbers = (compute: (numbers: readonly number[]) => unknown) => (): Accumulator => {
  const numbers: number[] = [];
  let invalid = false;
  return {
    add(value) {
      if (typeof value === 'number') numbers.push(value);
      else if (value !== null) invalid = true;
    },
    result: () => (invalid ? null : compute(numbers)),
  };
};

/** The sum of a group. Without any row it is null, with only nulls it is 0. */
const totalling = (): Accumulator => {
  const total = overNumbers(sum)();
  let invoked = false;
  return {
    add(value) {
      invoked = true;
      total.add(value);
    },
    result: () => (invoked ? total.result() : null),
  };
};

const overValues = (compute: (values: readonly unknown[]) => unknown) => (): Accumulator => {
  const values: unknown[] = [];
  return { add: (value) => void values.push(value ?? null), result: () => compute(values) };
};

const overDistinct = (compute: (values: readonly unknown[]) => unknown) => (): Accumulator => {
  const values = new Map<MapKey, unknown>();
  return {
    add(value) {
      const key = mapKey(value);
      if (!values.has(key)) values.set(key, value);
    },
    result: () => compute([...values.values()]),
  };
};

const accumulators: Readonly<Record<string, () => Accumulator>> = {
  LENGTH: counting,
  COUNT: counting,
  MIN: extremum(-1),
  MAX: extremum(1),
  SUM: totalling,
  AVERAGE: overNumbers(average),
  AVG: overNumbers(average),
  UNIQUE: overDistinct((values) => values),
  SORTED_UNIQUE: overDistinct((values) => [...values].sort(compare)),
  COUNT_DISTINCT: overDistinct((values) => values.length),
  COUNT_UNIQUE: overDistinct((values) => values.length),
  PUSH: overValues((values) => values),
};

/** Per aggregate: the slot of its result, the value of its argument in a row, and how a new group is started. */
function compileAggregates(aggregates: readonly Aggregate[], execution: Execution) {
  return aggregates.map(({ variable, argument, function: called }) => ({
    slot: variable.slot,
    value: argument === undefined ? () => null : compileExpression(argument, execution),
    start: accumulators[called] ?? counting,
  }));
}
