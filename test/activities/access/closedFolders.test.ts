import { putNamespaces } from '../../../src/graph/state/namespaces';
import { entryKey } from '../../../src/sync/keys';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';
import { inRun, listedUser, memberList, ofPhase, pages, whoCanRead } from '../teamScript';

const arango = useDatabase();
const onFiles = async () => (await whoCanRead(arango.db)).filter((line) => !line.endsWith('Folder 1'));

/** A team folder with a file that was shared with another member, after its archiving. */
async function archived() {
  await connectorWith(arango.db, {}, [listed('1', { kind: 'team_folder', delegate: 'dbmid:a' })]);
  const script: Script = {
    pages: { '': page([file('/plan.txt', { has_explicit_shared_members: true })], 'c1') },
    asked: [],
    fileMembers: (_as, ids) => new Map(ids.map((id) => [id, { members: memberList([listedUser('b', 'viewer')]) }])),
    team: {
      events: () => pages({ events: [], cursor: 'e1' }),
      teamFolders: () =>
        pages([{ teamFolderId: '1', name: 'Folder 1', status: 'archived', isTeamSharedDropbox: false }]),
      namespaces: () => pages([{ namespaceId: '9', name: 'Other', type: 'shared_folder', teamMemberId: null }]),
    },
  };
  const activities = scripted(arango.db, script);
  await attempt(activities.syncNamespace, ofNamespace('1'));
  expect(await onFiles()).toHaveLength(1);
  script.fileMembers = (_as, ids) => new Map(ids.map((id) => [id, { problem: 'access_error/invalid_file' }]));
  await attempt(activities.discoverNamespaces, ofPhase(false));
  return activities;
}

it('a file in a folder that is gone grants nothing to its own members, while the removal of the folder is held', async () => {
  const { readFileMembers } = await archived();
  await attempt(readFileMembers, inRun);
  expect(await onFiles()).toEqual([]);
  expect(await all(arango.db, 'dropboxDeadLetters')).toEqual([]);
  expect(await attempt(readFileMembers, inRun)).toMatchObject({ done: true, granted: 0, revoked: 0 });
});

it('a file that was moved out of such a folder keeps its members', async () => {
  const { readFileMembers } = await archived();
  await putNamespaces(arango.graph, [listed('2')]);
  await change(
    arango.db,
    `FOR e IN dropboxEntries FILTER e.namespaceId == "1"
       INSERT MERGE(UNSET(e, "_id", "_rev", "membersDue"), { _key: @key, namespaceId: "2" }) INTO dropboxEntries`,
    { key: entryKey(CONNECTOR, '2', '/plan.txt') },
  );
  await attempt(readFileMembers, inRun);
  expect(await onFiles()).toHaveLength(1);
});
