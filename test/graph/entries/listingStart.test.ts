import { beginListing, takeListing } from '../../../src/graph/entries/listingStart';
import { storeProgress } from '../../../src/graph/state/progress';
import { graphOfRun } from '../../../src/graph/state/runFence';
import { folderCursorName, RUN_SYNC_POINT } from '../../../src/sync/keys';
import { relistingStarted } from '../../../src/sync/listingState';
import { beginRun, connectorWith, listed } from '../../activities/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { context } from '../fixture';
import { commitContext } from './fixture';

const arango = useDatabase();
const ofRun = (runId: string) => graphOfRun(arango.graph, { connectorId: CONNECTOR, runId });
const take = (attempt: string, runId = 'run-1') =>
  takeListing(ofRun(runId), { connectorId: CONNECTOR, namespaceId: '7', attempt, generation: 'generation 3', now: 5 });
const stored = async () => (await all(arango.db, 'dropboxNamespaces'))[0];
const cursors = async () =>
  (await all(arango.db, 'syncPoints')).flatMap(({ syncPointKey, cursor }) =>
    String(syncPointKey).endsWith(RUN_SYNC_POINT) ? [] : [cursor],
  );

async function stores(
  work: 'none' | 'continue' | 'relist',
  more: { delegate?: string | null; mark?: null } = {},
): Promise<void> {
  const namespace = listed('7', { work, mark: work === 'relist' ? 'generation 1' : null, ...more });
  await connectorWith(arango.db, {}, [namespace]);
  await beginRun(arango.db, 'run-1');
  const point = { name: folderCursorName('7'), cursor: 'cursor 1', boundTo: 'dbmid:a' };
  await storeProgress(ofRun('run-1'), context(), { points: [point] });
}

const begin = (attempt: string, cursorOwner: string | null) =>
  beginListing(
    ofRun('run-1'),
    context(),
    { ...commitContext(arango.graph, '7'), attempt },
    {
      cursorOwner,
      relisting: relistingStarted(listed('7', { work: 'relist' }), 'generation 2'),
    },
  );

describe('taking a listing', () => {
  it.each(['continue', 'relist'] as const)('stores the token of an attempt where the work is %s', async (work) => {
    await stores(work);
    const { connector, namespace } = await take('attempt 1');
    expect([connector._key, namespace?.work, (await stored())?.['attempt']]).toEqual([CONNECTOR, work, 'attempt 1']);
  });

  it.each(['continue', 'relist'] as const)(
    'continues at the cursor of its delegate where the work is %s',
    async (work) => {
      await stores(work);
      const before = await stored();
      expect((await take('attempt 1')).begun).toEqual({ cursor: 'cursor 1', isEmpty: true, hasDeadLetters: false });
      expect(await cursors()).toEqual(['cursor 1']);
      expect(await stored()).toMatchObject({ work, mark: before?.['mark'] });
    },
  );

  it.each([
    ['for a cursor of another member', 'continue', { delegate: 'dbmid:b' }],
    ['where it has to be listed from the start', 'relist', { mark: null }],
  ] as const)('starts a new generation and forgets the cursor %s', async (_where, work, more) => {
    await stores(work, more);
    expect((await take('attempt 1')).begun).toMatchObject({ cursor: null, isEmpty: true });
    expect(await cursors()).toEqual([]);
    expect(await stored()).toMatchObject({ work: 'relist', mark: 'generation 3', attempt: 'attempt 1' });
  });

  it('leaves the cursor of an admin as it is: only Dropbox says who that is', async () => {
    await stores('continue', { delegate: 'admin' });
    expect((await take('attempt 1')).begun).toBeNull();
    expect(await cursors()).toEqual(['cursor 1']);
    expect(await stored()).toMatchObject({ work: 'continue', mark: null, attempt: 'attempt 1' });
  });

  it.each([
    ['that is up to date', 'none', 'dbmid:a'],
    ['without a delegate', 'continue', null],
  ] as const)('writes nothing for a namespace %s', async (_which, work, delegate) => {
    await stores(work, { delegate });
    const before = await stored();
    expect((await take('attempt 1')).namespace?.work).toBe(work);
    expect(await stored()).toEqual(before);
    expect(await cursors()).toEqual(['cursor 1']);
  });

  it('is refused, and writes nothing, once a later run has begun', async () => {
    await stores('continue');
    await beginRun(arango.db, 'run-2');
    const before = await stored();
    await expect(take('attempt 1')).rejects.toMatchObject({ type: 'RunSuperseded' });
    expect(await stored()).toEqual(before);
  });
});

describe('beginning a listing', () => {
  it('continues at a cursor that is bound to whom it is listed as, and writes nothing', async () => {
    await stores('continue');
    await take('attempt 1');
    const before = await stored();
    expect(await begin('attempt 1', 'dbmid:a')).toMatchObject({ cursor: 'cursor 1' });
    expect([await cursors(), await stored()]).toEqual([['cursor 1'], before]);
  });

  it.each([
    ['a cursor of another member', 'dbmid:b'],
    ['a listing that may not continue', null],
  ])('starts a new generation and forgets the cursor for %s', async (_what, cursorOwner) => {
    await stores('continue');
    await take('attempt 1');
    expect(await begin('attempt 1', cursorOwner)).toMatchObject({ cursor: null, isEmpty: true });
    expect(await cursors()).toEqual([]);
    expect(await stored()).toMatchObject({ work: 'relist', mark: 'generation 2', attempt: 'attempt 1' });
  });

  it('is refused, and writes nothing, once another attempt has taken the listing', async () => {
    await stores('relist');
    await take('attempt 1');
    await take('attempt 2');
    const before = await stored();
    await expect(begin('attempt 1', null)).rejects.toMatchObject({ type: 'GraphConflict' });
    expect([await cursors(), await stored()]).toEqual([['cursor 1'], before]);
  });
});
