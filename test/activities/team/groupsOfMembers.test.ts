import type { TeamGroup, TeamMember } from '../../../src/dropbox';
import { writeGroups } from '../../../src/graph/access/groups';
import { writeMembers } from '../../../src/graph/access/members';
import { context, member } from '../../graph/fixture';
import { useDatabase } from '../../support/database';
import { attempt, beginRun, connectorWith, scripted } from '../fixture';
import { ofPhase, pages, whoCanRead } from '../teamScript';

const arango = useDatabase();

const everyone: TeamGroup = { groupId: 'g:everyone', name: 'Everyone', managementType: 'system_managed' };
const writers: TeamGroup = { groupId: 'g:writers', name: 'Writers', managementType: 'company_managed' };

/** What members' entries say about their groups, and what Dropbox says of the members and of groups by id. */
interface Said {
  groupIds: Record<'a' | 'b', string[]>;
  members?: Map<string, TeamMember | null>;
  groups?: Map<string, TeamGroup | null>;
}

/** Two members are stored as members of the group of everyone, which alone is in the list of groups. */
async function teamOfTwo(): Promise<(runId: string, said: Said) => Promise<string[]>> {
  await connectorWith(arango.db, {}, []);
  await writeGroups(arango.graph, context(), [{ group: everyone, members: [member('a'), member('b')] }]);
  return async (runId, { groupIds, members = new Map(), groups = new Map() }) => {
    const entries = (['a', 'b'] as const).map((id) => member(id, { groupIds: groupIds[id] }));
    await beginRun(arango.db, runId);
    await writeMembers(arango.graph, context(), entries);
    const team = {
      events: () => pages({ events: [], cursor: 'e' }),
      groups: () => pages([everyone]),
      groupMembers: () => pages([{ teamMemberId: 'dbmid:a' }]),
      membersByIds: () => Promise.resolve(members),
      groupsByIds: () => Promise.resolve(groups),
    };
    const { syncGroups } = scripted(arango.db, { pages: {}, asked: [], team });
    return (await attempt(syncGroups, { ...ofPhase(), runId })).gaps;
  };
}

const BOTH = ['a READER Everyone', 'b READER Everyone'];
const named = { a: [everyone.groupId], b: [everyone.groupId] };
const UNNAMED = 'the list of members names 1 without a group that Dropbox does not say they left';

describe('a group that Dropbox manages itself', () => {
  it.each<[string, TeamMember | null | undefined]>([
    ['says by id that they belong to it', member('b', { groupIds: [everyone.groupId] })],
    ['says nothing of them by id', undefined],
  ])('keeps a member whose entry names another group where Dropbox %s, and it is a gap', async (_case, byId) => {
    const run = await teamOfTwo();
    const members = new Map(byId === undefined ? [] : [['dbmid:b', byId]]);
    const groups = new Map([['g:unknown', null]]);
    const gaps = await run('run-2', { groupIds: { ...named, b: ['g:unknown'] }, members, groups });
    expect(gaps).toEqual([UNNAMED]);
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
    expect(await run('run-3', { groupIds: named })).toEqual([]);
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
  });

  it('keeps all members where no entry names a group any more', async () => {
    const run = await teamOfTwo();
    expect(await run('run-2', { groupIds: { a: [], b: [] } })).toEqual([UNNAMED.replace('1', '2')]);
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
  });

  it('loses a member who has left it as Dropbox says by id, too', async () => {
    const run = await teamOfTwo();
    const members = new Map([['dbmid:b', member('b', { groupIds: [] })]]);
    expect(await run('run-2', { groupIds: { ...named, b: [] }, members })).toEqual([]);
    expect(await whoCanRead(arango.db)).toEqual(BOTH.slice(0, 1));
  });
});

describe('a group that the list of groups lacks, and that a member names', () => {
  it.each<[string, TeamGroup | null | undefined, string[], string[]]>([
    [
      'is stored where Dropbox knows it by its id, and the list is a gap',
      writers,
      ['the list of groups leaves out 1 that exist'],
      ['a READER Writers'],
    ],
    ['does not exist where Dropbox does not know its id', null, [], []],
    [
      'is a gap where Dropbox says nothing of it',
      undefined,
      ['1 groups are not in the list, and Dropbox does not say whether they exist'],
      [],
    ],
  ])('%s', async (_case, byId, gaps, readers) => {
    const run = await teamOfTwo();
    const groupIds = { ...named, a: [everyone.groupId, writers.groupId] };
    const groups = new Map(byId === undefined ? [] : [[writers.groupId, byId]]);
    expect(await run('run-2', { groupIds, groups })).toEqual(gaps);
    expect(await whoCanRead(arango.db)).toEqual([...BOTH, ...readers].sort());
  });
});
