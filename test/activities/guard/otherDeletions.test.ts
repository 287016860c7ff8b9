import { answerHeld, patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { deleted, file, folder } from '../../support/entries';
import { attempt, beginRun, connectorWith, ofNamespace, page, scripted, type Script } from '../fixture';

const arango = useDatabase();
const files = (count: number, folderPath = '') =>
  Array.from({ length: count }, (_, at) => file(`${folderPath}/f${at}`));
const left = async (): Promise<number> => (await all(arango.db, 'dropboxEntries')).length;

/** A folder with 200 files and 20 files beside it, in a namespace that has something to read at the cursor c1. */
async function listedFolder(pages: Script['pages']) {
  await connectorWith(arango.db, { batchSize: 100, brake: { share: 0.2, items: 10 } });
  const script: Script = { pages: { '': page([folder('/a'), ...files(200, '/a'), ...files(20)], 'c1') }, asked: [] };
  const { syncNamespace } = scripted(arango.db, script);
  expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue', mark: null }]);
  script.pages = pages;
  return { script, syncNamespace };
}

const isLost = (): never => {
  throw new Error('the attempt is lost');
};

describe('deletions that the guard has let pass, and that are not committed yet', () => {
  it('let no others pass that come in their place, although their paths are no more', async () => {
    let reads = 0;
    const { syncNamespace } = await listedFolder({
      c1: page([deleted('/f0')], 'c2', true),
      c2: page([deleted('/f1')], 'c3', true),
      // When it is read for the second time, all of a folder was deleted.
      c3: () => page([deleted((reads += 1) === 1 ? '/f2' : '/a')], 'c4'),
    });
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 201, total: 219 });
    expect(await left()).toBe(219);
  });

  it('let no others pass in a later run', async () => {
    const { script, syncNamespace } = await listedFolder({
      c1: page([deleted('/f0'), file('/shared', { has_explicit_shared_members: true })], 'c2'),
    });
    script.fileMembers = isLost;
    await expect(attempt(syncNamespace, ofNamespace('1'))).rejects.toThrow('the attempt is lost');
    expect(await readNamespace(arango.graph, CONNECTOR, '1')).toMatchObject({ allowed: { deletes: 1 } });
    script.pages = { c1: page([deleted('/a')], 'c2') };
    await beginRun(arango.db, 'run-2');
    expect((await attempt(syncNamespace, ofNamespace('1', 'run-2'))).held).toMatchObject({ deletes: 201 });
    expect(await left()).toBe(221);
  });

  it('pass in a later run if they are the same, also those of an approval', async () => {
    const pages = { c1: page([deleted('/a'), file('/shared', { has_explicit_shared_members: true })], 'c2') };
    const { script, syncNamespace } = await listedFolder(pages);
    expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 201 });
    await answerHeld(arango.graph, context(), 'approved');
    script.fileMembers = isLost;
    await beginRun(arango.db, 'run-2');
    await expect(attempt(syncNamespace, ofNamespace('1', 'run-2'))).rejects.toThrow('the attempt is lost');
    delete script.fileMembers;
    await beginRun(arango.db, 'run-3');
    expect((await attempt(syncNamespace, ofNamespace('1', 'run-3'))).held).toBeUndefined();
    expect(await left()).toBe(21);
  });

  it('are read ahead once where a folder moves', async () => {
    const moved = files(200, '/a').map(({ id, name }) => file(`/b/${name}`, { id }));
    const { script, syncNamespace } = await listedFolder({
      c1: page([deleted('/a')], 'c2', true),
      c2: page([deleted('/f0')], 'c3', true),
      c3: page([folder('/b', { id: 'id:/a' }), ...moved], 'c4'),
    });
    expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
    expect(script.asked.filter((call) => call.endsWith(' c3'))).toHaveLength(2);
    expect(await left()).toBe(220);
  });
});

it('what lies below a path that a file takes counts as deleted, also where the folder itself is not stored', async () => {
  const { syncNamespace } = await listedFolder({ c1: page([file('/a', { id: 'id:file' })], 'c2') });
  const [entry] = (await all(arango.db, 'dropboxEntries')).filter(({ path }) => path === '/a');
  await arango.db.collection('dropboxEntries').remove(entry?._key ?? '');
  expect((await attempt(syncNamespace, ofNamespace('1'))).held).toMatchObject({ deletes: 200, total: 220 });
  expect(await left()).toBe(220);
});
