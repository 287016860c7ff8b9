const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const TEXT_DIGITS = 9;

/** Generates increasing revisions, which follow the clock: short texts that are opaque to clients, as in ArangoDB. */
export class RevisionClock {
  private last = 0;

  /** `now` in milliseconds. */
  constructor(private readonly now: () => number) {}

  /** `_` and nine digits. The byte order of the texts is the order in which they were generated. */
  next(): string {
    const byClock = this.now() * 1024;
    this.last = byClock > this.last ? byClock : this.last + 1;
    let text = '';
    let rest = this.last;
    for (let i = 0; i < TEXT_DIGITS; i++) {
      text = (DIGITS[rest % 64] as string) + text;
      rest = Math.floor(rest / 64);
    }
    return `_${text}`;
  }
}
