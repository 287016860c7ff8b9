import type { TeamGroup, TeamMember } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { writeGroups } from '../../../src/graph/access/groups';
import { writeMembers } from '../../../src/graph/access/members';
import { readMembers } from '../../../src/graph/access/members';
import { readNamespace } from '../../../src/graph/state/namespaces';
import { readSyncPoint, writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames } from '../../../src/sync/keys';
import { context, edges, member, user } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import {
  attempt,
  beginRun,
  connectorWith,
  listed,
  ofNamespace,
  page,
  RUN,
  scripted,
  unreachable,
  type Script,
} from '../fixture';
import { listedUser, memberList, ofPhase, pages, refusing, sharedFolder, unexpected, whoCanRead } from '../teamScript';

const arango = useDatabase();
const b = async () => (await readMembers(arango.graph, CONNECTOR, ['dbmid:b'])).get('dbmid:b');
const teamMember = (id: string, more: Partial<TeamMember> = {}): TeamMember => ({
  ...member(id),
  groupIds: [],
  ...more,
});
const home = listed('home-b', {
  kind: 'personal',
  name: 'B',
  ownerMemberId: 'dbmid:b',
  externalGroupId: 'dbmid:b',
  principals: [user('b', 'OWNER')],
  delegate: 'dbmid:b',
});
const ofPersonal = { namespaceId: 'home-b', name: 'B', type: 'team_member_folder', teamMemberId: 'dbmid:b' } as const;
const noEvents = () => pages({ events: [], cursor: 'e2' });

/** A team of a and b, and the folder of b with six files. `byId` answers when b is asked for. */
async function withHome(byId: () => Promise<Map<string, TeamMember | null>>, names = ['a']) {
  await connectorWith(arango.db, {}, [home]);
  await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.members, cursor: 'e1' }]);
  const script: Script = {
    pages: {
      '': page(
        ['/1', '/2', '/3', '/4', '/5', '/6'].map((path) => file(path)),
        'c1',
      ),
    },
    asked: [],
    team: {
      events: noEvents,
      teamFolders: () => pages([]),
      members: () => pages(names.map((name) => teamMember(name))),
      membersByIds: byId,
      namespaces: () => pages([ofPersonal]),
    },
  };
  const activities = scripted(arango.db, script);
  await attempt(activities.syncNamespace, ofNamespace('home-b'));
  const sync = async (runId = RUN) => {
    const input = { ...ofPhase(), runId };
    await beginRun(arango.db, runId);
    const { gaps } = await attempt(activities.syncMembers, input);
    await attempt(activities.discoverNamespaces, input);
    return gaps;
  };
  return { activities, script, sync };
}

const answering = (answer: TeamMember | null) => () => Promise.resolve(new Map([['dbmid:b', answer]]));

it('access stays due until it is applied, however often the members are read', async () => {
  const { activities } = await withHome(answering(null), ['a', 'c']);
  const due = async (): Promise<boolean> => (await attempt(activities.syncMembers, ofPhase())).accessDue;
  expect([await due(), await due()]).toEqual([true, true]);
  for (let done = false; !done;) ({ done } = await attempt(activities.refreshAccess, ofPhase()));
  expect(await due()).toBe(false);
});

