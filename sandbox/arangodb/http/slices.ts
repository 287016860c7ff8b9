import { NO_ROW } from '../aql';
import { ArangoFailure } from '../errors';

/** A query that takes longer lets other requests in, each time after this many milliseconds. */
const SLICE_MILLISECONDS = 10;

/** A statement starts when no other has arrived in so many turns of the event loop, or after the maximum. */
const QUIET_TURNS = 2;
const MAX_TURNS = 20;
let arrivals = 0;

/** Resolves when the statements that clients send at the same time have arrived, so that they overlap. */
export async function whenArrived(): Promise<void> {
  arrivals++;
  for (let turn = 0, quiet = 0; turn < MAX_TURNS && quiet < QUIET_TURNS; turn++) {
    const before = arrivals;
    await nextTurn();
    quiet = arrivals === before ? quiet + 1 : 0;
  }
}

/** Resolves after the requests that have arrived so far. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Moves rows from a query into an array until it has `length` elements or the query ends. Long work is done in slices,
 * between which other requests are processed. Throws 1500 if the query was ended meanwhile.
 */
export async function takeRows(
  rows: Iterator<unknown>,
  into: unknown[],
  length: number,
  isEnded: () => boolean,
): Promise<void> {
  let sliceEnd = performance.now() + SLICE_MILLISECONDS;
  while (into.length < length) {
    const next = rows.next();
    if (next.done === true) return;
    if (next.value !== NO_ROW) into.push(next.value);
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    if (isEnded()) throw new ArangoFailure(1500, 'query killed');
    sliceEnd = performance.now() + SLICE_MILLISECONDS;
  }
}
