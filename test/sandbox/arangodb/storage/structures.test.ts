import { parseIndexDefinition } from '../../../../sandbox/arangodb/storage/indexDefinition';
import { RevisionClock } from '../../../../sandbox/arangodb/storage/keys';
import { PersistentIndex } from '../../../../sandbox/arangodb/storage/persistentIndex';
import { SortedEntries } from '../../../../sandbox/arangodb/storage/sortedEntries';
import { Version } from '../../../../sandbox/arangodb/storage/versions';
import { compare } from '../../../../sandbox/arangodb/values';
import fc from '../../../support/properties';

interface Entry {
  readonly key: unknown;
  readonly version: Version;
}

const versions = Array.from({ length: 2000 }, (_, slot) => {
  return new Version(slot, { _key: `${slot}`, _id: `c/${slot}`, _rev: '' }, 0, undefined);
});

describe('the entries of an index', () => {
  const operations = fc.array(
    fc.record({
      add: fc.boolean(),
      key: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.string({ maxLength: 3 })),
      slot: fc.integer({ min: 1, max: 40 }),
    }),
    { minLength: 1, maxLength: 1500, size: 'max' },
  );

  test('are found in any range in both directions after random inserts and removals', () => {
    fc.assert(
      fc.property(operations, fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }), (steps, one, two) => {
        const entries = new SortedEntries();
        const model: Entry[] = [];
        const insert = (key: unknown, version: Version): void => {
          entries.insertAll([{ key: [key], version }]);
          model.push({ key, version });
        };
        // Enough for several chunks.
        versions.slice(100).forEach((version, i) => insert(i % 29, version));
        for (const { add, key, slot } of steps) {
          const version = versions[slot] as Version;
          const at = model.findIndex((entry) => entry.version === version && compare(entry.key, key) === 0);
          if (add && at < 0) insert(key, version);
          else if (!add) {
            entries.remove({ key: [key], version });
            if (at >= 0) model.splice(at, 1);
          }
        }
        model.sort((a, b) => compare(a.key, b.key) || a.version.slot - b.version.slot);
        const slots = (found: Iterable<Version>): number[] => Array.from(found, ({ slot }) => slot);
        const expected = (holds: (key: unknown) => boolean = () => true): number[] =>
          slots(model.filter(({ key }) => holds(key)).map(({ version }) => version));
        expect(slots(entries.walk(undefined, undefined))).toEqual(expected());
        expect(slots(entries.walk(undefined, undefined, true))).toEqual(expected().reverse());
        const distinct = new Set(model.map(({ key }) => key)).size;
        expect(entries.distinctShare).toBeCloseTo(distinct / model.length);
        const [low, high] = [Math.min(one, two), Math.max(one, two)];
        const from = { prefix: [low], side: 'after' as const };
        const to = { prefix: [high], side: 'after' as const };
        const within = expected((key) => compare(key, low) > 0 && compare(key, high) <= 0);
        expect(slots(entries.walk(from, to))).toEqual(within);
        expect(slots(entries.walk(from, to, true))).toEqual(within.reverse());
        for (const { key, version } of model) entries.remove({ key: [key], version });
        expect(slots(entries.walk(undefined, undefined))).toEqual([]);
        expect(entries.distinctShare).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  test('are found by walks that are interrupted by random inserts and removals, like those of a sorted array', () => {
    const steps = fc.array(
      fc.record({
        action: fc.constantFrom('insert', 'insert', 'remove', 'begin', 'next', 'next', 'share'),
        key: fc.integer({ min: 0, max: 9 }),
        slot: fc.integer({ min: 0, max: 9 }),
        reverse: fc.boolean(),
      }),
      { minLength: 1, maxLength: 400, size: 'max' },
    );
    const order = (a: Entry, b: Entry): number => compare(a.key, b.key) || a.version.slot - b.version.slot;
    fc.assert(
      fc.property(steps, (run) => {
        const entries = new SortedEntries();
        const model: Entry[] = [];
        const walks: { rows: Iterator<Version>; reverse: boolean; from: number; last: Entry | undefined }[] = [];
        for (const { action, key, slot, reverse } of run) {
          const entry = { key, version: versions[slot] as Version };
          const at = model.findIndex((other) => order(other, entry) === 0);
          if (action === 'insert' && at < 0) {
            entries.insertAll([{ key: [key], version: entry.version }]);
            model.push(entry);
            model.sort(order);
          } else if (action === 'remove') {
            entries.remove({ key: [key], version: entry.version });
            if (at >= 0) model.splice(at, 1);
          } else if (action === 'share') {
            expect(Array.from(entries.walk(undefined, undefined))).toHaveLength(model.length);
            const distinct = new Set(model.map((other) => other.key)).size;
            expect(entries.distinctShare).toBe(model.length === 0 ? 1 : distinct / model.length);
          } else if (action === 'begin') {
            const from = { prefix: [key], side: 'before' as const };
            walks.push({ rows: entries.walk(from, undefined, reverse), reverse, from: key, last: undefined });
          }
          const walk = walks[slot % Math.max(walks.length, 1)];
          if (action !== 'next' || walk === undefined) continue;
          const { last } = walk;
          const ahead = (walk.reverse ? model.toReversed() : model).find(
            (other) =>
              Number(other.key) >= walk.from &&
              (last === undefined || (walk.reverse ? order(other, last) < 0 : order(other, last) > 0)),
          );
          const next = walk.rows.next();
          expect(next.done === true ? undefined : next.value).toBe(ahead?.version);
          walk.last = ahead;
          if (ahead === undefined) walks.splice(walks.indexOf(walk), 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each([false, true])(
    'continue in order when entries are inserted and removed during a scan, reverse %s',
    (reverse) => {
      const entries = new SortedEntries();
      const at = (slot: number): Version => versions[slot] as Version;
      for (let n = 0; n < 1000; n += 2) entries.insertAll([{ key: [n], version: at(n) }]);
      const seen: number[] = [];
      for (const { slot } of entries.walk(undefined, undefined, reverse)) {
        seen.push(slot);
        const next = slot + (reverse ? -1 : 1);
        if (slot % 2 === 0) entries.insertAll([{ key: [next], version: at(next + 1000) }]);
        entries.remove({ key: [slot % 1000], version: at(slot) });
      }
      const all = Array.from({ length: 500 }, (_, i) => 2 * i);
      const expected = reverse
        ? all.reverse().flatMap((n) => [n, n - 1 + 1000])
        : all.flatMap((n) => [n, n + 1 + 1000]);
      expect(seen).toEqual(expected);
    },
  );
});

describe('an index', () => {
  const indexOn = (name: string, stored: ReadonlySet<Version>): PersistentIndex =>
    new PersistentIndex(parseIndexDefinition({ type: 'persistent', fields: [name] }, '2'), () => stored);
  const withValue = (slot: number, n: unknown): Version => {
    return new Version(slot, { _key: `${slot}`, _id: `c/${slot}`, _rev: '', n }, 0, undefined);
  };

  test('is estimated without most of the changes since the last scan', () => {
    const index = indexOn('n', new Set(Array.from({ length: 10 }, (_, slot) => withValue(slot, slot))));
    expect(index.selectivity()).toBe(1);
    for (let slot = 10; slot < 20; slot++) index.add(withValue(slot, 0));
    expect(index.selectivity()).toBe(1);
    index.add(withValue(20, 0));
    expect(index.selectivity()).toBe(10 / 21);
  });

  test('finds in order what was added and not removed since the last scan, and before it', () => {
    const kept = new Set<Version>();
    const index = indexOn('n', kept);
    const many = Array.from({ length: 5_000 }, (_, slot) => withValue(slot, (slot * 7919) % 1_007));
    const valueOf = ({ doc }: Version): number => Number(doc['n']);
    const scan = (reverse: boolean): Version[] => [...index.lookup({ equal: [], reverse })];
    many.forEach((version, i) => {
      kept.add(version);
      index.add(version);
      // Some of those that are removed were in the scan before, and some were not.
      const earlier = many[i - (i % 3) * 500];
      if (earlier !== undefined && i % 2 === 0 && kept.delete(earlier)) index.remove(earlier);
      // The first scan comes after many changes.
      if (i % 700 < 699) return;
      const inOrder = [...kept].sort((a, b) => valueOf(a) - valueOf(b) || a.slot - b.slot);
      expect(scan(false)).toEqual(inOrder);
      expect(scan(true)).toEqual(inOrder.toReversed());
      expect(index.selectivity()).toBe(kept.size === 0 ? 1 : new Set(inOrder.map(valueOf)).size / kept.size);
    });
  });
});

test('greater revisions have greater texts', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      const revisionAt = (milliseconds: number): string => new RevisionClock(() => milliseconds / 1024).next();
      fc.pre(a > 0 && b > 0);
      expect(revisionAt(a) < revisionAt(b)).toBe(a < b);
    }),
  );
});
