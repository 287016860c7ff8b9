import { ArangoFailure } from '../../../../sandbox/arangodb/errors';
import type { Database } from '../../../../sandbox/arangodb/storage/database';
import { Engine } from '../../../../sandbox/arangodb/storage/engine';
import type { Transaction } from '../../../../sandbox/arangodb/storage/transaction';
import type { DataView, Doc } from '../../../../sandbox/arangodb/storage/types';
import fc from '../../../support/properties';

/**
 * Random transactions, interleaved, against a model that copies the whole state at each begin. Every document has a
 * group (indexed), a code (indexed uniquely) and, as an edge, two ends.
 */

interface ModelDoc {
  readonly group: number;
  readonly code: number;
  readonly from: string;
  readonly to: string;
}
type State = Map<string, ModelDoc>;

/** What a transaction wrote: keys and codes, those that it took back to nothing included. */
interface Written {
  readonly keys: ReadonlySet<string>;
  readonly codes: ReadonlySet<number>;
}

interface Open extends Written {
  readonly transaction: Transaction;
  readonly begun: State;
  readonly state: State;
  /** How many commits there had been when it began. */
  readonly commitsBefore: number;
  readonly keys: Set<string>;
  readonly codes: Set<number>;
}

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const operation = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  what: fc.constantFrom(
    'begin',
    'commit',
    'abort',
    'insert',
    'update',
    'remove',
    'rollback',
    'check',
    'insert',
    'update',
  ),
  key: fc.constantFrom(...KEYS),
  group: fc.integer({ min: 0, max: 2 }),
  code: fc.integer({ min: 0, max: 4 }),
  from: fc.constantFrom('v/1', 'v/2'),
  to: fc.constantFrom('v/1', 'v/2', 'v/3'),
});

function open(): { engine: Engine; database: Database; byGroup: string } {
  const engine = new Engine(() => 0);
  const database = engine.createDatabase('_system');
  database.create({ name: 'e', type: 3 });
  const { definition } = database.ensureIndex('e', { type: 'persistent', fields: ['group'] });
  database.ensureIndex('e', { type: 'persistent', fields: ['code'], unique: true });
  return { engine, database, byGroup: definition.id };
}

function shown(docs: Iterable<Doc>): string[] {
  return [...docs]
    .map((doc) => `${doc._key} ${doc['group'] as number} ${doc['code'] as number} ${doc._from} ${doc._to}`)
    .sort();
}

function expected(state: State, which: (doc: ModelDoc) => boolean = () => true): string[] {
  return [...state]
    .filter(([, doc]) => which(doc))
    .map(([key, { group, code, from, to }]) => `${key} ${group} ${code} ${from} ${to}`)
    .sort();
}

function checkView(view: DataView, state: State, byGroup: string): void {
  expect(shown(view.scan('e'))).toEqual(expected(state));
  expect(view.count('e')).toBe(state.size);
  for (const key of KEYS) expect(view.get('e', key)?.['code']).toBe(state.get(key)?.code);
  for (const group of [0, 1, 2]) {
    expect(shown(view.lookup('e', byGroup, { equal: [group] }))).toEqual(expected(state, (doc) => doc.group === group));
  }
  for (const vertex of ['v/1', 'v/2', 'v/3']) {
    expect(shown(view.edges('e', vertex, 'out'))).toEqual(expected(state, ({ from }) => from === vertex));
    expect(shown(view.edges('e', vertex, 'in'))).toEqual(expected(state, ({ to }) => to === vertex));
    expect(shown(view.edges('e', vertex, 'any'))).toEqual(
      expected(state, ({ from, to }) => from === vertex || to === vertex),
    );
  }
}

/** The error number of a piece of work, 0 if it succeeded. */
function outcome(work: () => void): number {
  try {
    work();
    return 0;
  } catch (error) {
    if (error instanceof ArangoFailure) return error.errorNum;
    throw error;
  }
}

