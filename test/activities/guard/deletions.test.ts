import { MockActivityEnvironment } from '@temporalio/testing';
import { Connectors } from '../../../src/client/connectors';
import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import { readTeam } from '../../../src/graph/access/team';
import { updateConnector } from '../../../src/graph/state/connectors';
import { answerHeld, patchNamespaces, putNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import type { SyncFilters } from '../../../src/sync/connectorDocument';
import { RECEIVED_NAMESPACE_ID, receivedNamespace } from '../../../src/sync/receivedFiles';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { deleted, file, folder } from '../../support/entries';
import { attempt, beginRun, connectorWith, listed, ofNamespace, page, RUN, scripted, type Script } from '../fixture';

const arango = useDatabase();
const brake = { share: 0.2, items: 10 };

const files = (count: number, folderPath = '') =>
  Array.from({ length: count }, (_, at) => file(`${folderPath}/f${String(at).padStart(4, '0')}`));
const stored = (id = '1') => readNamespace(arango.graph, CONNECTOR, id);
const left = async (namespaceId = '1'): Promise<number> =>
  (await all(arango.db, 'dropboxEntries')).filter((entry) => entry.namespaceId === namespaceId).length;
const patch = (work: 'relist' | 'continue' | 'remove', id = '1') =>
  patchNamespaces(arango.graph, context(), [{ namespaceId: id, work, mark: null }]);
const answer = (decision: 'approved' | 'rejected') => answerHeld(arango.graph, context(), decision);

/** The activities over these pages, with the namespace listed to its end. */
async function listedWith(entries: Parameters<typeof page>[0], more: Parameters<typeof connectorWith>[1] = {}) {
  await connectorWith(arango.db, { batchSize: 100, brake, ...more });
  const script: Script = { pages: { '': page(entries, 'c1') }, asked: [] };
  const activities = scripted(arango.db, script);
  expect(await attempt(activities.syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
  return { script, ...activities };
}

describe('deletions on the pages of a listing from the start', () => {
  it('are held, though they were seen in this listing', async () => {
    const { script, syncNamespace } = await listedWith([folder('/a'), ...files(200, '/a'), ...files(20)]);
    await patch('relist');
    script.pages = {
      '': page([folder('/a'), ...files(200, '/a')], 'd1', true),
      d1: page([...files(20), deleted('/a')], 'd2'),
    };
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 201, total: 221 });
    expect(await left()).toBe(221);
  });

  it('are held, also when its sweep was rejected and it continues in a later run', async () => {
    const { script, syncNamespace } = await listedWith([folder('/a'), ...files(200, '/a'), ...files(20)]);
    await patch('relist');
    script.pages = { '': page(files(20), 'd1') };
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 201 });
    await answer('rejected');
    script.pages = { d1: page([deleted('/a')], 'd2') };
    await beginRun(arango.db, 'run-2');
    const second = await attempt(syncNamespace, ofNamespace('1', 'run-2'));
    expect(second.held).toMatchObject({ deletes: 201, answer: 'rejected' });
    expect(await left()).toBe(221);
  });

  it('count for its sweep', async () => {
    const { script, syncNamespace } = await listedWith(files(40));
    await patch('relist');
    const kept = files(40).slice(16);
    script.pages = { '': page([...kept, ...files(8).map(({ path_lower = '' }) => deleted(path_lower))], 'd1') };
    // Eight of forty were deleted on the page, and eight more were not seen.
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 8 });
    expect(await left()).toBe(32);
  });
});

describe('deletions that a listing continues with', () => {
  it('are held, also of a folder that is not stored itself', async () => {
    const { script, syncNamespace } = await listedWith([...files(200, '/a'), ...files(20)]);
    await patch('continue');
    script.pages = { c1: page([deleted('/a')], 'c2') };
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 200, total: 220 });
    expect(await left()).toBe(220);
  });

  it.each([
    ['on the same page', 1],
    ['on a later page', 2],
  ])('are held, also of a folder that moves first and is deleted %s', async (_case, pageCount) => {
    const { script, syncNamespace } = await listedWith([folder('/a'), ...files(200, '/a'), ...files(20)]);
    await patch('continue');
    const moved = files(200, '/b').map((entry, at) => ({ ...entry, id: `id:${files(200, '/a')[at]?.path_lower}` }));
    const first = [deleted('/a'), folder('/b', { id: 'id:/a' }), ...moved];
    script.pages =
      pageCount === 1
        ? { c1: page([...first, deleted('/b')], 'c2') }
        : { c1: page(first, 'c2', true), c2: page([deleted('/b')], 'c3') };
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 201, total: 221 });
    expect(await left()).toBe(221);
  });
});

