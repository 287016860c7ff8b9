import {
  GroupNotFound,
  type RefusedMember,
  type TeamFolder,
  type TeamGroup,
  type TeamMember,
} from '../../../src/dropbox';
import { writeGroups } from '../../../src/graph/access/groups';
import { readMembers } from '../../../src/graph/access/members';
import { readNamespace } from '../../../src/graph/state/namespaces';
import { context, edges, member, user } from '../../graph/fixture';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { attempt, beginRun, connectorWith, listed, scripted, type Script } from '../fixture';
import { ofPhase, pages, refusingPages, unexpected, whoCanRead } from '../teamScript';

const arango = useDatabase();

/** A list with these items, and with those that can't be used. */
const listing =
  <T, Refused = string | null>(items: T[], refused: Refused[]) =>
  (onRefused?: (one: Refused) => void): AsyncGenerator<T[]> => {
    for (const one of refused) onRefused?.(one);
    return pages(items);
  };

const script = (team: Script['team']): Script => ({
  pages: {},
  asked: [],
  team: {
    events: () => pages({ events: [], cursor: 'e' }),
    teamFolders: () => pages([]),
    teamFoldersByIds: () => Promise.resolve(new Map()),
    ...team,
  },
});

const RUNS = ['run-2', 'run-3'];
const inRuns = async (
  team: Script['team'],
  name: 'syncMembers' | 'syncGroups' | 'discoverNamespaces',
  runs: readonly string[] = RUNS,
) => {
  const gaps: string[][] = [];
  for (const runId of runs) {
    await beginRun(arango.db, runId);
    const activity = scripted(arango.db, script(team))[name];
    gaps.push((await attempt(activity, { ...ofPhase(), runId })).gaps);
  }
  return gaps;
};

describe('a member who is listed without a required field', () => {
  const teamMember = (id: string): TeamMember => ({ ...member(id), groupIds: [] });

  type Status = TeamMember['status'];
  type Answer = TeamMember | RefusedMember | null;
  const gap = 'the list of members names 1 without a required field';
  const inPart = (status: Status): RefusedMember => ({ teamMemberId: 'dbmid:b', status });
  const b = async () => (await readMembers(arango.graph, CONNECTOR, ['dbmid:b'])).get('dbmid:b');
  const listedInPart = (refused: RefusedMember, answers: Answer[]) => ({
    members: listing([teamMember('a')], [refused]),
    membersByIds: () => Promise.resolve(new Map(answers.map((answer) => ['dbmid:b', answer]))),
  });

  it.each<[string, Status, Answer[], Status]>([
    ['what Dropbox says by id', 'active', [{ ...teamMember('b'), status: 'suspended' }], 'suspended'],
    ['what it says by id, also in part', 'active', [inPart('suspended')], 'suspended'],
    ['what the list says, where Dropbox does not answer by id', 'suspended', [], 'suspended'],
    ['active, and keeps what they have', 'other', [teamMember('b')], 'active'],
    ['active, and keeps what they have, although nothing else can be read', 'active', [inPart('active')], 'active'],
    ['unknown, where it can be read nowhere', 'other', [inPart('other')], 'other'],
    ['unknown, where Dropbox does not know the id that it lists', 'active', [null], 'other'],
    ['removed, where Dropbox says so by id', 'other', [inPart('removed')], 'removed'],
  ])('has the status that can be read: %s', async (_case, inList, answers, status) => {
    await connectorWith(arango.db, {}, [listed('1')]);
    const before = await b();
    expect(await inRuns(listedInPart(inPart(inList), answers), 'syncMembers')).toEqual([[gap], [gap]]);
    expect(await b()).toMatchObject({ status, email: before?.email, displayName: before?.displayName });
    const readers = await whoCanRead(arango.db);
    if (status === 'active') expect(readers).toContain('b READER Folder 1');
    else expect(readers).toEqual(['a READER Folder 1']);
  });

  it('is stored when they are new, and Dropbox describes them by id', async () => {
    await connectorWith(arango.db, {}, []);
    const team = {
      members: listing([teamMember('a'), teamMember('b')], [{ teamMemberId: 'dbmid:c', status: 'other' }]),
      membersByIds: () => Promise.resolve(new Map([['dbmid:c', teamMember('c')]])),
    };
    expect(await inRuns(team, 'syncMembers')).toEqual([[gap], [gap]]);
    expect(await all(arango.db, 'dropboxMembers')).toHaveLength(3);
  });

  it('without an id may be anyone: who is missing grants nothing from the second run on, and is not removed', async () => {
    await connectorWith(arango.db, {}, [listed('1')]);
    const team = listedInPart({ teamMemberId: null, status: 'other' }, []);
    const missing = '1 members are not in the list, and Dropbox does not say whether they left';
    expect(await inRuns(team, 'syncMembers')).toEqual([[gap, missing], [gap]]);
    expect(await b()).toMatchObject({ status: 'other' });
    expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1']);
  });

  it('keeps an account id that Dropbox leaves out once', async () => {
    await connectorWith(arango.db, {}, []);
    const team = { members: listing([{ ...teamMember('a'), accountId: null }, teamMember('b')], []) };
    expect(await inRuns(team, 'syncMembers')).toEqual([[], []]);
    const stored = await readMembers(arango.graph, CONNECTOR, ['dbmid:a']);
    expect(stored.get('dbmid:a')).toMatchObject({ accountId: member('a').accountId });
  });
});

