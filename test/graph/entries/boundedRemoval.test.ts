import { cleanupStep } from '../../../src/graph/entries/cleanup';
import { purgeOrphans } from '../../../src/graph/entries/orphans';
import { releaseOrphans } from '../../../src/graph/entries/releaseOrphans';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { putRecord } from '../fixture';
import { repair } from '../repair';

const arango = useDatabase();

/** Edges, a few MB. The server's limit is 128 MB. */
const PER_TRANSACTION = 5000;
/** More edges than two transactions may remove. */
const EDGES = 2 * PER_TRANSACTION + 10;
const times = { createdAtTimestamp: 1, updatedAtTimestamp: 1 };

const putRecordGroup = (): Promise<unknown> =>
  arango.db.collection('recordGroups').save({
    _key: 'former',
    groupName: 'Former',
    groupType: 'DRIVE',
    connectorName: 'DROPBOX',
    connectorId: CONNECTOR,
    externalGroupId: '9',
    ...times,
  });

/** Edges to a record group or, with `from`, of a vertex. */
async function putEdges(collection: string, edge: (at: number) => { _from: string; _to: string }): Promise<void> {
  const edges = Array.from({ length: EDGES }, (_, at) => ({ ...edge(at), ...times }));
  await arango.db.collection(collection).saveAll(edges);
}

const inherited = (at: number) => ({ _from: `records/${at}`, _to: 'recordGroups/former' });
const count = async (collection: string): Promise<number> => (await arango.db.collection(collection).count()).count;

/** Runs `work`, which stops at its second transaction, then again. */
async function afterCrash(work: () => Promise<unknown>): Promise<void> {
  const { beginTransaction } = arango.db;
  let begun = 0;
  const begin = jest.spyOn(arango.db, 'beginTransaction').mockImplementation((...given) => {
    begun += 1;
    if (begun === 3) throw new Error('the process is gone');
    return beginTransaction.apply(arango.db, given);
  });
  await expect(work()).rejects.toThrow('the process is gone');
  begin.mockRestore();
  await work();
}

describe('a transaction removes a bounded number of edges, and after a crash the rest goes', () => {
  it('of a record group that another program has written', async () => {
    await putRecordGroup();
    await putEdges('inheritPermissions', inherited);
    const input = { connectorId: CONNECTOR, runId: 'run-1', batchSize: 100, now: () => 1, onBatch: () => undefined };
    await afterCrash(() => releaseOrphans(arango.graph, input));
    expect(await all(arango.db, 'recordGroups')).toEqual([]);
    expect(await count('inheritPermissions')).toBe(0);
  });

  it('of a record group that verify found to stand for nothing', async () => {
    await putRecordGroup();
    await putEdges('inheritPermissions', inherited);
    await afterCrash(() => repair(arango.graph, { orphanRecordGroups: new Set(['former']) }));
    expect(await all(arango.db, 'recordGroups')).toEqual([]);
    expect(await count('inheritPermissions')).toBe(0);
  });

  it('that verify found to be surplus', async () => {
    await putEdges('inheritPermissions', inherited);
    const keys = (await all(arango.db, 'inheritPermissions')).map(({ _key }) => _key as string);
    await afterCrash(() => repair(arango.graph, { surplusEdges: new Map([['inheritPermissions', new Set(keys)]]) }));
    expect(await count('inheritPermissions')).toBe(0);
  });

  it('of a folder that is purged', async () => {
    await putRecord(arango.db, 'folder', null);
    await arango.db
      .collection('dropboxDetached')
      .save({ _key: 'folder', connectorId: CONNECTOR, namespaceId: '1', runId: 'r', detachedAt: 1 });
    await putEdges('recordRelations', (at) => ({ _from: 'records/folder', _to: `records/${at}` }));
    const step = () => purgeOrphans(arango.graph, CONNECTOR, { before: 9, limit: 10, now: 9 });
    expect(await step()).toEqual({ deleted: 0, done: false });
    expect(await count('recordRelations')).toBeGreaterThanOrEqual(EDGES - PER_TRANSACTION);
    expect(await all(arango.db, 'dropboxOutbox')).toEqual([]);
    let deleted = 0;
    for (let done = false; !done;) {
      const next = await step();
      deleted += next.deleted;
      ({ done } = next);
    }
    expect(deleted).toBe(1);
    expect(await count('recordRelations')).toBe(0);
    expect(await all(arango.db, 'dropboxDetached')).toEqual([]);
  });

  it('of a connector that is removed', async () => {
    await putRecord(arango.db, 'folder', null, CONNECTOR, { virtualRecordId: 'v' });
    await putRecordGroup();
    await putEdges('recordRelations', (at) => ({ _from: 'records/folder', _to: `records/${at}` }));
    await putEdges('permission', (at) => ({ _from: `users/${at}`, _to: 'recordGroups/former' }));
    const removed: number[] = [];
    for (let done = false; !done;) {
      const step = await cleanupStep(arango.graph, CONNECTOR, 10, 9);
      removed.push(step.removed);
      ({ done } = step);
    }
    expect(Math.max(...removed)).toBeLessThanOrEqual(PER_TRANSACTION + 10);
    for (const collection of ['records', 'recordGroups', 'recordRelations', 'permission']) {
      expect([collection, await count(collection)]).toEqual([collection, 0]);
    }
    expect(await all(arango.db, 'dropboxOutbox')).toHaveLength(1);
  });
});
