/** Revisions: numbers internally, opaque short texts for clients, as in ArangoDB. */

const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const TEXT_DIGITS = 9;

/** `_` and nine digits. The texts' byte order is the order of the numbers. */
export function revisionText(revision: number): string {
  let text = '';
  let rest = revision;
  for (let i = 0; i < TEXT_DIGITS; i++) {
    const quotient = Math.floor(rest / 64);
    text = (DIGITS[rest - quotient * 64] as string) + text;
    rest = quotient;
  }
  return `_${text}`;
}

/** Generates increasing revisions, which follow the clock. */
export class RevisionClock {
  private last = 0;

  constructor(private readonly now: () => number) {}

  next(): number {
    const byClock = this.now() * 1024;
    this.last = byClock > this.last ? byClock : this.last + 1;
    return this.last;
  }
}
