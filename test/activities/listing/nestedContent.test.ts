import { patchNamespaces } from '../../../src/graph/state/namespaces';
import { MAX_IDLE_PAGES } from '../../../src/sync/listProgress';
import { context, user } from '../../graph/fixture';
import { all, useDatabase } from '../../support/database';
import { file, folder } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';

const arango = useDatabase();
const isIn = (namespaceId: string) => ({ sharing_info: { read_only: false, parent_shared_folder_id: namespaceId } });
const mount = folder('/secret', {
  id: 'id:root',
  sharing_info: { read_only: false, parent_shared_folder_id: '1', shared_folder_id: '2' },
});
const records = async (): Promise<string[]> =>
  (await all(arango.db, 'records')).map(({ recordName, externalGroupId }) => `${recordName} of ${externalGroupId}`);

/** Folder 1, and folder 2 that is nested in it and that fewer members can read. */
async function nested(pages: Script['pages']) {
  await connectorWith(arango.db, {}, [
    listed('1'),
    listed('2', { principals: [user('b')], delegate: 'dbmid:b', parentNamespaceId: '1', inheritsAccess: false }),
  ]);
  const script: Script = { pages, asked: [] };
  const { syncNamespace } = scripted(arango.db, script);
  return { script, sync: (id: string) => attempt(syncNamespace, ofNamespace(id)) };
}

describe('what a listing shows of a nested folder, although it is to leave out mounted folders', () => {
  it('is not governed by the members of the folder around it', async () => {
    const { sync } = await nested({
      '': page(
        [file('/open', isIn('1')), mount, folder('/secret/deep', isIn('2')), file('/secret/x', isIn('2'))],
        'c1',
      ),
    });
    expect(await sync('1')).toMatchObject({ done: true, added: 1 });
    expect(await records()).toEqual(['open of 1']);
    expect((await all(arango.db, 'dropboxEntries')).map(({ path, kind }) => `${path} ${kind}`).sort()).toEqual([
      '/open file',
      '/secret mount',
    ]);
  });

  it('takes away what was there before it became a folder of its own', async () => {
    const { script, sync } = await nested({
      '': page([folder('/secret', isIn('1')), file('/secret/x', isIn('1'))], 'c1'),
    });
    await sync('1');
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue', mark: null }]);
    script.pages = {
      c1: page([file('/secret/x', isIn('2'))], 'c2'),
      '': page([file('/x', { id: 'id:/secret/x' })], 'd1'),
    };
    expect(await sync('1')).toMatchObject({ done: true, deadLetters: 0 });
    expect((await all(arango.db, 'inheritPermissions')).map(({ _from }) => _from)).toHaveLength(1);
    await sync('2');
    expect(await records()).toEqual(expect.arrayContaining(['x of 2']));
  });

  it('is progress of the listing, however much of it there is', async () => {
    const pages: Script['pages'] = {};
    const last = MAX_IDLE_PAGES + 5;
    for (let at = 0; at <= last; at += 1)
      pages[at === 0 ? '' : `c${at}`] = page([file(`/secret/x${at}`, isIn('2'))], `c${at + 1}`, at < last);
    const { sync } = await nested(pages);
    expect(await sync('1')).toMatchObject({ done: true, added: 0 });
  });
});
