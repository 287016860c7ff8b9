import { toInteger, toText } from '../casts';
import { invalidArgument, type FunctionContext, type FunctionGroup, type Implementation } from './definition';
import { isDateText } from './types';

/** The range of valid dates in ArangoDB: the years 0 to 9999. */
const FIRST_TIMESTAMP = -62_167_219_200_000;
const LAST_TIMESTAMP = 253_402_300_799_999;

function isInRange(timestamp: number): boolean {
  return timestamp >= FIRST_TIMESTAMP && timestamp <= LAST_TIMESTAMP;
}

function invalidDate(context: FunctionContext, name: string): null {
  context.warn(1572, `in function '${name}()': invalid date value`);
  return null;
}

/** A number or an ISO 8601 text as milliseconds since 1970. Without a time zone it is UTC. Undefined if invalid. */
export function timestampOf(value: unknown): number | undefined {
  if (typeof value === 'number') return isInRange(Math.trunc(value)) ? Math.trunc(value) : undefined;
  if (!isDateText(value)) return undefined;
  const found =
    /^([+-]?\d{4,})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?(?:Z|([+-])(\d{1,2}):(\d{2}))?$/i.exec(
      value.trim(),
    );
  if (found === null) return undefined;
  const [
    ,
    year,
    month = '1',
    day = '1',
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '0',
    sign,
    zoneHour,
    zoneMinute,
  ] = found;
  const millisecond = Math.trunc(Number(`0.${fraction}`) * 1000);
  const isValidDay =
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= daysInMonth(Number(year), Number(month));
  if (!isValidDay || Number(hour) > 24 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const utc = new Date(0);
  utc.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  utc.setUTCHours(Number(hour), Number(minute), Number(second), millisecond);
  const offset = sign === undefined ? 0 : (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  return utc.getTime() - offset * 60_000;
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function fromParts(context: FunctionContext, name: string, values: readonly unknown[]): number | null {
  const canBeDate = values.every((value) => typeof value === 'number' || typeof value === 'string');
  if (!canBeDate || values.length === 2) return invalidArgument(context, name);
  if (values.length === 1) return timestampOf(values[0]) ?? invalidDate(context, name);
  const parts = values.map(toInteger);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0] = parts;
  if (year > 9999 || parts.some((each) => each < 0)) return invalidDate(context, name);
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  return utc.setUTCHours(hour, minute, second, Math.min(millisecond, 999));
}

const part =
  (name: string, read: (date: Date) => unknown): Implementation =>
  (context, value) => {
    const timestamp = fromParts(context, name, [value]);
    return timestamp === null ? null : read(new Date(timestamp));
  };

type Unit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond';

const unitNames: Readonly<Record<string, Unit>> = {
  y: 'year',
  year: 'year',
  years: 'year',
  m: 'month',
  month: 'month',
  months: 'month',
  w: 'week',
  week: 'week',
  weeks: 'week',
  d: 'day',
  day: 'day',
  days: 'day',
  h: 'hour',
  hour: 'hour',
  hours: 'hour',
  i: 'minute',
  minute: 'minute',
  minutes: 'minute',
  s: 'second',
  second: 'second',
  seconds: 'second',
  f: 'millisecond',
  millisecond: 'millisecond',
  milliseconds: 'millisecond',
};

const unitMilliseconds: Readonly<Record<Unit, number>> = {
  year: 31_556_952_000,
  month: 2_629_746_000,
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};

function unitOf(value: unknown): Unit | undefined {
  return typeof value === 'string' ? unitNames[value.toLowerCase()] : undefined;
}

/**
 * Adds an amount of time. A day that the resulting month does not have continues in the next month: a month after
 * January 31 is March 2 or 3. A fraction of a month is counted with 30 days per month.
 */
function addUnits(timestamp: number, amount: number, unit: Unit): number {
  if (unit !== 'year' && unit !== 'month') return timestamp + Math.trunc(amount * unitMilliseconds[unit]);
  const months = unit === 'year' ? amount * 12 : amount;
  const fullMonths = Math.trunc(months);
  const date = new Date(timestamp);
  date.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + fullMonths, date.getUTCDate());
  return date.getTime() + Math.trunc((months - fullMonths) * 30 * unitMilliseconds.day);
}

const ISO_DURATION =
  /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?)?$/i;

/** A function that moves a time by an ISO 8601 duration such as P1DT2H. Undefined if the text is not a duration. */
export function durationOf(text: string): ((timestamp: number, sign: 1 | -1) => number) | undefined {
  const found = ISO_DURATION.exec(text);
  if (found === null || text === 'P') return undefined;
  const units: Unit[] = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'];
  return (timestamp, sign) => {
    let moved = timestamp;
    for (const [i, each] of units.entries()) moved = addUnits(moved, sign * Number(found[i + 1] ?? 0), each);
    return moved + sign * Number((found[8] ?? '0').padEnd(3, '0'));
  };
}