describe('a group', () => {
  const group: TeamGroup = { groupId: 'g:1', name: 'one', managementType: 'company_managed' };
  const withGroup = async () => {
    await connectorWith(arango.db, {}, [listed('1', { principals: [{ id: 'g:1', kind: 'group', role: 'READER' }] })]);
    await writeGroups(arango.graph, context(), [{ group: group, members: [{ teamMemberId: 'dbmid:a' }] }]);
    return edges(arango.db, 'permission');
  };

  it('that is listed without a required field keeps its name, has the members that Dropbox lists, and is a gap', async () => {
    await withGroup();
    await change(
      arango.db,
      'FOR m IN dropboxMembers FILTER m.teamMemberId == "dbmid:b" UPDATE m WITH { groupIds: ["g:1"] } IN dropboxMembers',
    );
    const team = { groups: listing([], ['g:1']), groupMembers: () => pages([{ teamMemberId: 'dbmid:b' }]) };
    const gap = ['the list of groups names 1 without a required field'];
    expect(await inRuns(team, 'syncGroups')).toEqual([gap, gap]);
    expect(await whoCanRead(arango.db)).toEqual(['b READER one']);
  });

  it.each<[string, TeamGroup | null | undefined, number]>([
    ['is removed, when Dropbox does not know its id', null, 0],
    ['has those who say that they belong to it, when Dropbox knows its id', group, 1],
    ['has those who say that they belong to it, when Dropbox does not say whether it exists', undefined, 1],
  ])('that is listed, and not found when asked for its members, %s', async (_case, byId, left) => {
    await withGroup();
    await change(arango.db, 'FOR m IN dropboxMembers UPDATE m WITH { groupIds: ["g:1"] } IN dropboxMembers');
    const team = {
      groups: listing([group], []),
      groupsByIds: () => Promise.resolve(new Map(byId === undefined ? [] : [['g:1', byId]])),
      groupMembers: refusingPages(new GroupNotFound('g:1')),
    };
    await inRuns(team, 'syncGroups');
    expect(await all(arango.db, 'groups')).toHaveLength(left);
    expect(await all(arango.db, 'dropboxDeadLetters')).toHaveLength(left);
    expect(await whoCanRead(arango.db)).toEqual(left > 0 ? ['a READER one', 'b READER one'] : []);
  });

  const left: TeamMember = { ...member('b'), groupIds: [] };
  const staying: TeamMember = { ...left, groupIds: ['g:1'] };

  it.each<[string, string[], TeamMember | null | undefined, string[], number]>([
    ['keeps them, when the second answer names them', ['a', 'b'], undefined, ['a', 'b'], 0],
    ['loses them, when the second answer leaves them out, and they say by id that they left', ['a'], left, ['a'], 0],
    ['loses them, when the second answer leaves them out, and they are not in the team', ['a'], null, ['a'], 0],
    ['keeps them, when two answers leave them out, and they still say so by id', ['a'], staying, ['a', 'b'], 1],
    ['keeps them, when two answers leave them out, and Dropbox says nothing by id', [], undefined, ['a', 'b'], 1],
  ])('whose list leaves out who says to belong to it %s', async (_case, second, byId, readers, deadLetters) => {
    await withGroup();
    await change(arango.db, 'FOR m IN dropboxMembers UPDATE m WITH { groupIds: ["g:1"] } IN dropboxMembers');
    const answers = [['a'], second, second, second];
    const team = {
      groups: listing([group], []),
      groupMembers: () => pages((answers.shift() ?? []).map((id) => ({ teamMemberId: `dbmid:${id}` }))),
      membersByIds: () => Promise.resolve(new Map(byId === undefined ? [] : [['dbmid:b', byId]])),
    };
    // The next run would give back what the first one has revoked.
    for (const run of RUNS) {
      expect(await inRuns(team, 'syncGroups', [run])).toEqual([[]]);
      expect(await whoCanRead(arango.db)).toEqual(readers.map((id) => `${id} READER one`));
      expect(await all(arango.db, 'dropboxDeadLetters')).toHaveLength(deadLetters);
    }
  });

  it.each<[string, string[], TeamMember | null | undefined, string[], number]>([
    ['grants them nothing, when the second answer leaves them out', ['a'], undefined, ['a'], 0],
    ['grants them access, when they say by id that they joined', ['a', 'b'], staying, ['a', 'b'], 0],
    ['grants them nothing, when they still say by id that they did not', ['a', 'b'], left, ['a'], 1],
    ['grants them nothing, when they are not in the team', ['a', 'b'], null, ['a'], 1],
    ['grants them nothing, when Dropbox says nothing by id', ['a', 'b'], undefined, ['a'], 1],
  ])('whose list names who says not to belong to it %s', async (_case, second, byId, readers, deadLetters) => {
    await withGroup();
    await change(
      arango.db,
      'FOR m IN dropboxMembers FILTER m.teamMemberId == "dbmid:a" UPDATE m WITH { groupIds: ["g:1"] } IN dropboxMembers',
    );
    const answers = [['a', 'b']];
    const team = {
      groups: listing([{ ...group, name: 'other' }], []),
      groupMembers: () => pages((answers.shift() ?? second).map((id) => ({ teamMemberId: `dbmid:${id}` }))),
      membersByIds: () => Promise.resolve(new Map(byId === undefined ? [] : [['dbmid:b', byId]])),
    };
    expect(await inRuns(team, 'syncGroups', ['run-2'])).toEqual([[]]);
    expect(await whoCanRead(arango.db)).toEqual(readers.map((id) => `${id} READER other`));
    expect(await all(arango.db, 'dropboxDeadLetters')).toHaveLength(deadLetters);
  });

  it('has those whom its list names, when no entry of a member names any group', async () => {
    await withGroup();
    const team = {
      groups: listing([{ ...group, name: 'other' }], []),
      groupMembers: () => pages(['a', 'b'].map((id) => ({ teamMemberId: `dbmid:${id}` }))),
    };
    expect(await inRuns(team, 'syncGroups', ['run-2'])).toEqual([[]]);
    expect(await whoCanRead(arango.db)).toEqual(['a READER other', 'b READER other']);
    expect(await all(arango.db, 'dropboxDeadLetters')).toEqual([]);
  });

  it('that was changed by hand does not keep Dropbox from being asked about the others', async () => {
    await withGroup();
    await change(
      arango.db,
      'FOR m IN dropboxMembers FILTER m.teamMemberId == "dbmid:a" UPDATE m WITH { groupIds: ["g:1"] } IN dropboxMembers',
    );
    const others = ['g:2', 'g:3'].map((groupId) => ({ group: { ...group, groupId }, members: [] }));
    await writeGroups(arango.graph, context(), others);
    await change(
      arango.db,
      'FOR g IN groups FILTER g.externalGroupId == "g:2" UPDATE g WITH { externalGroupId: null } IN groups OPTIONS { keepNull: true }',
    );
    const asked: (readonly string[])[] = [];
    const team = {
      groups: listing([group], []),
      groupMembers: () => pages([{ teamMemberId: 'dbmid:a' }]),
      groupsByIds: (ids: readonly string[]) => {
        asked.push(ids);
        return Promise.resolve(new Map(ids.map((id) => [id, null])));
      },
    };
    const gap = ['1 groups are not in the list, and Dropbox does not say whether they exist'];
    expect(await inRuns(team, 'syncGroups', ['run-2'])).toEqual([gap]);
    expect(asked).toEqual([['g:3']]);
  });

  it('with a member who has no id has those who say that they belong to it', async () => {
    await withGroup();
    await change(arango.db, 'FOR m IN dropboxMembers UPDATE m WITH { groupIds: ["g:1"] } IN dropboxMembers');
    const team = { groups: listing([group], []), groupMembers: refusingPages(unexpected()) };
    await inRuns(team, 'syncGroups');
    const members = (await edges(arango.db, 'permission')).filter((edge) => JSON.stringify(edge).includes('groups/'));
    expect(members).toHaveLength(2);
    expect(await all(arango.db, 'dropboxDeadLetters')).toMatchObject([{ kind: 'group', subject: 'g:1' }]);
  });
});

