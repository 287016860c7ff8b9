import { takeLease } from '../../../src/graph/state/leases';
import { useDatabase } from '../../support/database';

const arango = useDatabase();

const take = (holder: string, now: number): Promise<boolean> =>
  takeLease(arango.graph, { name: 'metrics', holder, now, forMs: 1_000 });

it('a lease has one holder at a time, and passes to another one when it is not extended', async () => {
  expect(await take('first', 0)).toBe(true);
  expect(await take('second', 500)).toBe(false);
  expect(await take('first', 900)).toBe(true);
  expect(await take('second', 1_500)).toBe(false);
  expect(await take('second', 1_900)).toBe(true);
  expect(await take('first', 2_000)).toBe(false);
});

it('a holder whose clock is ahead of that of another one keeps its lease', async () => {
  expect(await take('first', 10_000)).toBe(true);
  expect(await take('second', 9_900)).toBe(false);
});

it('a lease that a wrong clock has taken far ahead holds up no one', async () => {
  expect(await take('first', 1_000_000)).toBe(true);
  expect(await take('second', 5_000)).toBe(true);
  expect(await take('first', 5_500)).toBe(false);
});

it('of several that ask at the same moment, one gets it', async () => {
  const taken = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => take(holder, 10_000)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});
