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

/** The number of a revision text, or 0 if the text is not one. */
export function parseRevision(text: string): number {
  if (text.length !== TEXT_DIGITS + 1) return 0;
  let revision = 0;
  for (let i = 1; i < text.length; i++) {
    const digit = DIGITS.indexOf(text[i] as string);
    if (digit < 0) return 0;
    revision = revision * 64 + digit;
  }
  return revision;
}

/** Generates increasing revisions. They follow the clock, so that they keep increasing after a restart. */
export class RevisionClock {
  private last = 0;

  constructor(private readonly now: () => number) {}

  next(): number {
    const byClock = this.now() * 1024;
    this.last = byClock > this.last ? byClock : this.last + 1;
    return this.last;
  }

  /** Later revisions will be greater than this one. */
  raiseTo(revision: number): void {
    if (revision > this.last) this.last = revision;
  }
}
