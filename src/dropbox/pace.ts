/** Calls are sent at this share of the rate that was learned, so that few of them are refused. */
const SHARE_OF_RATE = 0.95;
/**
 * How fast the pace grows without a refusal, since Dropbox may allow more by now: by this share with each call, or with
 * each second, whichever is more.
 */
const GROWTH = { perCall: 0.0008, perSecond: 0.001 };
/** No rate is learned from fewer calls than this: it would be left to chance. */
const LEAST_CALLS = 20;
/** Weight of what was measured before a refusal, compared with what is measured until the next one. */
const REMEMBERED = 0.5;
/**
 * After so many refusals in a row, each after few calls, a slower pace does not help: the rate is not what Dropbox
 * refuses.
 */
const REFUSALS_IN_VAIN = 12;
/** No pace is slower: such a limit is left to Retry-After. Calls per ms. */
const SLOWEST = 0.5 / 1_000;
/** In a longer pause between calls, Dropbox's bucket may fill up, so the pause is not part of what is measured, ms. */
const PAUSE_MS = 1_000;
/** How late a timer may wake a call without a loss for those after it, ms. */
const LATE_MS = 20;
/**
 * A pace is forgotten when no call was sent for this long. After refusals in vain, no pace is used for this long
 * either, ms.
 */
const FORGOTTEN_MS = 10 * 60 * 1_000;

/**
 * How fast calls may follow each other in one bucket. Dropbox publishes no rates, so a rate is learned: at a refusal the
 * bucket is empty, so between two refusals Dropbox has admitted at most as many calls as it refills. Before the first
 * refusal there is no pace, and calls are only limited by their number at a time. All times are ms of one clock.
 * `npm run bench -- rate-limit` measures what the constants achieve (docs/measurements.md).
 */
export class Pace {
  /** Calls per ms. */
  private rate: number | undefined;
  /** When the rate was set, and the calls since. */
  private rateSetAt = 0;
  private sentAtRate = 0;
  /** When the next call may start. */
  private nextAt = 0;
  /** The last call, or the end of the wait that a refusal has named. */
  private busyUntil = 0;
  /** The last refusal, and the calls and pauses since. */
  private refusedAt: number | undefined;
  private sentSince = 0;
  private paused = 0;
  private inVain = 0;
  private inVainUntil = 0;
  /** Calls, those that were refused included, since Dropbox counts them too; and in how much time they were sent. */
  private sent = 0;
  private measured = 0;

  /**
   * Takes the next moment at which a call may start, and returns how long it is until then. `places`: calls that may
   * wait at a time, so that those which are cancelled delay no later one.
   */
  reserve(now: number, places: number): number {
    const pause = now - this.busyUntil;
    if (pause > FORGOTTEN_MS) this.rate = this.refusedAt = undefined;
    else if (pause > PAUSE_MS) this.paused += pause;
    this.busyUntil = Math.max(this.busyUntil, now);
    if (this.rate === undefined) return 0;
    const interval = 1 / this.grown(this.rate, now);
    const at = Math.min(Math.max(this.nextAt, now - LATE_MS), now + places * interval);
    this.nextAt = at + interval;
    this.busyUntil = Math.max(this.busyUntil, at);
    return Math.max(0, at - now);
  }

  /** How long a call waits that comes after this many others. */
  waitAfter(now: number, others: number): number {
    return this.rate === undefined ? 0 : this.nextAt - now + others / this.grown(this.rate, now);
  }

  /** A call starts. */
  started(): void {
    this.sent += 1;
    this.sentSince += 1;
    this.sentAtRate += 1;
  }

  /** A call was refused, the first one since the bucket was open. */
  refused(now: number): void {
    if (this.refusedAt === undefined) this.sent = this.measured = 0;
    else this.measured += Math.max(0, now - this.refusedAt - this.paused);
    if (this.sent >= LEAST_CALLS) this.learn(now);
    this.inVain = this.sentSince < LEAST_CALLS ? this.inVain + 1 : 0;
    if (this.inVain >= REFUSALS_IN_VAIN) this.inVainUntil = now + FORGOTTEN_MS;
    if (now < this.inVainUntil) this.rate = undefined;
    this.refusedAt = now;
    this.sentSince = 0;
    this.paused = 0;
  }

  /** Lets no call start before a moment. */
  closed(until: number): void {
    this.busyUntil = Math.max(this.busyUntil, until);
    this.nextAt = until;
  }

  /** Whether no refusal is known any more. */
  isUnknown(now: number): boolean {
    return this.refusedAt === undefined || now - this.busyUntil > FORGOTTEN_MS;
  }

  private learn(now: number): void {
    // What Dropbox allows lies between the average, since the bucket is empty, and the pace that has emptied it.
    const average = this.sent / Math.max(this.measured, 1);
    const most = this.rate === undefined ? average : Math.max(average, this.grown(this.rate, now));
    this.rate = Math.max(SLOWEST, ((average + most) / 2) * SHARE_OF_RATE);
    this.rateSetAt = now;
    this.sentAtRate = 0;
    this.sent *= REMEMBERED;
    this.measured *= REMEMBERED;
  }

  private grown(rate: number, now: number): number {
    const seconds = (now - this.rateSetAt) / 1_000;
    return rate * Math.exp(Math.max(GROWTH.perCall * this.sentAtRate, GROWTH.perSecond * seconds));
  }
}