describe('a backlog with a deletion on each page', () => {
  const PAGES = 60;

  it('is read ahead once, however slow Dropbox is', async () => {
    const { script, syncNamespace } = await listedWith(files(PAGES * 2), { brake: { share: 0.2, items: 100 } });
    await patch('continue');
    let time = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => time);
    script.pages = {};
    for (let at = 0; at < PAGES; at += 1) {
      script.pages[`c${at + 1}`] = () => {
        time += 1_500;
        const entries = [deleted(`/f${String(at).padStart(4, '0')}`), file(`/new${at}`)];
        return page(entries, `c${at + 2}`, at < PAGES - 1);
      };
    }
    script.asked = [];
    try {
      for (let done = false; !done;) ({ done } = await attempt(syncNamespace, ofNamespace('1')));
    } finally {
      clock.mockRestore();
    }
    expect(script.asked.length).toBeGreaterThanOrEqual(PAGES);
    expect(script.asked.length).toBeLessThanOrEqual(2 * PAGES);
    expect(await left()).toBe(PAGES * 2);
    expect(await stored()).toMatchObject({ work: 'none', allowed: null });
  });

  it('is judged again where other pages come than those that were read ahead', async () => {
    const { script, syncNamespace } = await listedWith(files(100));
    await patch('continue');
    script.pages = { c1: page([deleted('/f0000')], 'c2', true), c2: page([deleted('/f0001')], 'c3', true) };
    // The page at c3 has other deletions when it is read for the second time.
    let reads = 0;
    script.pages.c3 = () => {
      reads += 1;
      return reads === 1
        ? page([deleted('/f0002')], 'c4')
        : page(
            files(60).map(({ path_lower = '' }) => deleted(path_lower)),
            'c5',
          );
    };
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 58 });
    expect(await left()).toBe(98);
  });
});

describe('a backlog of more pages than are read ahead', () => {
  /** Deletions on the first page, then pages of which the last one that is read ahead is not the last. */
  const backlog = (deletions: number): Script['pages'] => ({
    c1: page(
      files(deletions).map(({ path_lower: path }) => deleted(path)),
      'p1',
      true,
    ),
    ...Object.fromEntries(
      Array.from({ length: 110 }, (_, at) => [`p${at + 1}`, page([file(`/new${at}`)], `p${at + 2}`, at < 109)]),
    ),
  });

  it.each([
    ['passes with what passes in any case', 10, undefined],
    ['is held with more, since no one knows how much is deleted in the end', 11, { deletes: 11, total: 100 }],
  ])('%s', async (_case, deletions, held) => {
    const { script, syncNamespace } = await listedWith(files(100));
    await patch('continue');
    script.pages = backlog(deletions);
    const result = await attempt(syncNamespace, ofNamespace('1'));
    if (held) expect(result.held).toMatchObject(held);
    else expect(result).toMatchObject({ done: true });
    expect(await left()).toBe(held ? 100 : 200);
  });
});

describe('an approval', () => {
  it('is for what was shown, and for nothing more', async () => {
    const { script, syncNamespace } = await listedWith([
      folder('/a'),
      ...files(30, '/a'),
      folder('/b'),
      ...files(70, '/b'),
    ]);
    await patch('continue');
    script.pages = { c1: page([deleted('/a')], 'c2') };
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 31 });
    await answer('approved');
    script.pages = { c1: page([deleted('/a'), deleted('/b')], 'c2') };
    await beginRun(arango.db, 'run-2');
    const grown = await attempt(syncNamespace, ofNamespace('1', 'run-2'));
    expect(grown.held).toMatchObject({ deletes: 102 });
    expect(grown.held).not.toHaveProperty('answer');
    expect(await left()).toBe(102);
    await answer('approved');
    await beginRun(arango.db, 'run-3');
    expect(await attempt(syncNamespace, ofNamespace('1', 'run-3'))).toMatchObject({ done: true });
    expect(await left()).toBe(0);
    expect(await stored()).toMatchObject({ held: null, allowed: null });
  });

  it('of a sweep is not used up by a small deletion before it', async () => {
    const { script, syncNamespace } = await listedWith(files(60));
    await patch('relist');
    script.pages = { '': page(files(20), 'd1') };
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 40 });
    await answer('approved');
    script.pages = { d1: page([deleted('/f0000')], 'd2') };
    await beginRun(arango.db, 'run-2');
    expect(await attempt(syncNamespace, ofNamespace('1', 'run-2'))).toMatchObject({ done: true });
    expect(await left()).toBe(19);
  });

  it('that is given while the namespace is written stays', async () => {
    await listedWith(files(1));
    const held = { deletes: 50, revokes: 0, total: 60, samples: [], since: 1, runId: 'run-1', forConnector: false };
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', held }]);
    const read = await stored();
    if (!read) throw new Error('the namespace is not stored');
    await answer('approved');
    await writeRecordGroups(
      arango.graph,
      context(),
      [{ ...read, name: 'New' }],
      await readTeam(arango.graph, CONNECTOR),
    );
    expect(await stored()).toMatchObject({ name: 'New', held: { answer: { decision: 'approved', deletes: 50 } } });
  });
});

