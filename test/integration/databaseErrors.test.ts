import { closedAfterAll } from '../support/hooks';
import { DatabaseErrors, describeError, type ErrorCell, type Mode } from '../support/liar/databaseErrors';
import { limits } from '../support/limits';

jest.setTimeout(limits.manySyncs);

const resources = closedAfterAll();
let database: DatabaseErrors;

beforeAll(async () => {
  database = resources.add(await DatabaseErrors.start());
});

/** `npm run bench -- database-errors` tries each error at each query. */
const CELLS: [Mode, ErrorCell][] = [
  ['incremental', { queries: ['batch.writeUnchanged'], error: 'transactionAborted', scope: 'once' }],
  ['full', { queries: ['batch.writeUnchanged'], error: 'conflict', scope: 'once' }],
  ['incremental', { queries: ['listingStart.take'], error: 'transactionAborted', scope: 'once' }],
  ['incremental', { queries: ['listingStart.take'], error: 'conflict', scope: 'once' }],
  ['incremental', { queries: ['batch.write'], error: 'schemaViolation', scope: 'once' }],
  ['full', { queries: ['runFence.standing'], error: 'forbidden', scope: 'run' }],
  ['incremental', { queries: ['folderCursors.all'], error: 'cursorNotFound', scope: 'once' }],
  ['incremental', { queries: ['outbox.next'], error: 'queryKilled', scope: 'once' }],
  ['incremental', { queries: ['members.all'], error: 'collectionNotFound', scope: 'run' }],
];

it.each(CELLS.map(([mode, cell]) => [mode, cell.queries.join(), cell.error, cell.scope, cell] as const))(
  'a sync that is %s ends, and loses nothing, when %s is answered with %s (%s)',
  async (mode, _queries, _error, _scope, cell) => {
    const judgement = await database.judge(cell, mode);
    expect(judgement.broken.length === 0 ? '' : describeError(judgement)).toBe('');
    expect([...judgement.tried]).toEqual(cell.queries);
  },
);

it('each query that a sync of the sample company sends can be answered with each error', () => {
  const { cells, notSent } = database.cells();
  const pairs = cells.flatMap(({ queries, error, scope }) => queries.map((query) => [query, error, scope].join(' ')));
  expect(new Set(cells.flatMap(({ queries }) => queries)).size).toBeGreaterThan(50);
  expect(new Set(pairs).size).toBeGreaterThan(1000);
  // Removals, maintenance, listings that start again, verify, and what the sample company has no case of.
  expect(notSent.length).toBeLessThan(84);
});
