import { compare } from '../../values';
import { compileExpression, type Row } from '../evaluate';
import { durationOf, timestampOf } from '../functions/dates';
import type { Window, WindowBound } from '../plan';
import { compileAggregates } from './collect';
import type { Execution } from './context';
import type { Source, StepContext } from './pipeline';

interface KeptRow {
  readonly values: readonly unknown[];
  readonly range: unknown;
  readonly args: readonly unknown[];
}

/** The window of a row: index of its first row, and index after its last. Undefined if the row has no window. */
type WindowOf = (rows: readonly KeptRow[], at: number) => readonly [number, number] | undefined;

/** WINDOW: aggregates over a number of rows before and after each row, or over the rows within a distance. */
export function window(step: Window, { execution, upstream, needed, assigned }: StepContext): Source {
  const slots = assigned.filter((variable) => needed.has(variable)).map(({ slot }) => slot);
  const range = step.range && compileExpression(step.range, execution);
  const aggregates = compileAggregates(step.aggregates, execution);
  const windowOf = range === undefined ? byRows(step) : byRange(step, execution);
  const gather = (row: Row): KeptRow[] => {
    const rows: KeptRow[] = [];
    const next = upstream(row);
    for (let state = next(); state !== false; state = next()) {
      if (state === 'paused') continue;
      const kept = {
        values: slots.map((slot) => row[slot]),
        range: range?.(row),
        args: aggregates.map(({ value }) => value(row)),
      };
      execution.trackMemory(kept.values);
      rows.push(kept);
    }
    return range === undefined ? rows : rows.sort((left, right) => compare(left.range, right.range));
  };
  return (row) => {
    let rows: KeptRow[] | undefined;
    let at = 0;
    return () => {
      rows ??= gather(row);
      const kept = rows[at];
      if (kept === undefined) return false;
      const bounds = windowOf(rows, at++);
      const within = bounds && rows.slice(...bounds);
      slots.forEach((slot, i) => (row[slot] = kept.values[i]));
      aggregates.forEach(({ slot, start }, i) => {
        const accumulator = start();
        for (const { args } of within ?? []) accumulator.add(args[i]);
        row[slot] = within === undefined ? null : (accumulator.result() ?? null);
      });
      return true;
    };
  };
}

function byRows({ preceding, following }: Window): WindowOf {
  const rowsIn = (bound: WindowBound): number => (typeof bound === 'number' ? Math.trunc(bound) : 0);
  return (rows, at) => [Math.max(0, at - rowsIn(preceding)), Math.min(rows.length, at + rowsIn(following) + 1)];
}

function byRange({ preceding, following }: Window, execution: Execution): WindowOf {
  const isDate = typeof preceding === 'string' || typeof following === 'string';
  const read = (value: unknown): number | undefined =>
    isDate ? timestampOf(value) : typeof value === 'number' ? value : undefined;
  const lowerEnd = windowEnd(preceding, -1);
  const upperEnd = windowEnd(following, 1);
  return (rows, at) => {
    const value = read(rows[at]?.range);
    if (value === undefined) {
      execution.warn(isDate ? 1572 : 1561, isDate ? 'invalid date value' : 'invalid arithmetic value');
      return undefined;
    }
    const least = lowerEnd(value);
    const greatest = upperEnd(value);
    // Rows are sorted, so the rows of a window are neighbours.
    const isWithin = (row: KeptRow | undefined): boolean => {
      const other = row === undefined ? undefined : read(row.range);
      return other !== undefined && other >= least && other <= greatest;
    };
    let first = at;
    while (isWithin(rows[first - 1])) first--;
    let end = at + 1;
    while (isWithin(rows[end])) end++;
    return [first, end];
  };
}

/** Computes the end of a value's window in one direction. */
function windowEnd(bound: WindowBound, sign: 1 | -1): (value: number) => number {
  if (typeof bound === 'number') return (value) => value + sign * bound;
  const move = durationOf(bound);
  return (value) => move?.(value, sign) ?? value;
}
