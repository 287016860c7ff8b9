import type { Result } from './assumption';

/** One line for each assumption. */
export function lineOf(result: Result): string {
  const line = `${result.outcome.padEnd(10)}${result.name}: ${result.claim}`;
  if (result.outcome === 'holds') return line;
  if (result.outcome === 'not tried') return `${line}\n          ${result.why}`;
  const advice = result.set === undefined ? '' : `; set ${result.set}`;
  return `${line}\n          found: ${result.found}${advice}`;
}

export function summaryOf(results: readonly Result[]): string {
  const count = (outcome: Result['outcome']): number => results.filter((result) => result.outcome === outcome).length;
  return `${count('holds')} hold, ${count('differs')} differ, ${count('not tried')} not tried`;
}
