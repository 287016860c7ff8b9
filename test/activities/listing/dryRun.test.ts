import { MockActivityEnvironment } from '@temporalio/testing';
import { failure } from '../../../src/failures';
import { patchNamespaces } from '../../../src/graph/state/namespaces';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { folderCursorName } from '../../../src/sync/keys';
import { context, member } from '../../graph/fixture';
import { useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, connectorWith, listed, page, scripted, type Script } from '../fixture';
import { listedUser, memberList, ofPhase, pages, sharedFolder } from '../teamScript';

const arango = useDatabase();
const FOLDERS = Array.from({ length: 45 }, (_, at) => String(at).padStart(2, '0'));

/**
 * A team with these folders. `answer` gives a page by folder and cursor, which is '' where a listing begins at the start;
 * `read` collects the folders that are listed from the start. `empty`: folders whose member lists are empty.
 */
async function team(answer: (folder: string, cursor: string) => ReturnType<typeof page>, empty = ['07']) {
  const namespaces = FOLDERS.map((id) => listed(id, { kind: 'shared_folder', work: 'none' }));
  await connectorWith(arango.db, {}, namespaces);
  const read: string[] = [];
  const script: Script = {
    pages: {},
    asked: [],
    team: {
      events: () => pages({ events: [], cursor: 'e1' }),
      members: () => pages([member('a'), member('b')]),
      groups: () => pages(),
      teamFolders: () => pages(),
      namespaces: () =>
        pages(
          FOLDERS.map((id) => ({ namespaceId: id, name: `Folder ${id}`, type: 'shared_folder', teamMemberId: null })),
        ),
    },
    actor: () => ({
      listFolder: (id: string) => {
        read.push(id);
        return new Promise((resolve) => resolve(answer(id, '')));
      },
      continueFolder: (id: string, cursor: string) => new Promise((resolve) => resolve(answer(id, cursor))),
      folderMetadata: (id: string) => Promise.resolve(sharedFolder(id, { isOfTeam: false })),
      folderMembers: (id: string) =>
        Promise.resolve(memberList(empty.includes(id) ? [] : [listedUser('a', 'owner'), listedUser('b', 'viewer')])),
    }),
  };
  return { previewSync: scripted(arango.db, script).previewSync, read };
}

it('a dry run continues after what an attempt before it has reported', async () => {
  let isDown = true;
  const { previewSync, read } = await team((id) => {
    if (isDown && id > '30') throw failure('GraphConflict', 'not now');
    return page([file(`/${id}`)], 'end');
  });
  const environment = new MockActivityEnvironment();
  let progress: unknown;
  environment.on('heartbeat', (details: unknown) => (progress = details ?? progress));
  const input = ofPhase();
  const first = environment.run((phase: typeof input) => previewSync(phase), input);
  await expect(first).rejects.toThrow('not now');

  isDown = false;
  read.length = 0;
  const result = await attempt(previewSync, input, progress);
  expect(result).toMatchObject({ added: FOLDERS.length, deleted: 0, recordGroups: FOLDERS.length });
  expect(result.previews.map(({ namespaceId }) => namespaceId).sort()).toEqual(FOLDERS);
  expect(read.length).toBeLessThan(FOLDERS.length - 15);
});

it('a dry run counts what a member list that cannot be true revokes, as a sync does', async () => {
  const { previewSync } = await team(() => page([], 'end'));
  const { previews } = await attempt(previewSync, ofPhase(true));
  expect(previews.filter(({ revoked }) => revoked > 0)).toMatchObject([{ namespaceId: '07', revoked: 2 }]);
});

it('a dry run counts what someone loses in the folders within a folder that they have left', async () => {
  const { previewSync } = await team(() => page([], 'end'), ['05', '07', '09']);
  await patchNamespaces(arango.graph, context(), [
    { namespaceId: '07', due: true },
    { namespaceId: '05', parentNamespaceId: '07' },
    { namespaceId: '09', parentNamespaceId: '05' },
  ]);
  const { previews } = await attempt(previewSync, ofPhase());
  const revoking = previews.filter(({ revoked }) => revoked > 0).map(({ namespaceId }) => namespaceId);
  expect(revoking.sort()).toEqual(['05', '07', '09']);
});

it('a dry run ends although a folder always has more', async () => {
  const { previewSync } = await team((id) => page([file(`/${id}`)], 'c', id === '07'));
  expect(await attempt(previewSync, ofPhase())).toMatchObject({ recordGroups: FOLDERS.length });
});

it('a dry run counts an item once when its cursor is reset between two pages', async () => {
  const { previewSync } = await team((id, cursor) => {
    if (id !== '07') return page([], 'end');
    if (cursor === '') return page([file('/a'), file('/b')], 'end');
    if (cursor === 'c0') return page([file('/a')], 'c1', true);
    throw failure('CursorReset', 'list it again');
  });
  const point = { name: folderCursorName('07'), cursor: 'c0', boundTo: 'dbmid:a' };
  await writeSyncPoints(arango.graph, context(), [point]);
  const { previews } = await attempt(previewSync, ofPhase());
  expect(previews).toMatchObject([{ namespaceId: '07', added: 2 }]);
});
