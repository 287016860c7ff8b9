import type { ScheduleSpec } from '@temporalio/client';
import { DropboxTeamsError } from '../DropboxTeamsError';

/** Shortest and longest interval, minutes. All intervals that PipesHub offers are in this range. */
const SHORTEST = 5;
const LONGEST = 1440;

/** Longest random delay of a start, as a share of the interval: connectors with the same one do not start together. */
const JITTER_SHARE = 0.1;
const LONGEST_JITTER_SECONDS = 300;
const CRON_JITTER_SECONDS = 60;

const unitMinutes: Readonly<Record<string, number>> = { m: 1, min: 1, h: 60, d: 1440 };

/** The fields of a cron expression, and the numbers that each can hold. */
const cronRanges = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12 },
  { name: 'day of the week', from: 0, to: 7 },
] as const;
const cronField = /^[\dA-Za-z*/,\-?#LW]+$/;

/** `manual`: there is no Schedule. */
export type Every = { kind: 'manual' } | { kind: 'interval'; minutes: number } | { kind: 'cron'; expression: string };

/**
 * Reads `manual`, `15m`, `4h`, `1d`, a plain number of minutes, or a cron expression of five fields. `isStored`: it was
 * accepted before, maybe by a version that knew no shortest gap of cron expressions.
 * @throws InvalidArgument
 */
export function parseEvery(text: string, { isStored = false } = {}): Every {
  const value = text.trim();
  if (value.toLowerCase() === 'manual') return { kind: 'manual' };
  const interval = /^(\d{1,6})\s*(m|min|h|d)?$/i.exec(value);
  if (interval) {
    const minutes = Number(interval[1]) * (unitMinutes[(interval[2] ?? 'm').toLowerCase()] ?? 1);
    if (minutes >= SHORTEST && minutes <= LONGEST) return { kind: 'interval', minutes };
    throw new DropboxTeamsError(
      'InvalidArgument',
      `every: ${value} is not between ${SHORTEST} minutes and ${LONGEST} minutes (a day)`,
    );
  }
  const fields = value.split(/\s+/);
  if (fields.length === cronRanges.length && fields.every((field) => cronField.test(field))) {
    cronRanges.forEach(({ name, from, to }, at) => {
      // The number after a slash is a step, which may be longer than the range.
      const numbers = (fields[at] ?? '').replace(/\/\d+/g, '').match(/\d+/g) ?? [];
      if (numbers.every((number) => Number(number) >= from && Number(number) <= to)) return;
      throw new DropboxTeamsError('InvalidArgument', `every: the ${name} of ${value} is not from ${from} to ${to}`);
    });
    if (!isStored && shortestGap(fields[0] ?? '') < SHORTEST) {
      const problem = `starts syncs less than ${SHORTEST} minutes apart: its first field is the minute`;
      throw new DropboxTeamsError('InvalidArgument', `every: ${value} ${problem}`);
    }
    return { kind: 'cron', expression: fields.join(' ') };
  }
  throw new DropboxTeamsError(
    'InvalidArgument',
    `every: ${JSON.stringify(value)} is not an interval: give 15m, 30m, 1h, 4h, any number of minutes from ${SHORTEST} to ` +
      `${LONGEST}, a cron expression of five fields, or manual`,
  );
}

/** The fewest minutes from one start to another in the same hour. */
function shortestGap(minuteField: string): number {
  const isStart = (minute: number): boolean =>
    minuteField.split(',').some((part) => {
      const [range = '', step] = part.split('/');
      const [first = 0, last = step === undefined ? first : 59] = /^\d/.test(range)
        ? range.split('-').map(Number)
        : [0, 59];
      return minute >= first && minute <= last && (minute - first) % Number(step ?? 1) === 0;
    });
  const minutes = Array.from({ length: 60 }, (_, minute) => minute).filter(isStart);
  return Math.min(...minutes.slice(1).map((minute, at) => minute - (minutes[at] ?? 0)));
}

/** The same interval in one spelling, for the stored connector. */
export function formatEvery(every: Every): string | null {
  switch (every.kind) {
    case 'manual':
      return null;
    case 'interval':
      return every.minutes % 60 === 0 ? `${every.minutes / 60}h` : `${every.minutes}m`;
    case 'cron':
      return every.expression;
  }
}

/** The specification of a Schedule. Times of cron expressions are UTC. */
export function scheduleSpec(every: Exclude<Every, { kind: 'manual' }>): ScheduleSpec {
  if (every.kind === 'cron') {
    return { cronExpressions: [every.expression], timezone: 'UTC', jitter: `${CRON_JITTER_SECONDS}s` };
  }
  const jitter = Math.min(LONGEST_JITTER_SECONDS, Math.floor(every.minutes * 60 * JITTER_SHARE));
  return { intervals: [{ every: `${every.minutes}m` }], jitter: `${jitter}s` };
}
