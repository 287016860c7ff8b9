import type { OnRefused, TeamGroup, TeamMember } from '../../../src/dropbox';
import { writeGroup } from '../../../src/graph/access/groups';
import { readMembers } from '../../../src/graph/access/members';
import { readNamespace } from '../../../src/graph/state/namespaces';
import { context, edges, member, user } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { attempt, beginRun, connectorWith, listed, scripted, type Script } from '../fixture';
import { ofPhase, pages, refusingPages, unexpected, whoCanRead } from '../teamScript';

const arango = useDatabase();

/** A list with these items, and one for each id that can't be used. */
const listing =
  <T>(items: T[], refused: (string | null)[]) =>
  (onRefused?: OnRefused): AsyncGenerator<T[]> => {
    for (const id of refused) onRefused?.(id);
    return pages(items);
  };

const script = (team: Script['team']): Script => ({
  pages: {},
  asked: [],
  team: { events: () => pages({ events: [], cursor: 'e' }), teamFolders: () => pages([]), ...team },
});

const inRuns = async (team: Script['team'], name: 'syncMembers' | 'syncGroups' | 'discoverNamespaces') => {
  const gaps: string[][] = [];
  for (const runId of ['run-2', 'run-3']) {
    await beginRun(arango.db, runId);
    const activity = scripted(arango.db, script(team))[name];
    gaps.push((await attempt(activity, { ...ofPhase(), runId })).gaps);
  }
  return gaps;
};

describe('a member who is listed without all that a member has', () => {
  const teamMember = (id: string): TeamMember => ({ ...member(id), groupIds: [] });

  it.each<[string, (string | null)[]]>([
    ['with an id', ['dbmid:b']],
    ['without one, where Dropbox does not answer by id', [null]],
  ])('%s keeps what they have, in every run, and is a gap', async (_case, refused) => {
    await connectorWith(arango.db, {}, [listed('1')]);
    const before = await readMembers(arango.graph, CONNECTOR, ['dbmid:b']);
    const team = { members: listing([teamMember('a')], refused), membersByIds: () => Promise.resolve(new Map()) };
    const gap = ['the list of members names 1 without all that a member has'];
    expect(await inRuns(team, 'syncMembers')).toEqual([gap, gap]);
    expect(await readMembers(arango.graph, CONNECTOR, ['dbmid:b'])).toEqual(before);
    expect(await whoCanRead(arango.db)).toContain('b READER Folder 1');
    expect(await all(arango.db, 'dropboxMembers')).toHaveLength(2);
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
    await writeGroup(arango.graph, context(), group, [{ teamMemberId: 'dbmid:a' }]);
    return edges(arango.db, 'permission');
  };

  it('that is listed without all that a group has stays as it is, and is a gap', async () => {
    const before = await withGroup();
    const gap = ['the list of groups names 1 without all that a group has'];
    expect(await inRuns({ groups: listing([], ['g:1']) }, 'syncGroups')).toEqual([gap, gap]);
    expect(await edges(arango.db, 'permission')).toEqual(before);
    expect(await all(arango.db, 'groups')).toHaveLength(1);
  });

  it('with a member who has no id has those who say that they belong to it', async () => {
    await withGroup();
    await arango.db.query('FOR m IN dropboxMembers UPDATE m WITH { groupIds: ["g:1"] } IN dropboxMembers');
    const team = { groups: listing([group], []), groupMembers: refusingPages(unexpected()) };
    await inRuns(team, 'syncGroups');
    const members = (await edges(arango.db, 'permission')).filter((edge) => JSON.stringify(edge).includes('groups/'));
    expect(members).toHaveLength(2);
    expect(await all(arango.db, 'dropboxDeadLetters')).toMatchObject([{ kind: 'group', subject: 'g:1' }]);
  });
});

it('a namespace that is listed without all that a namespace has stays as it is, and is a gap', async () => {
  const known = { principals: [user('a')], work: 'none' as const };
  await connectorWith(arango.db, {}, [listed('1', known), listed('2', known)]);
  const team = {
    teamFolders: listing([], ['1']),
    // The other list has it with another kind.
    namespaces: listing([{ namespaceId: '1', name: '1', type: 'team_folder', teamMemberId: null }], ['2', null]),
  };
  const gap = ['the lists of namespaces name 1 without an id'];
  expect(await inRuns(team, 'discoverNamespaces')).toEqual([gap, gap]);
  for (const id of ['1', '2'])
    expect(await readNamespace(arango.graph, CONNECTOR, id)).toMatchObject({
      ...known,
      problem: 'listed as one without all that a namespace has',
    });
  expect(await all(arango.db, 'dropboxNamespaces')).toHaveLength(2);
});
