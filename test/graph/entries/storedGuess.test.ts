import { commitSegment } from '../../../src/graph/entries/commit';
import type { CommitContext } from '../../../src/graph/entries/commitContext';
import { noFileMembers } from '../../../src/graph/entries/fileMembers';
import { StoredGuess } from '../../../src/graph/entries/storedGuess';
import type { LiveEntry } from '../../../src/sync/folderEntries';
import { change } from '../../support/change';
import { all, CONNECTOR, ORG, snapshot, useDatabase } from '../../support/database';
import { deleted, file, folder } from '../../support/entries';
import { commitContext } from './fixture';

const arango = useDatabase();

const within = (id: string, guess?: StoredGuess): CommitContext => ({
  ...commitContext(arango.graph, id),
  ...(guess ? { guess } : {}),
});

const commit = (context: CommitContext, ...entries: LiveEntry[]) =>
  commitSegment(context, { kind: 'live', entries }, noFileMembers);

/** Requests of a commit. */
async function requestsOf(work: () => Promise<unknown>): Promise<number> {
  const queries = jest.spyOn(arango.db, 'query');
  const transactions = jest.spyOn(arango.db, 'beginTransaction');
  await work();
  const count = queries.mock.calls.length + transactions.mock.calls.length;
  queries.mockRestore();
  transactions.mockRestore();
  return count;
}

it('a batch of which nothing is stored takes one request, also below a folder of an earlier batch', async () => {
  const context = within('1', new StoredGuess(true));
  expect(await requestsOf(() => commit(context, folder('/d'), file('/d/a')))).toBe(1);
  expect(await requestsOf(() => commit(context, file('/d/b'), folder('/d/e'), file('/d/e/c')))).toBe(1);
  expect(await all(arango.db, 'records')).toHaveLength(5);
});

it('after a batch of which nothing was stored, the next one takes one request', async () => {
  const context = within('1', new StoredGuess(false));
  await commit(within('1'), folder('/d'));
  expect(await requestsOf(() => commit(context, file('/d/a')))).toBe(2);
  expect(await requestsOf(() => commit(context, file('/d/b')))).toBe(1);
  expect(await requestsOf(() => commit(context, file('/d/b', { rev: '2' })))).toBe(3);
  expect(await requestsOf(() => commit(context, file('/d/c')))).toBe(2);
});

const relatedTo = (itemId: string) => `
  FOR r IN records FILTER r.externalRecordId == "${itemId}"
    FOR e IN dropboxEntries FILTER e.recordKey == r._key`;

describe('where something is stored, the graph becomes what it becomes after a look-up:', () => {
  it.each<{
    what: string;
    before?: () => Promise<unknown>;
    first?: LiveEntry[];
    between?: () => Promise<unknown>;
    then: LiveEntry[];
  }>([
    {
      what: 'a record of another program',
      before: () =>
        arango.db.collection('records').save({
          _key: 'theirs',
          orgId: ORG,
          recordName: 'a',
          externalRecordId: 'id:/a',
          connectorId: CONNECTOR,
          connectorName: 'DROPBOX',
          recordType: 'FILE',
          origin: 'CONNECTOR',
          version: 3,
          createdAtTimestamp: 1,
          updatedAtTimestamp: 1,
        }),
      then: [file('/a'), file('/b')],
    },
    {
      what: 'the same entry',
      before: () => commit(within('1'), file('/a')),
      then: [file('/a', { rev: '2' }), file('/b')],
    },
    {
      what: 'another item at the path',
      before: () => commit(within('1'), file('/a', { id: 'id:other' })),
      then: [file('/a'), file('/b')],
    },
    {
      what: 'the item in another namespace',
      before: () => commit(within('2'), file('/x', { id: 'id:/a' })),
      then: [file('/a'), file('/b')],
    },
    {
      what: 'an item below a folder that is new',
      before: () => commit(within('1'), file('/d/a')),
      then: [folder('/d'), file('/b')],
    },
    {
      what: 'a folder that the attempt has not seen',
      before: () => commit(within('1'), folder('/d')),
      then: [file('/d/a')],
    },
    {
      what: 'nothing of the folder that is named',
      then: [file('/d/a')],
    },
    {
      what: 'a folder that has another record since',
      first: [folder('/d')],
      between: () => change(arango.db, `${relatedTo('id:/d')} UPDATE e WITH { recordKey: "other" } IN dropboxEntries`),
      then: [file('/d/a')],
    },
    {
      what: 'nothing any more of a folder of the attempt',
      first: [folder('/d')],
      between: () => change(arango.db, `${relatedTo('id:/d')} REMOVE e IN dropboxEntries`),
      then: [file('/d/a')],
    },
  ])('$what', async ({ before, first, between, then }) => {
    const results: unknown[] = [];
    for (const guess of [new StoredGuess(true), undefined]) {
      await arango.renew();
      await before?.();
      const context = within('1', guess);
      if (first) await commit(context, ...first);
      await between?.();
      results.push({ counts: await commit(context, ...then), graph: await snapshot(arango.db) });
    }
    expect(results[0]).toEqual(results[1]);
  });
});

it('a file below a folder that was removed has no parent', async () => {
  const context = within('1', new StoredGuess(true));
  await commit(context, folder('/d'));
  await commitSegment(context, { kind: 'deleted', paths: [deleted('/d').path_lower] }, noFileMembers);
  await commit(context, file('/d/a'));
  const [record] = (await all(arango.db, 'records')).filter(({ externalRecordId }) => externalRecordId === 'id:/d/a');
  expect(record).toMatchObject({ externalParentId: null });
});
