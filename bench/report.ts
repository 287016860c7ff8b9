/** Upper or lower limit of a figure. */
export type Target = { most: number } | { least: number };

/** Prints the lines of a measurement. A missed target makes the exit code 1. */
export class Report {
  readonly missed: string[] = [];

  line(name: string, value: string): void {
    process.stdout.write(`  ${name.padEnd(38)} ${value}\n`);
  }

  /** Prints a figure with its target, if it has one. */
  figure(name: string, value: number, unit: string, target?: Target, digits = 2): void {
    const text = `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
    if (target === undefined) return this.line(name, text);
    const holds = 'most' in target ? value <= target.most : value >= target.least;
    const wanted = 'most' in target ? `at most ${target.most}` : `at least ${target.least}`;
    if (!holds) this.missed.push(name);
    this.line(name, `${text} (${wanted}${holds ? '' : ': MISSED'})`);
  }

  /** Prints a finding that must hold. */
  check(name: string, holds: boolean, found: string): void {
    if (!holds) this.missed.push(name);
    this.line(name, holds ? found : `${found}: WRONG`);
  }

  end(): void {
    if (this.missed.length > 0) process.exitCode = 1;
  }
}
