import { compareArrays, mapKey, type MapKey } from '../../values';
import { compileExpression, type Row } from '../evaluate';
import { aggregateFunctions } from '../functions/arrays';
import type { Collect, Variable } from '../plan';
import type { Execution, Source, StepContext } from './context';

interface Group {
  readonly keys: readonly unknown[];
  /** The values of each aggregate's argument. */
  readonly values: readonly unknown[][];
  readonly members: unknown[];
}

/** COLLECT: one row per group, sorted by the group's values. Without group values, one row even for no input. */
export function collect(step: Collect, { execution, upstream }: StepContext): Source {
  const keyValues = step.groups.map(({ value }) => compileExpression(value, execution));
  const args = step.aggregates.map(({ argument }) => argument && compileExpression(argument, execution));
  const member = step.into && memberOf(step.into, execution);
  const start = (keys: readonly unknown[]): Group => ({ keys, values: args.map(() => []), members: [] });
  const add = (row: Row, groups: Map<MapKey, Group>): void => {
    const keys = keyValues.map((value) => value(row) ?? null);
    const id = keys.length === 1 ? mapKey(keys[0]) : mapKey(keys);
    let group = groups.get(id);
    if (group === undefined) groups.set(id, (group = start(keys)));
    for (const [i, arg] of args.entries()) group.values[i]?.push(arg?.(row) ?? null);
    if (member !== undefined) group.members.push(member(row));
  };
  return function* (row) {
    const groups = new Map<MapKey, Group>();
    if (keyValues.length === 0) groups.set(mapKey([]), start([]));
    for (const state of upstream(row)) {
      if (state === 'paused') yield state;
      else add(row, groups);
    }
    for (const group of [...groups.values()].sort((left, right) => compareArrays(left.keys, right.keys))) {
      step.groups.forEach(({ variable }, i) => (row[variable.slot] = group.keys[i]));
      step.aggregates.forEach(({ variable, function: called }, i) => {
        row[variable.slot] = aggregateFunctions[called]?.(group.values[i] ?? []) ?? null;
      });
      if (step.into !== undefined) row[step.into.variable.slot] = group.members;
      yield 'row';
    }
  };
}

function memberOf(into: NonNullable<Collect['into']>, execution: Execution): (row: Row) => unknown {
  if (into.value !== undefined) return compileExpression(into.value, execution);
  const members: readonly Variable[] = into.members;
  return (row) => Object.fromEntries(members.map(({ name, slot }) => [name, row[slot] ?? null]));
}
