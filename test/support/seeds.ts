/**
 * A seed from an option or environment variable. Without one it is always the same, so that a failure is never due to
 * chance. `fresh` takes a seed that no run has used, and prints it, so that the run can be repeated.
 */
export function seedFrom(name: string, given: string | undefined, standard: number): number {
  if (given === undefined || given === '') return standard;
  const seed = given === 'fresh' ? Date.now() % 2 ** 31 : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`${name} is a whole number or 'fresh', not '${given}'`);
  if (given === 'fresh') process.stdout.write(`${name} ${seed}\n`);
  return seed;
}