describe('a namespace that leaves', () => {
  const namespaces = ['1', '2', '3', '4'].map((id) => listed(id));

  async function listedAll(count: number) {
    await connectorWith(arango.db, { batchSize: 100, brake }, namespaces);
    const script: Script = { pages: {}, asked: [] };
    const activities = scripted(arango.db, script);
    for (const { namespaceId } of namespaces) {
      const entries = files(count).map((entry) => ({ ...entry, id: `id:${namespaceId}${entry.name}` }));
      script.pages = { '': page(entries, 'c1') };
      await attempt(activities.syncNamespace, ofNamespace(namespaceId));
    }
    return activities;
  }

  it('is removed when Dropbox says that it is gone, up to half of the connector', async () => {
    const { removeNamespace, nextRemovals } = await listedAll(20);
    for (const id of ['1', '2', '3']) await patch('remove', id);
    for (const id of ['1', '2']) {
      expect(await attempt(removeNamespace, ofNamespace(id))).toMatchObject({ done: true, deleted: 0 });
      expect(await left(id)).toBe(0);
    }
    expect(await attempt(removeNamespace, ofNamespace('3'))).toEqual({
      done: true,
      held: { namespaceId: '3', deletes: 20, revokes: 0, total: 20 },
    });
    expect(await left('3')).toBe(20);
    // The next run comes back to it.
    await beginRun(arango.db, 'run-2');
    expect(await attempt(nextRemovals, { ...ofNamespace('3', 'run-2'), after: '' })).toEqual(['3']);
    await answer('approved');
    expect((await attempt(removeNamespace, ofNamespace('3', 'run-2'))).held).toBeUndefined();
    expect(await stored('3')).toBeNull();
  });

  it('is held beyond the limits when it is only that no one sees it', async () => {
    const { removeNamespace } = await listedAll(20);
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'remove', unseenBy: 'everyone' }]);
    expect((await attempt(removeNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 20 });
    expect(await left('1')).toBe(20);
  });

  it('is removed to its end when its removal was interrupted', async () => {
    const { removeNamespace } = await listedAll(20);
    await patch('remove', '1');
    const environment = new MockActivityEnvironment();
    environment.on('heartbeat', () => environment.cancel());
    await environment.run(removeNamespace, ofNamespace('1')).catch(() => undefined);
    expect((await attempt(removeNamespace, ofNamespace('1'))).held).toBeUndefined();
    expect(await stored('1')).toBeNull();
  });
});