const shift =
  (name: string, sign: 1 | -1): Implementation =>
  (context, value, amount, unit) => {
    let timestamp = fromParts(context, name, [value]);
    if (timestamp === null) return null;
    if (unit === undefined) {
      if (typeof amount !== 'string') return invalidArgument(context, name);
      const move = durationOf(amount);
      if (move === undefined) return invalidDate(context, name);
      timestamp = move(timestamp, sign);
    } else {
      if (typeof amount !== 'number' || typeof unit !== 'string') return invalidArgument(context, name);
      const named = unitOf(unit);
      if (named === undefined) return invalidDate(context, name);
      timestamp = addUnits(timestamp, sign * amount, named);
    }
    return isoText(context, name, timestamp);
  };

function isoText(context: FunctionContext, name: string, timestamp: number): string | null {
  return isInRange(timestamp) ? new Date(timestamp).toISOString() : invalidDate(context, name);
}

const difference: Implementation = (context, from, to, unit, asFloat) => {
  const start = fromParts(context, 'DATE_DIFF', [from]);
  const end = fromParts(context, 'DATE_DIFF', [to]);
  if (start === null || end === null) return null;
  if (typeof unit !== 'string') return invalidArgument(context, 'DATE_DIFF');
  if (asFloat !== undefined && typeof asFloat !== 'boolean') return invalidArgument(context, 'DATE_DIFF');
  const named = unitOf(unit);
  if (named === undefined) return invalidDate(context, 'DATE_DIFF');
  const units = (end - start) / unitMilliseconds[named];
  // Halves are rounded away from zero. Adding 0 turns -0 into 0.
  return asFloat === true ? units : Math.sign(units) * Math.round(Math.abs(units)) + 0;
};

const unitOrder: readonly Unit[] = ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond'];

function fields(timestamp: number): readonly number[] {
  const date = new Date(timestamp);
  return [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds(),
  ];
}

const truncate: Implementation = (context, value, unit) => {
  const timestamp = fromParts(context, 'DATE_TRUNC', [value]);
  if (timestamp === null) return null;
  if (typeof unit !== 'string') return invalidArgument(context, 'DATE_TRUNC');
  const last = unitOrder.indexOf(unitOf(unit) ?? 'week');
  if (last < 0) return invalidDate(context, 'DATE_TRUNC');
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0] = fields(timestamp).map(
    (field, i) => (i <= last ? field : i === 1 || i === 2 ? 1 : 0),
  );
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond)).toISOString();
};

/** Truncates to a multiple of the unit, counted from 1970. Weeks, months and years are invalid. */
const round: Implementation = (context, value, amount, unit) => {
  const timestamp = fromParts(context, 'DATE_ROUND', [value]);
  if (timestamp === null) return null;
  const named = unitOf(unit);
  if (typeof amount !== 'number' || named === undefined || Math.trunc(amount) <= 0) {
    return invalidArgument(context, 'DATE_ROUND');
  }
  if (named === 'year' || named === 'month' || named === 'week') return invalidArgument(context, 'DATE_ROUND');
  const step = Math.trunc(amount) * unitMilliseconds[named];
  return isoText(context, 'DATE_ROUND', Math.trunc(timestamp / step) * step);
};

const compareDates: Implementation = (context, left, right, from, to) => {
  const first = fromParts(context, 'DATE_COMPARE', [left]);
  const second = fromParts(context, 'DATE_COMPARE', [right]);
  const start = unitOrder.indexOf(unitOf(from) ?? 'week');
  const end = to === undefined ? start : unitOrder.indexOf(unitOf(to) ?? 'week');
  if (first === null || second === null) return null;
  if (start < 0 || end < start) return invalidArgument(context, 'DATE_COMPARE');
  const a = fields(first);
  const b = fields(second);
  for (let i = start; i <= end; i++) if (a[i] !== b[i]) return false;
  return true;
};

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / unitMilliseconds.day) + 1;
}

function isoWeek(date: Date): number {
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * unitMilliseconds.day);
  return Math.ceil(dayOfYear(thursday) / 7);
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const monthNames = 'January February March April May June July August September October November December'.split(' ');

function isLeapYear(date: Date): boolean {
  return daysInMonth(date.getUTCFullYear(), 2) === 29;
}

