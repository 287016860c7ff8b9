import { patchNamespaces } from '../../../src/graph/state/namespaces';
import type { NamespaceKind } from '../../../src/sync/syncDocuments';
import { context, user } from '../../graph/fixture';
import { useDatabase } from '../../support/database';
import { file, folder } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';
import { whoCanRead } from '../teamScript';

const arango = useDatabase();

/** The folder of `a`, which is listed, and namespace 2, which `b` can read. `contained`: item ids that 2 contains. */
async function twoNamespaces(kind: NamespaceKind, contained: string[] = []) {
  const own = { kind: 'personal' as const, ownerMemberId: 'dbmid:a', principals: [user('a', 'OWNER')] };
  await connectorWith(arango.db, {}, [
    listed('1', own),
    listed('2', { kind, principals: [user('b')], delegate: 'dbmid:b' }),
  ]);
  const questions: string[] = [];
  const script: Script = { pages: { '': page([file('/salary')], 'c1') }, asked: [], isUnnamed: true };
  script.actor = () => ({
    contains: (namespaceId: string, id: string) => {
      questions.push(id);
      return Promise.resolve(namespaceId === '2' && contained.includes(id));
    },
  });
  const { syncNamespace } = scripted(arango.db, script);
  expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
  return { script, questions, sync: () => attempt(syncNamespace, ofNamespace('2')) };
}

const inside = { sharing_info: { read_only: false, parent_shared_folder_id: '2' } };
const salary = file('/salary');
const ofB = async (): Promise<string[]> => (await whoCanRead(arango.db)).filter((line) => line.startsWith('b '));

it.each<[NamespaceKind, string]>([
  ['shared_folder', 'from the start'],
  ['team_folder', 'from the start'],
  ['personal', 'from the start'],
  ['personal', 'at a cursor'],
])(
  'a listing of a personal folder that is served for a %s, which is listed %s, is a failed read',
  async (kind, from) => {
    const { script, sync } = await twoNamespaces(kind);
    if (from === 'at a cursor') {
      script.pages = { '': page([file('/mine')], 'd1') };
      await sync();
      await patchNamespaces(arango.graph, context(), [{ namespaceId: '2', work: 'continue', mark: null }]);
    }
    script.pages = { '': page([salary], 'd1'), d1: page([salary], 'd2') };
    await expect(sync()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
    expect(await ofB()).toEqual(['b READER Folder 2']);
    const moved = await arango.db.query('FOR r IN records FILTER r.recordName == "salary" RETURN r.externalGroupId');
    expect(await moved.all()).toEqual(['1']);
  },
);

it('what names its shared folder is believed without a question', async () => {
  const { script, questions, sync } = await twoNamespaces('shared_folder');
  script.pages = { '': page([folder('/plans', inside), file('/plans/budget', inside)], 'd1') };
  expect(await sync()).toMatchObject({ done: true, added: 2 });
  expect(questions).toEqual([]);
});

it('a page that names no shared folder is believed where Dropbox finds one of its items there', async () => {
  const { script, questions, sync } = await twoNamespaces('shared_folder', ['id:/other']);
  script.pages = { '': page([salary, file('/other'), file('/third')], 'd1') };
  expect(await sync()).toMatchObject({ done: true });
  expect(questions).toEqual([salary.id, 'id:/other']);
});
