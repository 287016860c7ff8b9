import { writeMembers } from '../../../src/graph/access/members';
import { context, member, user } from '../../graph/fixture';
import { all, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, beginRun, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';
import { inRun, listedGroup, listedUser, memberList, ofPhase, pages, whoCanRead } from '../teamScript';

const arango = useDatabase();

/** A namespace that no one else can read, with a file that is shared with `b` or with a group of theirs. */
async function sharedFile(members: ReturnType<typeof memberList>) {
  const script: Script = {
    pages: { '': page([file('/shared', { has_explicit_shared_members: true })], 'c1') },
    asked: [],
    fileMembers: (_actor, ids) => new Map(ids.map((id) => [id, { members }])),
    team: {
      events: () => pages({ events: [], cursor: 'e' }),
      groups: () => pages([{ groupId: 'g:writers', name: 'writers', managementType: 'company_managed' }]),
      groupMembers: () => pages([{ teamMemberId: 'dbmid:b' }]),
      members: () => pages([member('a'), member('b', { groupIds: ['g:writers'] })]),
    },
  };
  await connectorWith(arango.db, {}, [listed('1', { principals: [user('a')] })]);
  await writeMembers(arango.graph, context(), [member('b', { groupIds: ['g:writers'] })]);
  const activities = scripted(arango.db, script);
  await attempt(activities.refreshAccess, inRun);
  await attempt(activities.syncNamespace, ofNamespace('1'));
  return activities;
}

it('a file whose list named a group before the group was stored can be read by its members after the next run', async () => {
  const { syncGroups, readFileMembers } = await sharedFile(
    memberList([], { groups: [listedGroup('writers', 'editor')] }),
  );
  expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1']);
  await beginRun(arango.db, 'run-2');
  await attempt(syncGroups, { ...ofPhase(), runId: 'run-2' });
  await attempt(readFileMembers, { ...inRun, runId: 'run-2' });
  expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1', 'b READER writers', 'writers WRITER shared']);
  expect((await all(arango.db, 'dropboxEntries')).filter(({ membersDue }) => membersDue === true)).toEqual([]);
});

it('a member whose user and edges PipesHub has deleted can read the files that are shared with them after the next run', async () => {
  const { syncMembers, refreshAccess } = await sharedFile(memberList([listedUser('b', 'editor')]));
  const before = ['a READER Folder 1', 'b WRITER shared'];
  expect(await whoCanRead(arango.db)).toEqual(before);
  await arango.db.query(
    `LET user = FIRST(FOR u IN users FILTER u.email == "b@acme.example" RETURN u)
     LET edges = (FOR e IN permission FILTER e._from == user._id REMOVE e IN permission)
     LET relations = (FOR e IN userAppRelation FILTER e._from == user._id REMOVE e IN userAppRelation)
     REMOVE user IN users`,
  );
  await beginRun(arango.db, 'run-2');
  expect(await attempt(syncMembers, { ...ofPhase(), runId: 'run-2' })).toMatchObject({ accessDue: true });
  await attempt(refreshAccess, { ...inRun, runId: 'run-2' });
  expect(await whoCanRead(arango.db)).toEqual(before);
});