describe('a member who is missing from the list', () => {
  it('stays with all that is theirs, if Dropbox knows them by their id, and the list is a gap', async () => {
    const { sync } = await withHome(answering(teamMember('b')));
    expect(await sync()).toEqual(['the list of members leaves out 1 who are in the team']);
    expect(await b()).toMatchObject({ status: 'active' });
    expect(await readNamespace(arango.graph, CONNECTOR, 'home-b')).toMatchObject({ work: 'none', problem: null });
    expect(await whoCanRead(arango.db)).toEqual(['b OWNER B']);
  });

  it.each([
    ['does not know their id', null],
    ['says that they are removed', teamMember('b', { status: 'removed' })],
  ])('is removed with all that is theirs, if Dropbox %s', async (_case, answer) => {
    const { sync } = await withHome(answering(answer));
    expect(await sync()).toEqual([]);
    expect(await b()).toMatchObject({ status: 'removed' });
    expect(await readNamespace(arango.graph, CONNECTOR, 'home-b')).toMatchObject({ work: 'remove' });
    expect(await whoCanRead(arango.db)).toEqual([]);
  });

  it.each<[string, () => Promise<Map<string, TeamMember | null>>]>([
    ['leaves them out again', () => Promise.resolve(new Map())],
    ['does not answer', refusing(unexpected())],
  ])('waits for a later run, if Dropbox %s when it is asked by id', async (_case, byId) => {
    const { sync } = await withHome(byId);
    expect(await sync()).toEqual(['1 members are not in the list, and Dropbox does not say whether they left']);
    expect(await b()).toMatchObject({ status: 'active', notSeen: { runId: RUN } });
    await sync();
    expect(await b()).toMatchObject({ status: 'active' });
    expect(await whoCanRead(arango.db)).toEqual(['b OWNER B']);
    expect(await sync('run-2')).toEqual([]);
    expect(await b()).toMatchObject({ status: 'removed' });
  });

  it('and is listed again waits no longer', async () => {
    const { sync, script } = await withHome(() => Promise.resolve(new Map()));
    await sync();
    script.team = { ...script.team, members: () => pages([teamMember('a'), teamMember('b')]) };
    await beginRun(arango.db, 'run-2');
    await attempt(scripted(arango.db, script).syncMembers, { ...ofPhase(), runId: 'run-2' });
    expect(await b()).not.toHaveProperty('notSeen');
  });

  it('is asked for by id also if the list is empty, whose events are read again', async () => {
    const { sync } = await withHome(
      () => Promise.resolve(new Map([teamMember('a'), teamMember('b')].map((one) => [one.teamMemberId, one]))),
      [],
    );
    expect(await sync()).toEqual([
      'the list of members leaves out 2 who are in the team',
      'the list of members is empty, which no team can be',
    ]);
    expect(await whoCanRead(arango.db)).toEqual(['b OWNER B']);
    expect((await readSyncPoint(arango.graph, context(), eventCursorNames.members))?.cursor).toBe('e1');
  });

  it('whose status is unknown grants nothing and keeps their folder, which is a gap', async () => {
    const { sync } = await withHome(answering(teamMember('b', { status: 'other' })));
    await sync();
    expect(await whoCanRead(arango.db)).toEqual([]);
    expect(await readNamespace(arango.graph, CONNECTOR, 'home-b')).toMatchObject({
      work: 'none',
      problem: 'listed as one of a member whose status this version does not know',
    });
    expect(await all(arango.db, 'records')).toHaveLength(6);
  });
});

describe('a group that is missing from the list', () => {
  async function withGroup(byId: () => Promise<Map<string, TeamGroup | null>>) {
    await connectorWith(arango.db, {});
    await writeMembers(arango.graph, context(), [member('a', { groupIds: ['g:1'] })]);
    await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members: [member('a')] }]);
    await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.groups, cursor: 'e1' }]);
    const { syncGroups } = scripted(arango.db, {
      pages: {},
      asked: [],
      team: {
        events: noEvents,
        groups: () => pages([]),
        groupsByIds: byId,
        groupMembers: () => pages([{ teamMemberId: 'dbmid:a' }]),
      },
    });
    return attempt(syncGroups, ofPhase());
  }
  const one: TeamGroup = { groupId: 'g:1', name: 'One', managementType: 'company_managed' };

  it.each<[string, () => Promise<Map<string, TeamGroup | null>>, string[], number]>([
    [
      'stays, if Dropbox knows it by its id',
      () => Promise.resolve(new Map([['g:1', one]])),
      ['the list of groups leaves out 1 that exist'],
      1,
    ],
    ['is removed, if Dropbox does not know its id', () => Promise.resolve(new Map([['g:1', null]])), [], 0],
    [
      'stays, if Dropbox says nothing of it',
      () => Promise.resolve(new Map()),
      ['1 groups are not in the list, and Dropbox does not say whether they exist'],
      1,
    ],
    [
      'stays, if Dropbox answers about another one that was not asked for',
      () => Promise.resolve(new Map([['g:2', { ...one, groupId: 'g:2' }]])),
      ['1 groups are not in the list, and Dropbox does not say whether they exist'],
      1,
    ],
    [
      'stays, if Dropbox does not answer',
      refusing(failure('DropboxUnexpected', 'no such answer is known')),
      ['1 groups are not in the list, and Dropbox does not say whether they exist'],
      1,
    ],
  ])('%s', async (_case, byId, gaps, left) => {
    expect(await withGroup(byId)).toMatchObject({ gaps });
    expect(await all(arango.db, 'groups')).toHaveLength(left);
    expect((await edges(arango.db)).filter((edge) => edge.includes('groups/')).length).toBeGreaterThanOrEqual(left);
  });
});

