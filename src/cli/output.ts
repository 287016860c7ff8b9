import { exitCodes, type ExitCode, type Json, type Surroundings } from './context';

/** With --json, standard output holds this one JSON document only. */
export function writeJson({ out }: Pick<Surroundings, 'out'>, value: unknown): void {
  out.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Writes the result of a command, the JSON document with --json, else the lines, and returns the exit code. */
export function writeResult(
  around: Pick<Surroundings, 'out'>,
  { json }: Json,
  value: unknown,
  lines: string[],
  code: ExitCode = exitCodes.done,
): ExitCode {
  if (json === true) writeJson(around, value);
  else around.out.write(lines.map((line) => `${line}\n`).join(''));
  return code;
}

/** Names on the left, values on the right, aligned. */
export function columns(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** `1 item`, `2 items`. */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;

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

/** 2026-05-06 07:08 UTC */
export const moment = (time: number | string): string =>
  `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