const formats: Readonly<Record<string, (date: Date) => string>> = {
  '%t': (date) => String(date.getTime()),
  '%z': (date) => date.toISOString(),
  '%yyyyyy': (date) => `${date.getUTCFullYear() < 0 ? '-' : '+'}${pad(Math.abs(date.getUTCFullYear()), 6)}`,
  '%yyyy': (date) => pad(date.getUTCFullYear(), 4),
  '%yy': (date) => pad(date.getUTCFullYear() % 100, 2),
  '%mm': (date) => pad(date.getUTCMonth() + 1, 2),
  '%m': (date) => String(date.getUTCMonth() + 1),
  '%dd': (date) => pad(date.getUTCDate(), 2),
  '%d': (date) => String(date.getUTCDate()),
  '%hh': (date) => pad(date.getUTCHours(), 2),
  '%h': (date) => String(date.getUTCHours()),
  '%ii': (date) => pad(date.getUTCMinutes(), 2),
  '%i': (date) => String(date.getUTCMinutes()),
  '%ss': (date) => pad(date.getUTCSeconds(), 2),
  '%s': (date) => String(date.getUTCSeconds()),
  '%fff': (date) => pad(date.getUTCMilliseconds(), 3),
  '%f': (date) => String(date.getUTCMilliseconds()),
  '%xxx': (date) => pad(dayOfYear(date), 3),
  '%x': (date) => String(dayOfYear(date)),
  '%kk': (date) => pad(isoWeek(date), 2),
  '%k': (date) => String(isoWeek(date)),
  '%wwww': (date) => weekdayNames[date.getUTCDay()] ?? '',
  '%www': (date) => (weekdayNames[date.getUTCDay()] ?? '').slice(0, 3),
  '%w': (date) => String(date.getUTCDay()),
  '%mmmm': (date) => monthNames[date.getUTCMonth()] ?? '',
  '%mmm': (date) => (monthNames[date.getUTCMonth()] ?? '').slice(0, 3),
  '%l': (date) => (isLeapYear(date) ? '1' : '0'),
  '%a': (date) => String(daysInMonth(date.getUTCFullYear(), date.getUTCMonth() + 1)),
  '%q': (date) => String(Math.floor(date.getUTCMonth() / 3) + 1),
  '%%': () => '%',
};

/** Functions of dates: numbers of milliseconds or ISO 8601 texts, always in UTC. */
export const dateFunctions: FunctionGroup = {
  DATE_NOW: [0, 0, () => Date.now(), { deterministic: false }],
  DATE_TIMESTAMP: [1, 7, (context, ...values) => fromParts(context, 'DATE_TIMESTAMP', values)],
  DATE_ISO8601: [
    1,
    7,
    (context, ...values) => {
      const timestamp = fromParts(context, 'DATE_ISO8601', values);
      return timestamp === null ? null : isoText(context, 'DATE_ISO8601', timestamp);
    },
  ],
  DATE_ADD: [2, 3, shift('DATE_ADD', 1)],
  DATE_SUBTRACT: [2, 3, shift('DATE_SUBTRACT', -1)],
  DATE_DIFF: [3, 4, difference],
  DATE_COMPARE: [3, 4, compareDates],
  DATE_TRUNC: [2, 2, truncate],
  DATE_ROUND: [3, 3, round],
  DATE_YEAR: [1, 1, part('DATE_YEAR', (date) => date.getUTCFullYear())],
  DATE_MONTH: [1, 1, part('DATE_MONTH', (date) => date.getUTCMonth() + 1)],
  DATE_DAY: [1, 1, part('DATE_DAY', (date) => date.getUTCDate())],
  DATE_HOUR: [1, 1, part('DATE_HOUR', (date) => date.getUTCHours())],
  DATE_MINUTE: [1, 1, part('DATE_MINUTE', (date) => date.getUTCMinutes())],
  DATE_SECOND: [1, 1, part('DATE_SECOND', (date) => date.getUTCSeconds())],
  DATE_MILLISECOND: [1, 1, part('DATE_MILLISECOND', (date) => date.getUTCMilliseconds())],
  DATE_DAYOFWEEK: [1, 1, part('DATE_DAYOFWEEK', (date) => date.getUTCDay())],
  DATE_DAYOFYEAR: [1, 1, part('DATE_DAYOFYEAR', dayOfYear)],
  DATE_ISOWEEK: [1, 1, part('DATE_ISOWEEK', isoWeek)],
  DATE_QUARTER: [1, 1, part('DATE_QUARTER', (date) => Math.floor(date.getUTCMonth() / 3) + 1)],
  DATE_LEAPYEAR: [1, 1, part('DATE_LEAPYEAR', isLeapYear)],
  DATE_DAYS_IN_MONTH: [
    1,
    1,
    part('DATE_DAYS_IN_MONTH', (date) => daysInMonth(date.getUTCFullYear(), date.getUTCMonth() + 1)),
  ],
  DATE_FORMAT: [
    2,
    2,
    (context, value, format) => {
      const timestamp = fromParts(context, 'DATE_FORMAT', [value]);
      if (timestamp === null) return null;
      const date = new Date(timestamp);
      return toText(format).replace(
        /%(?:t|z|w{4}|w{3}|w|y{6}|y{4}|yy|m{4}|m{3}|mm|m|dd|d|hh|h|ii|i|ss|s|fff|f|xxx|x|kk|k|l|q|a|%)/g,
        (found) => formats[found]?.(date) ?? found,
      );
    },
  ],
};
