import { failure } from '../../../src/failures';
import { patchNamespaces } from '../../../src/graph/state/namespaces';
import type { NamespaceKind } from '../../../src/sync/syncDocuments';
import { context, user } from '../../graph/fixture';
import { useDatabase } from '../../support/database';
import { deleted, file, folder } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';
import { whoCanRead } from '../teamScript';

const arango = useDatabase();

/**
 * The folder of `a`, which is listed, and namespace 2, which `b` can read. `contained`: item ids that 2 contains. What
 * `a` has is in `salary` alone.
 */
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
      return Promise.resolve((namespaceId === '1' ? [salary.id] : contained).includes(id));
    },
  });
  const { syncNamespace } = scripted(arango.db, script);
  expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
  questions.length = 0;
  return { script, questions, sync: (number = 1) => attempt(syncNamespace, ofNamespace('2'), undefined, number) };
}

const inside = { sharing_info: { read_only: false, parent_shared_folder_id: '2' } };
const salary = file('/salary');
const mine = file('/mine');
const ofB = async (): Promise<string[]> => (await whoCanRead(arango.db)).filter((line) => line.startsWith('b '));

async function recordsOf(namespaceId: string): Promise<string[]> {
  const names = 'FOR r IN records FILTER r.externalGroupId == @namespaceId SORT r.recordName RETURN r.recordName';
  return (await arango.db.query<string>(names, { namespaceId })).all();
}

async function pathsOf(namespaceId: string): Promise<string[]> {
  const paths = 'FOR e IN dropboxEntries FILTER e.namespaceId == @namespaceId SORT e.path RETURN e.path';
  return (await arango.db.query<string>(paths, { namespaceId })).all();
}

it.each<[NamespaceKind, string]>([
  ['shared_folder', 'from the start'],
  ['team_folder', 'from the start'],
  ['personal', 'from the start'],
  ['personal', 'at a cursor'],
])(
  'a listing of a personal folder that is served for a %s, which is listed %s, is a failed read',
  async (kind, from) => {
    const { script, sync } = await twoNamespaces(kind, [mine.id]);
    if (from === 'at a cursor') {
      script.pages = { '': page([mine], 'd1') };
      await sync();
      await patchNamespaces(arango.graph, context(), [{ namespaceId: '2', work: 'continue', mark: null }]);
    }
    script.pages = { '': page([salary], 'd1'), d1: page([salary], 'd2') };
    await expect(sync()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
    expect(await ofB()).toEqual(['b READER Folder 2']);
    expect(await recordsOf('1')).toEqual(['salary']);
  },
);

it('a first listing does not believe a page of a folder whose items are not stored yet', async () => {
  const { script, sync } = await twoNamespaces('personal');
  script.pages = { '': page([file('/not-stored-yet')], 'd1') };
  await expect(sync()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
  expect(await recordsOf('2')).toEqual([]);
});

it('a cursor of another namespace is given up: when its pages come again, the namespace is listed from the start', async () => {
  const { script, sync } = await twoNamespaces('personal', [mine.id]);
  script.pages = { '': page([mine], 'of 1') };
  await sync();
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '2', work: 'continue', mark: null }]);
  script.pages = { 'of 1': page([file('/new')], 'of 1 too') };
  await expect(sync()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
  expect(await sync(2)).toMatchObject({ done: false, restarted: true });
  script.pages = { '': page([mine, salary], 'd1') };
  expect(await sync()).toMatchObject({ done: true });
  expect(await recordsOf('2')).toEqual(['mine', 'salary']);
});

it('deletions of another folder, at a path that both have, delete nothing', async () => {
  const { script, sync } = await twoNamespaces('personal', [mine.id]);
  script.pages = { '': page([mine], 'd1'), d1: page([deleted('/mine')], 'of 1') };
  await sync();
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '2', work: 'continue', mark: null }]);
  const itemIn = jest.fn().mockResolvedValueOnce(mine).mockResolvedValueOnce(null);
  const actor = script.actor;
  script.actor = (name) => ({ ...actor?.(name), itemIn });
  await expect(sync()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
  expect(await pathsOf('2')).toEqual(['/mine']);
  // Dropbox now says that it is gone.
  expect(await sync()).toMatchObject({ done: true });
  expect(await pathsOf('2')).toEqual([]);
});

it('a page whose items all name another shared folder is a failed read, unless that one is nested here', async () => {
  const { script, sync } = await twoNamespaces('shared_folder');
  const actor = script.actor;
  const reaches = jest.fn().mockResolvedValueOnce(false).mockResolvedValueOnce(true);
  script.actor = (name) => ({ ...actor?.(name), reaches });
  const elsewhere = { sharing_info: { read_only: false, parent_shared_folder_id: '3' } };
  script.pages = { '': page([file('/theirs', elsewhere)], 'of 3') };
  await expect(sync()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
  expect(await sync()).toMatchObject({ done: true, added: 0 });
});

it('a mount of another member, at a path that both have, removes nothing', async () => {
  const { script, sync } = await twoNamespaces('personal', ['id:/plans']);
  script.pages = {
    '': page([folder('/plans')], 'd1'),
    d1: page([folder('/plans', { shared_folder_id: '3' })], 'of 1'),
  };
  await sync();
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '2', work: 'continue', mark: null }]);
  const actor = script.actor;
  script.actor = (name) => ({ ...actor?.(name), itemIn: () => Promise.resolve(folder('/plans')) });
  await expect(sync()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
  expect(await pathsOf('2')).toEqual(['/plans']);
});

it('a page is believed where Dropbox refuses to describe its item', async () => {
  const { script, sync } = await twoNamespaces('personal');
  const refused = failure('AccessDenied', 'restricted', { details: { reason: 'path/restricted_content' } });
  script.actor = () => ({ contains: () => Promise.reject(refused) });
  script.pages = { '': page([mine], 'd1') };
  expect(await sync()).toMatchObject({ done: true, added: 1 });
});

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