describe('many small folders', () => {
  it('are counted together, and what is held for that stays held in later runs', async () => {
    const ids = Array.from({ length: 10 }, (_, at) => String(at + 1));
    await connectorWith(
      arango.db,
      { batchSize: 100, brake },
      ids.map((id) => listed(id)),
    );
    const script: Script = { pages: {}, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    const deletions = page(
      files(6).map(({ path_lower = '' }) => deleted(path_lower)),
      'c2',
    );
    for (const id of ids) {
      const entries = files(10).map((entry) => ({ ...entry, id: `id:${id}${entry.name}` }));
      script.pages = { '': page(entries, 'c1') };
      await attempt(syncNamespace, ofNamespace(id));
      await patch('continue', id);
    }
    script.pages = { c1: deletions };
    const results = [];
    for (const id of ids) results.push(await attempt(syncNamespace, ofNamespace(id)));
    // Twenty of the hundred may go: three folders with six deletions each.
    expect(results.map(({ held }) => held === undefined)).toEqual([true, true, true, ...Array<boolean>(7).fill(false)]);
    await beginRun(arango.db, 'run-2');
    expect((await attempt(syncNamespace, ofNamespace('4', 'run-2'))).held).toMatchObject({ deletes: 6 });
    expect(await left('4')).toBe(10);
    await answer('approved');
    for (const id of ids.slice(3)) {
      await beginRun(arango.db, 'run-3');
      expect(await attempt(syncNamespace, ofNamespace(id, 'run-3'))).toMatchObject({ done: true });
    }
    expect(await all(arango.db, 'dropboxEntries')).toHaveLength(40);
  });
});

describe('changed filters', () => {
  const onlyPdf = { extensions: { operator: 'in' as const, values: ['pdf'] } };
  const entries = [...files(30), ...Array.from({ length: 30 }, (_, at) => file(`/p${at}.pdf`))];
  const records = async (): Promise<number> =>
    (await all(arango.db, 'dropboxEntries')).filter(({ recordKey }) => recordKey !== null).length;

  /** The filters of the run that begins next. */
  const setFilters = async (filters: SyncFilters, runId = RUN): Promise<void> => {
    await updateConnector(arango.graph, CONNECTOR, { filters });
    await beginRun(arango.db, runId);
  };

  let time = 5;
  const configure = (filters: SyncFilters) =>
    new Connectors({ graph: arango.graph, now: () => (time += 1) } as never).setSettings(CONNECTOR, { filters });

  it('that exclude too much are held, and the former ones stay in force until that is approved', async () => {
    const { applyFilters, syncNamespace, script } = await listedWith(entries);
    await setFilters(onlyPdf);
    expect(await attempt(applyFilters, ofNamespace('1'))).toMatchObject({ held: [{ deletes: 30, total: 60 }] });
    expect(await records()).toBe(60);
    await patch('relist');
    expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
    expect(await records()).toBe(60);
    await answer('approved');
    await beginRun(arango.db, 'run-2');
    expect(await attempt(applyFilters, ofNamespace('1', 'run-2'))).toMatchObject({ held: [] });
    expect(await records()).toBe(30);
    expect(await stored()).toMatchObject({ heldFilters: null });
    await patch('relist');
    script.pages = { '': page(entries, 'c1') };
    await attempt(syncNamespace, ofNamespace('1', 'run-2'));
    expect(await records()).toBe(30);
  });

  it('while a run is under way are those of the next one, which asks about what they exclude', async () => {
    const { applyFilters, syncNamespace } = await listedWith(entries);
    await configure(onlyPdf);
    await patch('relist');
    expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
    expect(await records()).toBe(60);
    await beginRun(arango.db, 'run-2');
    const second = await attempt(applyFilters, ofNamespace('1', 'run-2'));
    expect(second).toMatchObject({ held: [{ deletes: 30, total: 60 }] });
    // Other filters end what is held of those of the run.
    await configure({});
    await configure(onlyPdf);
    await patch('relist');
    await attempt(syncNamespace, ofNamespace('1', 'run-2'));
    expect(await records()).toBe(60);
  });

  it('are held still when they are set again', async () => {
    const { applyFilters } = await listedWith(entries);
    await setFilters(onlyPdf);
    await attempt(applyFilters, ofNamespace('1'));
    await configure(onlyPdf);
    expect(await stored()).toMatchObject({ heldFilters: { deletes: 30 } });
  });

  it('have received files read again, and never listed', async () => {
    const { applyFilters } = await listedWith(files(1));
    await putNamespaces(arango.graph, [{ ...receivedNamespace(context()), membersReadAt: 5 }]);
    const [entry] = await all(arango.db, 'dropboxEntries');
    const received = {
      ...entry,
      _key: 'received-1',
      _id: undefined,
      namespaceId: RECEIVED_NAMESPACE_ID,
      recordKey: null,
    };
    await arango.db.collection('dropboxEntries').save(received);
    await setFilters({ manualIndexing: true });
    await attempt(applyFilters, ofNamespace('1'));
    expect(await stored(RECEIVED_NAMESPACE_ID)).toMatchObject({ work: 'none', membersReadAt: 0 });
  });
});
