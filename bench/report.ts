/** What a figure has to be at most, or at least. */
export type Target = { most: number } | { least: number };

/** The lines of a measurement; a missed target makes the exit code 1. */
export class Report {
  readonly missed: string[] = [];

  line(name: string, value: string): void {
    process.stdout.write(`  ${name.padEnd(38)} ${value}\n`);
  }

  /** A figure with its target beside it. */
  figure(name: string, value: number, unit: string, target?: Target, digits = 2): void {
    const text = `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
    if (target === undefined) return this.line(name, text);
    const holds = 'most' in target ? value <= target.most : value >= target.least;
    const wanted = 'most' in target ? `at most ${target.most}` : `at least ${target.least}`;
    if (!holds) this.missed.push(name);
    this.line(name, `${text} (${wanted}${holds ? '' : ': MISSED'})`);
  }

  /** Something that has to be so. */
  check(name: string, holds: boolean, found: string): void {
    if (!holds) this.missed.push(name);
    this.line(name, holds ? found : `${found}: WRONG`);
  }

  end(): void {
    if (this.missed.length > 0) process.exitCode = 1;
  }
}
