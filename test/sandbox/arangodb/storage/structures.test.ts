import { BPlusTree } from '../../../../sandbox/arangodb/storage/bPlusTree';
import { ByteHeap } from '../../../../sandbox/arangodb/storage/byteHeap';
import { DocumentCodec } from '../../../../sandbox/arangodb/storage/documentCodec';
import { HashTable } from '../../../../sandbox/arangodb/storage/hashTable';
import { IndexKeys, KeyProbe } from '../../../../sandbox/arangodb/storage/indexKey';
import { revisionText } from '../../../../sandbox/arangodb/storage/revision';
import { compare } from '../../../../sandbox/arangodb/values';
import fc from '../../../support/properties';

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('a', 'A', 'b', 'B', 'aB', 'ab', 'AB', 'ä', 'z', '_a', '-a', '1', '10', '2', ''),
);
const value = fc.oneof(
  { weight: 5, arbitrary: scalar },
  fc.array(scalar, { maxLength: 2 }),
  fc.dictionary(fc.string({ maxLength: 2 }), scalar, { maxKeys: 2 }),
);

describe('index keys', () => {
  test('compare as bytes in the order of their values', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 3 }),
        fc.array(value, { minLength: 3, maxLength: 3 }),
        (probe, stored) => {
          const keys = new IndexKeys(new ByteHeap());
          const expected =
            probe.map((item, i) => Math.sign(compare(item, stored[i]))).find((order) => order !== 0) ?? 0;
          expect(Math.sign(keys.compare(new KeyProbe(probe), keys.store(new KeyProbe(stored))))).toBe(expected);
        },
      ),
    );
  });

  test('are decoded to the values that were stored', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (tuple) => {
        const keys = new IndexKeys(new ByteHeap());
        const plain: unknown = JSON.parse(JSON.stringify(tuple));
        expect(keys.load(keys.store(new KeyProbe(plain as unknown[])))).toEqual(plain);
      }),
    );
  });
});

describe('the B+ tree', () => {
  const operations = fc.array(
    fc.record({
      add: fc.boolean(),
      key: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.string({ maxLength: 3 })),
      slot: fc.integer({ min: 1, max: 40 }),
    }),
    { minLength: 1, maxLength: 1500, size: 'max' },
  );

  test('scans any range in both directions after random inserts and removals, and frees all keys', () => {
    fc.assert(
      fc.property(operations, fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }), (steps, one, two) => {
        const heap = new ByteHeap();
        const tree = new BPlusTree(new IndexKeys(heap));
        const model: { key: unknown; slot: number }[] = [];
        for (const { add, key, slot } of steps) {
          const at = model.findIndex((entry) => entry.slot === slot && compare(entry.key, key) === 0);
          if (add && at < 0) {
            tree.insert(new KeyProbe([key]), slot);
            model.push({ key, slot });
          } else if (!add) {
            tree.remove(new KeyProbe([key]), slot);
            if (at >= 0) model.splice(at, 1);
          }
        }
        const distinct = new Set(model.map(({ key }) => key)).size;
        expect(tree.distinctShare).toBeCloseTo(model.length === 0 ? 1 : distinct / model.length);
        model.sort((a, b) => compare(a.key, b.key) || a.slot - b.slot);
        const slots = (entries: typeof model): number[] => entries.map(({ slot }) => slot);
        expect([...tree.walk(undefined, undefined)]).toEqual(slots(model));
        expect([...tree.walk(undefined, undefined, true)]).toEqual(slots(model).reverse());
        const [low, high] = [Math.min(one, two), Math.max(one, two)];
        const from = { probe: new KeyProbe([low]), side: 'after' as const };
        const to = { probe: new KeyProbe([high]), side: 'after' as const };
        const within = slots(model.filter(({ key }) => compare(key, low) > 0 && compare(key, high) <= 0));
        expect([...tree.walk(from, to)]).toEqual(within);
        expect([...tree.walk(from, to, true)]).toEqual(within.reverse());
        tree.clear();
        expect(heap.usedBytes).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('continues in order when entries are inserted during a scan', () => {
    const tree = new BPlusTree(new IndexKeys(new ByteHeap()));
    for (let n = 0; n < 1000; n += 2) tree.insert(new KeyProbe([n]), n + 1);
    const seen: number[] = [];
    for (const slot of tree.walk(undefined, undefined)) {
      seen.push(slot);
      if (slot % 2 === 1 && slot < 1000) tree.insert(new KeyProbe([slot]), slot + 1);
    }
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
  });
});

test('the hash table returns the same entries as a Map', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 200 })), { maxLength: 2000, size: 'max' }),
      (steps) => {
        const texts: string[] = [''];
        const table = new HashTable((slot, text) => texts[slot] === text);
        const model = new Map<string, number>();
        for (const [add, n] of steps) {
          const text = `key${n}`;
          if (add) {
            texts.push(text);
            expect(table.set(text, texts.length - 1)).toBe(model.get(text) ?? 0);
            model.set(text, texts.length - 1);
          } else {
            table.delete(text);
            model.delete(text);
          }
        }
        for (let n = 0; n <= 200; n++) expect(table.find(`key${n}`)).toBe(model.get(`key${n}`) ?? 0);
      },
    ),
    { numRuns: 50 },
  );
});

test('a document is decoded to what was stored', () => {
  const heap = new ByteHeap();
  const codec = new DocumentCodec(heap);
  const attributes = fc.dictionary(
    fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('__proto__', 'constructor', 'a', 'ü')),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(attributes, fc.boolean(), (input, isEdge) => {
      const plain = JSON.parse(JSON.stringify(input)) as Record<string, unknown>;
      const ends = isEdge ? { from: 'v/1', to: 'w/2' } : { from: '', to: '' };
      const ref = codec.store({ key: 'k', revision: 12345, ...ends, attributes: plain });
      const system = {
        _key: 'k',
        _id: 'c/k',
        _rev: revisionText(12345),
        ...(isEdge ? { _from: 'v/1', _to: 'w/2' } : {}),
      };
      // Often enough that a constructor is generated for the shape.
      for (let i = 0; i < 40; i++) codec.load(ref, 'c/');
      const entries = (doc: object): [string, unknown][] => Object.entries(doc).sort(([a], [b]) => (a < b ? -1 : 1));
      expect(entries(codec.load(ref, 'c/'))).toEqual(
        entries(Object.fromEntries([...Object.entries(plain), ...Object.entries(system)])),
      );
      expect(codec.keyIs(ref, 'k')).toBe(true);
      expect(codec.fromIs(ref, 'v/1')).toBe(isEdge);
      codec.release(ref);
      expect(heap.usedBytes).toBe(0);
    }),
  );
});

test('greater revisions have greater texts', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(revisionText(a) < revisionText(b)).toBe(a < b);
    }),
  );
});
