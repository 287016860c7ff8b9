import type { FolderPage, RefusedEntry } from '../../../src/dropbox';
import { patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, connectorWith, ofNamespace, page, RUN, scripted, type Script } from '../fixture';
import { listedUser, memberList } from '../teamScript';

const arango = useDatabase();
const names = async (): Promise<string[]> =>
  (await all(arango.db, 'records')).map(({ recordName }) => recordName).sort();
const letters = async (): Promise<string[]> =>
  (await all(arango.db, 'dropboxDeadLetters')).map(({ subject }) => subject as string).sort();

const refusing = (found: FolderPage, ...subjects: (string | null)[]): FolderPage => ({
  ...found,
  refused: subjects.map((subject): RefusedEntry => ({ subject, reason: 'Dropbox lists this file without a path' })),
});

/** A folder with the files a, b and c, that is up to date, and what it lists from now on. */
async function listed(work: 'continue' | 'relist', pages: Script['pages']) {
  await connectorWith(arango.db, {});
  const script: Script = { pages: { '': page([file('/a'), file('/b'), file('/c')], 'c1') }, asked: [] };
  const { syncNamespace, purgeOrphans } = scripted(arango.db, script);
  await attempt(syncNamespace, ofNamespace('1'));
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work, mark: null }]);
  script.pages = pages;
  const sync = async () => {
    const result = await attempt(syncNamespace, ofNamespace('1'));
    await attempt(purgeOrphans, { connectorId: CONNECTOR, runId: RUN, onlyOld: false });
    return result;
  };
  return { sync, script };
}

it('entries without a path are dead letters each, and the others of the page are stored', async () => {
  const more = refusing(page([file('/d')], 'c2'), 'id:/x', 'id:/y', 'id:/z');
  const { sync } = await listed('continue', { c1: more });
  expect(await sync()).toMatchObject({ done: true, added: 1, deadLetters: 3 });
  expect(await letters()).toEqual(['id:/x', 'id:/y', 'id:/z']);
  expect(await names()).toEqual(['a', 'b', 'c', 'd']);
});

it('what is stored of such an entry stays after a listing from the start', async () => {
  const { sync } = await listed('relist', { '': refusing(page([file('/a')], 'c2'), 'id:/b', '/c') });
  expect(await sync()).toMatchObject({ done: true, deadLetters: 2, deleted: 0 });
  expect(await names()).toEqual(['a', 'b', 'c']);
});

describe('an entry that could be anything', () => {
  it('after a cursor begins the listing from the start, where what is gone is not listed', async () => {
    const { sync } = await listed('continue', {
      c1: refusing(page([], 'c2'), null),
      '': page([file('/a'), file('/b')], 'c3'),
    });
    expect(await sync()).toMatchObject({ done: false, restarted: true });
    expect(await sync()).toMatchObject({ done: true });
    expect(await names()).toEqual(['a', 'b']);
  });

  it('in a listing from the start stops it, and nothing is taken for gone', async () => {
    const { sync } = await listed('relist', { '': refusing(page([file('/a')], 'c2'), null) });
    await expect(sync()).rejects.toMatchObject({ type: 'DropboxUnexpected' });
    expect(await names()).toEqual(['a', 'b', 'c']);
    expect(await readNamespace(arango.graph, CONNECTOR, '1')).toMatchObject({ work: 'relist' });
  });
});

it('an access level of a file that this version does not know grants nothing, and is counted', async () => {
  const shared = file('/d', { has_explicit_shared_members: true });
  const { sync, script } = await listed('continue', { c1: page([shared], 'c2') });
  script.fileMembers = (_actor, ids) =>
    new Map(ids.map((id) => [id, { members: memberList([listedUser('b', 'other')]) }]));
  expect(await sync()).toMatchObject({ done: true, added: 1, ungrantedLevels: 1 });
  const records = await all(arango.db, 'records');
  const targets = (await all(arango.db, 'permission')).map(({ _to }) => _to as string);
  expect(targets.filter((to) => records.some(({ _id }) => _id === to))).toEqual([]);
});

it('a file whose members could not be read is no dead letter any more once a listing has read them', async () => {
  const shared = file('/d', { has_explicit_shared_members: true });
  const { sync, script } = await listed('continue', { c1: page([shared], 'c2') });
  script.fileMembers = (_actor, ids) => new Map(ids.map((id) => [id, { problem: 'access_error' }]));
  await sync();
  expect(await letters()).toEqual([shared.id]);
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue', mark: null }]);
  script.pages = { c2: page([shared], 'c3') };
  script.fileMembers = (_actor, ids) => new Map(ids.map((id) => [id, { members: memberList([]) }]));
  await sync();
  expect(await letters()).toEqual([]);
});
