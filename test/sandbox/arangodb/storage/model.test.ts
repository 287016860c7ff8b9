import { ArangoFailure } from '../../../../sandbox/arangodb/errors';
import type { Database } from '../../../../sandbox/arangodb/storage/database';
import { Engine } from '../../../../sandbox/arangodb/storage/engine';
import type { Transaction } from '../../../../sandbox/arangodb/storage/transaction';
import type { Doc } from '../../../../sandbox/arangodb/storage/types';
import type { View } from '../../../../sandbox/arangodb/storage/view';
import fc from '../../../support/properties';

/**
 * Compares interleaved random transactions with a model that copies the complete state at each begin. Every document is
 * an edge with a `group` (persistent index) and a `code` (unique index).
 */

interface ModelDoc {
  readonly group: number;
  readonly code: number;
  readonly from: string;
  readonly to: string;
}
type State = Map<string, ModelDoc>;

/** The keys and codes that a transaction wrote, including those that it removed again. */
interface Written {
  readonly keys: ReadonlySet<string>;
  readonly codes: ReadonlySet<number>;
  /** The keys that it has locked only: it found them taken or missing. */
  readonly locked: Set<string>;
}

interface OpenTransaction extends Written {
  readonly transaction: Transaction;
  /** The committed state when it began. */
  readonly snapshot: State;
  /** The snapshot with its own writes. */
  readonly state: State;
  /** Number of commits before it began. */
  readonly commitsBefore: number;
  readonly keys: Set<string>;
  readonly codes: Set<number>;
  /** What a query that has begun reads, whatever the transaction writes after that. */
  frozen?: { readonly view: View; readonly state: State };
}

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const operation = fc.record({
  client: fc.integer({ min: 0, max: 2 }),
  action: fc.constantFrom(
    'begin',
    'commit',
    'abort',
    'insert',
    'update',
    'remove',
    'freeze',
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

function openDatabase(): { engine: Engine; database: Database; groupIndex: string } {
  const engine = new Engine(() => 0);
  const database = engine.createDatabase('_system');
  database.create({ name: 'e', type: 3 });
  const { definition } = database.ensureIndex('e', { type: 'persistent', fields: ['group'] });
  database.ensureIndex('e', { type: 'persistent', fields: ['code'], unique: true });
  return { engine, database, groupIndex: definition.id };
}

function versionsIn(database: Database): number {
  return database.get('e').versions.filter((version) => version !== undefined).length;
}

function described(docs: Iterable<Doc>): string[] {
  return [...docs]
    .map((doc) => `${doc._key} ${doc['group'] as number} ${doc['code'] as number} ${doc._from} ${doc._to}`)
    .sort();
}

function expected(state: State, matches: (doc: ModelDoc) => boolean = () => true): string[] {
  return [...state]
    .filter(([, doc]) => matches(doc))
    .map(([key, { group, code, from, to }]) => `${key} ${group} ${code} ${from} ${to}`)
    .sort();
}

function checkView(view: View, state: State, groupIndex: string): void {
  expect(described(view.scan('e'))).toEqual(expected(state));
  expect(view.count('e')).toBe(state.size);
  for (const key of KEYS) expect(view.get('e', key)?.['code']).toBe(state.get(key)?.code);
  for (const group of [0, 1, 2]) {
    expect(described(view.lookup('e', groupIndex, { equal: [group] }))).toEqual(
      expected(state, (doc) => doc.group === group),
    );
  }
  for (const vertex of ['v/1', 'v/2', 'v/3']) {
    expect(described(view.edges('e', vertex, 'out'))).toEqual(expected(state, ({ from }) => from === vertex));
    expect(described(view.edges('e', vertex, 'in'))).toEqual(expected(state, ({ to }) => to === vertex));
    expect(described(view.edges('e', vertex, 'any'))).toEqual(
      expected(state, ({ from, to }) => from === vertex || to === vertex),
    );
  }
}

function checkOpen({ transaction, state, frozen }: OpenTransaction, groupIndex: string): void {
  checkView(transaction, state, groupIndex);
  if (frozen !== undefined) checkView(frozen.view, frozen.state, groupIndex);
}

/** The error number with which `work` fails, or 0 if it succeeds. */
function errorNumberOf(work: () => void): number {
  try {
    work();
    return 0;
  } catch (error) {
    if (error instanceof ArangoFailure) return error.errorNum;
    throw error;
  }
}

test('interleaved transactions see their snapshot and own writes, conflict only on shared keys or unique values, and have no effect when aborted', () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 120, size: 'max' }), (operations) => {
      const { engine, database, groupIndex } = openDatabase();
      let committed: State = new Map();
      const commits: Written[] = [];
      const open: (OpenTransaction | undefined)[] = [undefined, undefined, undefined];
      const isFree = (self: OpenTransaction, key: string, code: number | undefined): boolean =>
        open.every(
          (other) =>
            other === undefined ||
            other === self ||
            (!other.keys.has(key) && (code === undefined || !other.codes.has(code))),
        ) && self.snapshot.get(key) === (self.keys.has(key) ? self.snapshot.get(key) : committed.get(key));

      for (const { client, action, key, group, code, from, to } of operations) {
        const current = open[client];
        if (action === 'begin' || current === undefined) {
          if (current === undefined) {
            open[client] = {
              transaction: engine.begin(database),
              snapshot: new Map(committed),
              state: new Map(committed),
              commitsBefore: commits.length,
              keys: new Set(),
              locked: new Set(),
              codes: new Set(),
            };
          }
          continue;
        }
        const { transaction, state } = current;
        const old = state.get(key);
        const doc: ModelDoc = { group, code, from, to };
        const attributes = { _from: from, _to: to, group, code };
        switch (action) {
          case 'insert':
          case 'update': {
            const number = errorNumberOf(() => {
              if (action === 'insert') transaction.insert('e', { _key: key, ...attributes });
              else transaction.update('e', key, attributes);
            });
            if (number === 0) {
              // Success requires the right state of the key, and that no visible document has the code.
              expect(old === undefined).toBe(action === 'insert');
              expect([...state].some(([other, stored]) => other !== key && stored.code === code)).toBe(false);
              expect(isFree(current, key, undefined)).toBe(true);
              state.set(key, doc);
              current.keys.add(key);
              current.codes.add(code);
              if (old !== undefined) current.codes.add(old.code);
            } else if (number === 1202) {
              expect(action === 'update' && old === undefined).toBe(true);
              current.locked.add(key);
            } else if (number === 1210) {
              if (old !== undefined) current.locked.add(key);
              const isTaken = [...state].some(([other, stored]) => other !== key && stored.code === code);
              expect(isTaken || (action === 'insert' && old !== undefined)).toBe(true);
            } else {
              // 1200 requires a conflicting write by another open transaction, or by a commit since this one began.
              expect(number).toBe(1200);
              const others = open.filter((other) => other !== undefined && other !== current);
              const concurrent: (Written | undefined)[] = [...others, ...commits.slice(current.commitsBefore)];
              expect(
                concurrent.some((other) => other?.keys.has(key) || other?.locked.has(key) || other?.codes.has(code)),
              ).toBe(true);
            }
            break;
          }
          case 'remove': {
            const number = errorNumberOf(() => transaction.remove('e', key));
            if (number === 0) {
              expect(old).toBeDefined();
              expect(isFree(current, key, undefined)).toBe(true);
              state.delete(key);
              current.keys.add(key);
              if (old !== undefined) current.codes.add(old.code);
            } else if (number === 1202) {
              expect(old).toBeUndefined();
              current.locked.add(key);
            } else expect(number).toBe(1200);
            break;
          }
          case 'freeze':
            current.frozen = { view: transaction.frozen(), state: new Map(state) };
            break;
          case 'commit': {
            transaction.commit();
            current.locked.clear();
            commits.push(current);
            committed = new Map(committed);
            for (const written of current.keys) {
              const result = state.get(written);
              if (result === undefined) committed.delete(written);
              else committed.set(written, result);
            }
            open[client] = undefined;
            break;
          }
          case 'abort':
            transaction.abort();
            open[client] = undefined;
            break;
          case 'check':
            checkOpen(current, groupIndex);
        }
      }
      for (const remaining of open) if (remaining !== undefined) checkOpen(remaining, groupIndex);
      for (const remaining of open) remaining?.transaction.abort();
      const reader = engine.begin(database);
      checkView(reader, committed, groupIndex);
      reader.abort();

      // No old version is left.
      expect(versionsIn(database)).toBe(committed.size);
    }),
    { numRuns: 100 },
  );
});

test('the number of stored versions does not depend on the number of past versions', () => {
  const sizes = [1, 50].map((rounds) => {
    const { engine, database } = openDatabase();
    engine.autocommit(database, (transaction) => {
      for (let n = 0; n < 100; n++)
        transaction.insert('e', { _key: `k${n}`, _from: 'v/1', _to: 'v/2', group: n % 3, code: n });
    });
    for (let round = 0; round < rounds; round++) {
      engine.autocommit(database, (transaction) => {
        for (let n = 0; n < 100; n++) transaction.update('e', `k${n}`, { round: 7, group: (n + 1) % 3 });
      });
    }
    return versionsIn(database);
  });
  expect(sizes).toEqual([100, 100]);
});