it('a namespace that is listed without a required field stays as it is, and is a gap', async () => {
  const known = { principals: [user('a')], work: 'none' as const };
  await connectorWith(arango.db, {}, [listed('1', known), listed('2', known)]);
  const team = {
    teamFolders: listing([], ['1']),
    // The other list has it with another kind.
    namespaces: listing([{ namespaceId: '1', name: '1', type: 'team_folder', teamMemberId: null }], ['2', null]),
  };
  const gaps = [
    'the lists of namespaces name 1 without an id',
    ...['1', '2'].map((id) => `namespace ${id}: listed as one without a required field`),
  ];
  expect(await inRuns(team, 'discoverNamespaces')).toEqual([gaps, gaps]);
  for (const id of ['1', '2'])
    expect(await readNamespace(arango.graph, CONNECTOR, id)).toMatchObject({
      ...known,
      problem: 'listed as one without a required field',
    });
  expect(await all(arango.db, 'dropboxNamespaces')).toHaveLength(2);
});

it.each<[string, TeamFolder['status'] | undefined, 'remove' | 'none']>([
  ['is gone, when Dropbox says by id that it is archived', 'archived', 'remove'],
  ['stays, when it is active', 'active', 'none'],
  ['stays, when Dropbox does not answer', undefined, 'none'],
])('a team folder that is listed without a name %s', async (_case, status, work) => {
  const known = listed('1', { kind: 'team_folder', principals: [user('a')], work: 'none' });
  await connectorWith(arango.db, {}, [known, listed('2', { work: 'none' })]);
  const folder = { teamFolderId: '1', name: 'One', isTeamSharedDropbox: false };
  const team = {
    teamFolders: listing([], ['1']),
    namespaces: listing([{ namespaceId: '2', name: '2', type: 'shared_folder', teamMemberId: null }], []),
    teamFoldersByIds: () => Promise.resolve(new Map(status ? [['1', { ...folder, status }]] : [])),
  };
  await inRuns(team, 'discoverNamespaces');
  expect(await readNamespace(arango.graph, CONNECTOR, '1')).toMatchObject({ work });
});

it('the member list of a shared folder that is listed in part is read in a full run, and the gap stays', async () => {
  const known = { kind: 'shared_folder' as const, principals: [user('a')], work: 'none' as const };
  await connectorWith(arango.db, {}, [listed('1', known)]);
  const activity = scripted(arango.db, script({ namespaces: listing([], ['1']) })).discoverNamespaces;
  const { gaps } = await attempt(activity, ofPhase(true));
  expect(gaps).toEqual(['namespace 1: listed as one without a required field']);
  expect(await readNamespace(arango.graph, CONNECTOR, '1')).toMatchObject({ due: true, principals: [user('a')] });
});
