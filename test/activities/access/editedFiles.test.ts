import type { FileMembersAnswer } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { patchMembers } from '../../../src/graph/access/members';
import { markEntriesDue } from '../../../src/graph/access/sharedEntries';
import { entryKey } from '../../../src/sync/keys';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';
import { inRun, listedUser, memberList, whoCanRead } from '../teamScript';

const arango = useDatabase();
const shared = (path: string) => file(path, { has_explicit_shared_members: true });
const onFiles = async () => (await whoCanRead(arango.db)).filter((line) => !line.endsWith('Folder 1'));

/** Two files with members of their own, of which the first one's stored entry was edited. Both are due. */
async function edited(edit: Record<string, unknown>) {
  await connectorWith(arango.db, {}, [listed('1', { principals: [], delegate: 'dbmid:a' })]);
  const script: Script = {
    pages: { '': page([shared('/edited'), shared('/other')], 'c1') },
    asked: [],
    fileMembers: (_as, ids) => {
      // As Dropbox answers to an id that is none: HTTP 400 for the whole batch.
      if (ids.some((id) => typeof id !== 'string')) throw failure('DropboxUnexpected', 'bad request');
      const members: FileMembersAnswer = { members: memberList([listedUser('a', 'owner'), listedUser('b', 'viewer')]) };
      return new Map(ids.map((id) => [id, members]));
    },
  };
  const activities = scripted(arango.db, script);
  await attempt(activities.syncNamespace, ofNamespace('1'));
  await attempt(activities.readFileMembers, inRun);
  await markEntriesDue(
    arango.graph,
    ['/edited', '/other'].map((path) => entryKey(CONNECTOR, '1', path)),
  );
  await change(
    arango.db,
    'FOR e IN dropboxEntries FILTER e.path == "/edited" UPDATE e WITH @edit IN dropboxEntries OPTIONS { mergeObjects: false }',
    { edit },
  );
  return activities;
}

it.each<[string, Record<string, unknown>]>([
  ['an id that is no text', { itemId: 7 }],
  ['no id', { itemId: null }],
  ['members that are no list', { principals: 7 }],
  ['a member that is none', { principals: [null, 7] }],
  ['a record that is none', { recordKey: { _key: 'x' } }],
])('the members of other files are read beside a stored file with %s', async (_case, edit) => {
  const { readFileMembers } = await edited(edit);
  const before = await onFiles();
  expect(await attempt(readFileMembers, inRun)).toMatchObject({ done: true });
  expect(await onFiles()).toEqual(before);
  expect(before).toHaveLength(4);
  expect(await all(arango.db, 'dropboxDeadLetters')).toEqual([]);
});

it.each([[7], [[null, 7]], [[{ id: 'dbmid:a', kind: 'user', role: 'KING' }]]])(
  'a change of a member does not fail for a stored file whose members are %j',
  async (principals) => {
    const { refreshAccess } = await edited({ principals });
    await patchMembers(arango.graph, CONNECTOR, [{ teamMemberId: 'dbmid:a', accessDue: true }]);
    await attempt(refreshAccess, inRun);
    expect(await attempt(refreshAccess, inRun)).toEqual({ done: true });
    expect((await onFiles()).filter((line) => line.endsWith('other'))).toHaveLength(2);
  },
);
