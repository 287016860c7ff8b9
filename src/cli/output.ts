import { styleText } from 'node:util';
import { exitCodes, type ExitCode, type CommonOptions, type CommandIo } from './context';

/** Writes the one JSON document that standard output holds with --json. */
export function writeJson({ out }: Pick<CommandIo, 'out'>, value: unknown): void {
  out.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Writes the result of a command, the JSON document with --json, else the lines, and returns the exit code. */
export function writeResult(
  io: Pick<CommandIo, 'out'>,
  { json }: CommonOptions,
  value: unknown,
  lines: string[],
  code: ExitCode = exitCodes.done,
): ExitCode {
  if (json === true) writeJson(io, value);
  else io.out.write(lines.map((line) => `${line}\n`).join(''));
  return code;
}

/** Names on the left, values on the right, aligned. */
export function columns(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** 1,234,567 */
export const grouped = (number: number): string => number.toLocaleString('en-US');

/** `1 item`, `2,000 items`. */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${grouped(number)} ${number === 1 ? one : many}`;

/** Shows a text in a colour, or as it is. */
export type Paint = (colour: 'green' | 'yellow' | 'red', text: string) => string;

export const plain: Paint = (_colour, text) => text;

/** Colours are for terminals, and for those who have not set NO_COLOR (no-color.org). */
export function paintOf({ env, out }: Pick<CommandIo, 'env' | 'out'>): Paint {
  const isColoured = (out as NodeJS.WriteStream).isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return isColoured ? (colour, text) => styleText(colour, text, { validateStream: false }) : plain;
}

const units: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** `3 hours`: the largest unit that fits. */
function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  for (const [size, name] of units) if (seconds >= size) return counted(Math.floor(seconds / size), name);
  return 'less than a second';
}

export const ago = (time: number, now: number): string => `${duration(now - time)} ago`;

/** 2026-05-06 09:08 CEST: in the zone of this machine, which TZ sets. */
export function moment(time: number | string | Date, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    timeZoneName: 'short',
    timeZone,
  }).formatToParts(new Date(time));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')} ${part('timeZoneName')}`;
}