test('interleaved transactions see their snapshots and own writes, conflict only with cause, and leave no trace when aborted', () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 120, size: 'max' }), (operations) => {
      const { engine, database, byGroup } = open();
      let committed: State = new Map();
      const commits: Written[] = [];
      const slots: (Open | undefined)[] = [undefined, undefined, undefined];
      const isFree = (self: Open, key: string, code: number | undefined): boolean =>
        slots.every(
          (other) =>
            other === undefined ||
            other === self ||
            (!other.keys.has(key) && (code === undefined || !other.codes.has(code))),
        ) && self.begun.get(key) === (self.keys.has(key) ? self.begun.get(key) : committed.get(key));

      for (const { who, what, key, group, code, from, to } of operations) {
        const current = slots[who];
        if (what === 'begin' || current === undefined) {
          if (current === undefined) {
            slots[who] = {
              transaction: engine.begin(database),
              begun: new Map(committed),
              state: new Map(committed),
              commitsBefore: commits.length,
              keys: new Set(),
              codes: new Set(),
            };
          }
          continue;
        }
        const { transaction, state } = current;
        const old = state.get(key);
        const doc: ModelDoc = { group, code, from, to };
        const attributes = { _from: from, _to: to, group, code };
        switch (what) {
          case 'insert':
          case 'update': {
            const number = outcome(() => {
              if (what === 'insert') transaction.insert('e', { _key: key, ...attributes });
              else transaction.update('e', key, attributes);
            });
            if (number === 0) {
              // What succeeded must have been possible: the key's state right, the code free in the own view.
              expect(old === undefined).toBe(what === 'insert');
              expect([...state].some(([other, stored]) => other !== key && stored.code === code)).toBe(false);
              expect(isFree(current, key, undefined)).toBe(true);
              state.set(key, doc);
              current.keys.add(key);
              current.codes.add(code);
              if (old !== undefined) current.codes.add(old.code);
            } else if (number === 1202) expect(what === 'update' && old === undefined).toBe(true);
            else if (number === 1210) {
              const isTaken = [...state].some(([other, stored]) => other !== key && stored.code === code);
              expect(isTaken || (what === 'insert' && old !== undefined)).toBe(true);
            } else {
              // 1200 needs someone else's hand: an open transaction's, or a commit since the begin.
              expect(number).toBe(1200);
              const others = slots.filter((other) => other !== undefined && other !== current);
              const foreign: (Written | undefined)[] = [...others, ...commits.slice(current.commitsBefore)];
              expect(
                foreign.some((written) => written?.keys.has(key) === true || written?.codes.has(code) === true),
              ).toBe(true);
            }
            break;
          }
          case 'remove': {
            const number = outcome(() => transaction.remove('e', key));
            if (number === 0) {
              expect(old).toBeDefined();
              expect(isFree(current, key, undefined)).toBe(true);
              state.delete(key);
              current.keys.add(key);
              if (old !== undefined) current.codes.add(old.code);
            } else if (number === 1202) expect(old).toBeUndefined();
            else expect(number).toBe(1200);
            break;
          }
          case 'rollback': {
            const savepoint = transaction.savepoint();
            const frozen = transaction.frozen();
            outcome(() => transaction.remove('e', key));
            outcome(() => transaction.insert('e', { _key: key, ...attributes }));
            checkView(frozen, state, byGroup);
            transaction.rollbackTo(savepoint);
            break;
          }
          case 'commit': {
            transaction.commit();
            commits.push(current);
            committed = new Map(committed);
            for (const written of current.keys) {
              const result = state.get(written);
              if (result === undefined) committed.delete(written);
              else committed.set(written, result);
            }
            slots[who] = undefined;
            break;
          }
          case 'abort':
            transaction.abort();
            slots[who] = undefined;
            break;
          case 'check':
            checkView(transaction, state, byGroup);
        }
      }
      for (const remaining of slots)
        if (remaining !== undefined) checkView(remaining.transaction, remaining.state, byGroup);
      for (const remaining of slots) remaining?.transaction.abort();
      const reader = engine.begin(database);
      checkView(reader, committed, byGroup);
      reader.abort();

      // Nothing of the past is left: the memory is that of the living documents alone.
      database.drop('e');
      expect(engine.usedBytes).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('two equal histories take equal memory, however many versions there were', () => {
  const sizes = [1, 50].map((rounds) => {
    const { engine, database } = open();
    engine.autocommit(database, (transaction) => {
      for (let n = 0; n < 100; n++)
        transaction.insert('e', { _key: `k${n}`, _from: 'v/1', _to: 'v/2', group: n % 3, code: n });
    });
    for (let round = 0; round < rounds; round++) {
      engine.autocommit(database, (transaction) => {
        for (let n = 0; n < 100; n++) transaction.update('e', `k${n}`, { round: 7, group: (n + 1) % 3 });
      });
    }
    return engine.usedBytes;
  });
  expect(sizes[1]).toBeLessThanOrEqual((sizes[0] ?? 0) * 1.2);
});
