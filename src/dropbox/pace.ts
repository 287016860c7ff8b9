/** How far below the rate that a refusal has shown calls are sent. */
const BELOW = 0.95;
/** Share by which each call that is not refused makes the pace faster: what Dropbox allows may have become more. */
const GROWTH = 0.0008;
/** Share of what was measured before a refusal that still counts at the next one: few calls alone measure badly. */
const REMEMBERED = 0.5;
/** Without a call for this long, a bucket may have filled up, so the pause is not part of what is measured, ms. */
const PAUSE_MS = 1_000;
/** How late a timer may wake a call without a loss for those after it, ms. */
const LATE_MS = 20;
const SLOWEST_PER_MS = 0.1 / 1_000;
/** After this many refusals with fewer calls between them, it is not the pace that Dropbox refuses. */
const REFUSALS_IN_VAIN = 12;
const FEW_CALLS = 20;
/** A pace that was not used for this long says nothing any more, nor does one that was in vain, ms. */
const FORGOTTEN_MS = 10 * 60 * 1_000;

/**
 * How fast calls may follow each other in one bucket. Dropbox publishes no rates, so a rate is learned: at a refusal the
 * bucket is empty, so between two refusals Dropbox has admitted at most as many calls as it refills. Before the second refusal
 * there is no pace, and calls are only limited by their number at a time. All times are ms of one clock.
 */
export class Pace {
  /** When the next call may start. */
  nextAt = 0;
  /** Calls per ms. */
  #rate: number | undefined;
  /** Calls since the rate was set. */
  #sentAtRate = 0;
  /** The last call, or the end of the wait that the last refusal has named. */
  #busyUntil = 0;
  #refusedAt: number | undefined;
  /** Calls since then. */
  #sentSince = 0;
  #inVain = 0;
  #inVainUntil = 0;
  /** Pauses since then. */
  #paused = 0;
  /** Calls, those that were refused included, since Dropbox counts them too; and in how much time they were sent. */
  #sent = 0;
  #measured = 0;

  /** Takes the next moment at which a call may start, and returns how long it is until then. */
  reserve(now: number): number {
    const pause = now - this.#busyUntil;
    if (pause > FORGOTTEN_MS) this.#rate = this.#refusedAt = undefined;
    else if (pause > PAUSE_MS) this.#paused += pause;
    this.#busyUntil = Math.max(this.#busyUntil, now);
    if (this.#rate === undefined) return 0;
    const interval = 1 / this.#grown(this.#rate);
    const at = Math.max(this.nextAt, now - LATE_MS);
    this.nextAt = at + interval;
    this.#busyUntil = Math.max(this.#busyUntil, at);
    return Math.max(0, at - now);
  }

  /** A call starts. */
  started(): void {
    this.#sent += 1;
    this.#sentSince += 1;
    this.#sentAtRate += 1;
  }

  /** A call was refused, the first one since the bucket was open. It opens again at `openAt`. */
  refused(now: number, openAt: number): void {
    if (this.#refusedAt === undefined) this.#sent = this.#measured = 0;
    else this.#learn(now - this.#refusedAt - this.#paused);
    this.#inVain = this.#sentSince < FEW_CALLS ? this.#inVain + 1 : 0;
    if (this.#inVain >= REFUSALS_IN_VAIN) this.#inVainUntil = now + FORGOTTEN_MS;
    if (now < this.#inVainUntil) this.#rate = undefined;
    this.#refusedAt = now;
    this.#sentSince = 0;
    this.#paused = 0;
    this.#busyUntil = openAt;
    this.nextAt = openAt;
  }

  #learn(elapsed: number): void {
    this.#measured += elapsed;
    // What Dropbox allows lies between the average, since the bucket is empty, and the pace that has emptied it.
    const average = this.#sent / Math.max(this.#measured, 1);
    const most = this.#rate === undefined ? average : Math.max(average, this.#grown(this.#rate));
    this.#rate = Math.max(SLOWEST_PER_MS, ((average + most) / 2) * BELOW);
    this.#sentAtRate = 0;
    this.#sent *= REMEMBERED;
    this.#measured *= REMEMBERED;
  }

  /** Whether no refusal is known any more. */
  isUnknown(now: number): boolean {
    return this.#refusedAt === undefined || now - this.#busyUntil > FORGOTTEN_MS;
  }

  #grown(rate: number): number {
    return rate * (1 + GROWTH * this.#sentAtRate);
  }
}