describe('the folder of a member that its delegate cannot read for a moment', () => {
  it.each(['personal', 'app_folder', 'team_root'] as const)('keeps what is stored (%s)', async (kind) => {
    await connectorWith(arango.db, {}, [{ ...home, kind }]);
    const script: Script = {
      pages: {
        '': page([file('/1'), file('/2')], 'c1'),
        c1: () => {
          throw unreachable();
        },
      },
      asked: [],
      actor: () => ({ folderMetadata: refusing(unreachable()), sharedFolders: () => pages([]) }),
    };
    const activities = scripted(arango.db, script);
    await attempt(activities.syncNamespace, ofNamespace('home-b'));
    const inRun = { connectorId: CONNECTOR, runId: RUN };
    expect(await attempt(activities.probeNamespaces, inRun)).toMatchObject({ lost: 1, leaving: 0 });
    const read = await attempt(activities.readNamespaceMembers, { ...inRun, limit: 1 });
    expect(read).toMatchObject({ leaving: 0, gaps: [] });
    await attempt(activities.assignDelegates, inRun);
    // Its owner is refused once more, and an admin takes over.
    script.pages = { '': page([file('/1'), file('/2')], 'c2') };
    script.actor = (name) => (name === 'admin' ? {} : { listFolder: refusing(unreachable()) });
    const refusedOnce = await attempt(activities.syncNamespace, ofNamespace('home-b'));
    expect(refusedOnce).toMatchObject({ done: false, refused: 'dbmid:b' });
    const rest = { ...ofNamespace('home-b'), refused: ['dbmid:b'] };
    expect(await attempt(activities.syncNamespace, rest)).toMatchObject({ done: true, added: 0, deleted: 0 });
    expect(await attempt(activities.nextRemovals, { ...inRun, after: '' })).toEqual([]);
    expect(await all(arango.db, 'records')).toHaveLength(2);
  });
});

it('who was in a folder as someone outside the team and joins it can read the folder after the next run', async () => {
  await connectorWith(arango.db, {}, [
    listed('1', { kind: 'shared_folder', principals: [user('a')], membersReadAt: 1_000_000_000_000, work: 'none' }),
  ]);
  const events = Object.values(eventCursorNames).map((name) => ({ name, cursor: 'e1' }));
  await writeSyncPoints(arango.graph, context(), events);
  const script: Script = {
    pages: {},
    asked: [],
    team: { events: noEvents, members: () => pages(['a', 'b', 'x'].map((name) => teamMember(name))) },
    actor: () => ({
      folderMetadata: (id: string) => Promise.resolve(sharedFolder(id)),
      folderMembers: () => Promise.resolve(memberList([listedUser('a', 'owner'), listedUser('x', 'editor')])),
    }),
  };
  const activities = scripted(arango.db, script);
  await attempt(activities.syncMembers, ofPhase());
  await attempt(activities.readSharingEvents, { ...ofPhase(), early: true });
  await attempt(activities.readNamespaceMembers, { connectorId: CONNECTOR, runId: RUN, limit: 10 });
  expect(await whoCanRead(arango.db)).toEqual(['a OWNER Folder 1', 'x WRITER Folder 1']);
});
