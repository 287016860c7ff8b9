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

/** From the first to behind the last row of a row's window; undefined for a row that has none. */
type Reach = (rows: readonly KeptRow[], at: number) => readonly [number, number] | undefined;

/** Aggregates over the rows around each row: so many before and after it, or all whose value is near enough. */
export function window(step: Window, { execution, upstream, needed, assigned }: StepContext): Source {
  const slots = assigned.filter((variable) => needed.has(variable)).map(({ slot }) => slot);
  const range = step.range && compileExpression(step.range, execution);
  const aggregates = compileAggregates(step.aggregates, execution);
  const reach = range === undefined ? byRows(step) : byRange(step, execution);
  const gather = (row: Row): KeptRow[] => {
    const rows: KeptRow[] = [];
    const next = upstream(row);
    while (next()) {
      const kept = {
        values: slots.map((slot) => row[slot]),
        range: range?.(row),
        args: aggregates.map(({ value }) => value(row)),
      };
      execution.hold(kept.values);
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
      const reached = reach(rows, at++);
      const within = reached && rows.slice(...reached);
      slots.forEach((slot, i) => (row[slot] = kept.values[i]));
      aggregates.forEach(({ slot, start }, i) => {
        const gathered = start();
        for (const { args } of within ?? []) gathered.add(args[i]);
        row[slot] = within === undefined ? null : (gathered.result() ?? null);
      });
      return true;
    };
  };
}

function byRows({ preceding, following }: Window): Reach {
  const rowsIn = (bound: WindowBound): number => (typeof bound === 'number' ? Math.trunc(bound) : 0);
  return (rows, at) => [Math.max(0, at - rowsIn(preceding)), Math.min(rows.length, at + rowsIn(following) + 1)];
}

function byRange({ preceding, following }: Window, execution: Execution): Reach {
  const isDate = typeof preceding === 'string' || typeof following === 'string';
  const read = (value: unknown): number | undefined =>
    isDate ? timestampOf(value) : typeof value === 'number' ? value : undefined;
  const back = mover(preceding, -1);
  const ahead = mover(following, 1);
  return (rows, at) => {
    const value = read(rows[at]?.range);
    if (value === undefined) {
      execution.warn(isDate ? 1572 : 1561, isDate ? 'invalid date value' : 'invalid arithmetic value');
      return undefined;
    }
    const least = back(value);
    const most = ahead(value);
    // Rows are sorted, so those within reach are neighbours.
    const isWithin = (row: KeptRow | undefined): boolean => {
      const other = row === undefined ? undefined : read(row.range);
      return other !== undefined && other >= least && other <= most;
    };
    let first = at;
    while (isWithin(rows[first - 1])) first--;
    let end = at + 1;
    while (isWithin(rows[end])) end++;
    return [first, end];
  };
}

/** Goes from a value to the farthest one within a bound. */
function mover(bound: WindowBound, sign: 1 | -1): (value: number) => number {
  if (typeof bound === 'number') return (value) => value + sign * bound;
  const move = durationOf(bound);
  return (value) => move?.(value, sign) ?? value;
}
