import type { RefusedMember, TeamFolder, TeamMember, TeamNamespace } from '../../../src/dropbox';
import { readMembers, writeMembers } from '../../../src/graph/access/members';
import { readNamespace } from '../../../src/graph/state/namespaces';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames, folderCursorName } from '../../../src/sync/keys';
import { context, member, user } from '../../graph/fixture';
import { CONNECTOR, useDatabase } from '../../support/database';
import { attempt, beginRun, connectorWith, listed, page, scripted, type Script } from '../fixture';
import { ofPhase, pages, whoCanRead } from '../teamScript';

const arango = useDatabase();
const stored = (id: string) => readNamespace(arango.graph, CONNECTOR, id);

const named = (type: TeamNamespace['type'], owner: string | null = null): TeamNamespace => ({
  namespaceId: '1',
  name: 'Folder 1',
  type,
  teamMemberId: owner,
});
const teamFolder = (more: Partial<TeamFolder> = {}): TeamFolder => ({
  teamFolderId: '1',
  name: 'Folder 1',
  status: 'active',
  isTeamSharedDropbox: false,
  ...more,
});
/** In the list of every team: a list without any namespace is not believed. */
const root: TeamNamespace = { namespaceId: '0', name: 'a', type: 'team_member_root', teamMemberId: 'dbmid:a' };

type Known = Parameters<typeof listed>[1];

/** A team whose lists say this. `known`: what is stored of namespace 1; absent: nothing. */
async function discovering(known: Known, namespaces: TeamNamespace[], teamFolders: TeamFolder[] = []) {
  await connectorWith(arango.db, {}, known ? [listed('1', { work: 'none', membersReadAt: 1e12, ...known })] : []);
  await writeSyncPoints(arango.graph, context(), [
    { name: eventCursorNames.team_folders, cursor: 'e1' },
    { name: folderCursorName('1'), cursor: 'c1', boundTo: 'dbmid:a' },
  ]);
  const script: Script = {
    pages: { '': page([], 'c1') },
    asked: [],
    team: {
      events: () => pages({ events: [], cursor: 'e2' }),
      namespaces: () => pages([root, ...namespaces]),
      teamFolders: () => pages(teamFolders),
    },
  };
  const { discoverNamespaces } = scripted(arango.db, script);
  return async (runId: string) => {
    await beginRun(arango.db, runId);
    return attempt(discoverNamespaces, { ...ofPhase(), runId });
  };
}

const ownFolder: Known = { kind: 'app_folder', ownerMemberId: 'dbmid:a', principals: [user('a', 'OWNER')] };
const memberListed: Known = { principals: [user('a')] };

describe('a known namespace', () => {
  it.each<[string, Known, TeamNamespace[], TeamFolder[], string]>([
    [
      "is not someone else's at once",
      ownFolder,
      [named('app_folder', 'dbmid:b')],
      [],
      'listed as one of another owner than before',
    ],
    [
      "that has a member list is not someone's own at once",
      { kind: 'shared_folder', ...memberListed },
      [named('app_folder', 'dbmid:b')],
      [],
      'listed as one of another kind than before',
    ],
    [
      'that has a member list is not everyone’s at once',
      { kind: 'team_folder', ...memberListed },
      [named('team_folder')],
      [teamFolder({ isTeamSharedDropbox: true })],
      'listed as one of another kind than before',
    ],
    [
      'is neither active nor archived where the list says both',
      { kind: 'team_folder', ...memberListed },
      [named('team_folder')],
      [teamFolder(), teamFolder({ status: 'archived' })],
      'listed as one that is listed in two ways',
    ],
    [
      'is of no member where the list names two',
      { ...ownFolder, ownerMemberId: 'dbmid:gone' },
      [named('app_folder', 'dbmid:a'), named('app_folder', 'dbmid:b')],
      [],
      'listed as one that is listed in two ways',
    ],
  ])('%s: it stays as it is, and is a gap', async (_case, known, namespaces, teamFolders, problem) => {
    const discover = await discovering(known, namespaces, teamFolders);
    const before = await stored('1');
    const readers = await whoCanRead(arango.db);
    await discover('run-2');
    const { kind, ownerMemberId, principals, work } = before ?? {};
    expect(await stored('1')).toMatchObject({ kind, ownerMemberId, principals, work, problem });
    expect(await whoCanRead(arango.db)).toEqual(readers);
  });

  it('that is a home stays where the list gives another id to it, which the list of members does not', async () => {
    const home: Known = { kind: 'personal', ownerMemberId: 'dbmid:a', externalGroupId: 'dbmid:a' };
    const other = { ...named('team_member_folder', 'dbmid:a'), namespaceId: '2' };
    const discover = await discovering({ ...home, principals: [user('a', 'OWNER')] }, [other]);
    await writeMembers(arango.graph, context(), [member('a', { homeNamespaceId: '1' }), member('b')]);
    const { gaps } = await discover('run-2');
    expect(await stored('1')).toMatchObject({ work: 'none', principals: [user('a', 'OWNER')] });
    expect(await stored('2')).toBeNull();
    expect(gaps).toEqual([expect.stringContaining('of which the list of members says something else')]);
  });

  it("is someone else's where a second answer says so", async () => {
    const discover = await discovering(ownFolder, [named('app_folder', 'dbmid:b')]);
    await discover('run-2');
    await discover('run-3');
    expect(await whoCanRead(arango.db)).toEqual(['b OWNER Folder 1']);
  });

  it("is someone else's at once where its owner has left", async () => {
    const leftBehind = { ...ownFolder, ownerMemberId: 'dbmid:gone' };
    const discover = await discovering(leftBehind, [named('app_folder', 'dbmid:b')]);
    await discover('run-2');
    expect(await whoCanRead(arango.db)).toEqual(['b OWNER Folder 1']);
  });
});

describe('a new namespace', () => {
  it.each([
    ['someone else', 'dbmid:b'],
    ['a stranger', 'dbmid:x'],
    ['no one', null],
  ])("that is %s's, and a member's by the list of members, grants nothing and is a gap", async (_case, owner) => {
    const discover = await discovering(undefined, [named('team_member_folder', owner)]);
    await writeMembers(arango.graph, context(), [member('a', { homeNamespaceId: '1' }), member('b')]);
    const { gaps } = await discover('run-2');
    expect(gaps).toEqual([expect.stringContaining('of which the list of members says something else')]);
    expect(await stored('1')).toBeNull();
    expect(await whoCanRead(arango.db)).toEqual([]);
  });

  it.each([
    ['grants nothing, and is a gap, if no member has it as their root', ['8', '9'], 1, []],
    ['is read by all if a member has it as their root', ['1', '9'], 0, ['a READER Folder 1', 'b READER Folder 1']],
  ])('that is the root of the team %s', async (_case, [ofA = null, ofB = null], gapCount, readers) => {
    const discover = await discovering(undefined, [], [teamFolder({ isTeamSharedDropbox: true })]);
    const members = [member('a', { rootNamespaceId: ofA }), member('b', { rootNamespaceId: ofB })];
    await writeMembers(arango.graph, context(), members);
    const { gaps } = await discover('run-2');
    expect(gaps).toHaveLength(gapCount);
    expect(await whoCanRead(arango.db)).toEqual(readers);
  });
});

describe('a member whom the list describes in two ways', () => {
  const active = member('b');
  const refused: RefusedMember = { teamMemberId: 'dbmid:b', status: 'other', isContradicted: true };

  it.each<[string, (TeamMember | null)[], TeamMember['status']]>([
    ['is what Dropbox says by id', [{ ...active, status: 'suspended' }], 'suspended'],
    ['stays active if Dropbox says so by id', [active], 'active'],
    ['is granted nothing if Dropbox does not say', [], 'other'],
  ])('%s, although an earlier page has described them', async (_case, answers, status) => {
    await connectorWith(arango.db, {}, [listed('1')]);
    await beginRun(arango.db, 'run-2');
    const script: Script = {
      pages: {},
      asked: [],
      team: {
        events: () => pages({ events: [], cursor: 'e' }),
        members: async function* (onRefused: (one: RefusedMember) => void) {
          yield [member('a'), active];
          onRefused(refused);
          yield await Promise.resolve([]);
        },
        membersByIds: () => Promise.resolve(new Map(answers.map((answer) => ['dbmid:b', answer]))),
      },
    };
    const { gaps } = await attempt(scripted(arango.db, script).syncMembers, { ...ofPhase(), runId: 'run-2' });
    expect(gaps).toEqual(['the list of members describes 1 in two ways']);
    expect((await readMembers(arango.graph, CONNECTOR, ['dbmid:b'])).get('dbmid:b')?.status).toBe(status);
  });
});

describe('a member who is listed otherwise than before', () => {
  const exchanged = [member('a', { email: 'b@acme.example' }), member('b', { email: 'a@acme.example' })];
  const changed = (status: TeamMember['status']) => [member('a', { status }), member('b')];
  const stored = [member('a'), member('b')];

  it.each<[string, TeamMember[], TeamMember[], string, TeamMember['status'], number]>([
    ['has the address of another one if both entries agree', exchanged, exchanged, 'b', 'active', 0],
    ['does not get that of another one if their entries do not agree', exchanged, stored, 'a', 'active', 2],
    ['does not get that of another one if Dropbox does not say', exchanged, [], 'a', 'active', 2],
    ['is removed if their entry agrees', changed('removed'), changed('removed'), 'a', 'removed', 0],
    ['is not removed if their entry does not agree', changed('removed'), stored, 'a', 'active', 1],
    ['is not one who was only invited if their entry does not agree', changed('invited'), stored, 'a', 'active', 1],
    ['is granted nothing, and not gone, if Dropbox does not say', changed('removed'), [], 'a', 'other', 1],
  ])('%s', async (_case, list, answers, address, status, count) => {
    await connectorWith(arango.db, {}, [listed('1')]);
    await writeMembers(arango.graph, context(), stored);
    const script: Script = {
      pages: {},
      asked: [],
      team: {
        events: () => pages({ events: [], cursor: 'e' }),
        members: () => pages(list),
        membersByIds: () => Promise.resolve(new Map(answers.map((answer) => [answer.teamMemberId, answer]))),
      },
    };
    const { gaps } = await attempt(scripted(arango.db, script).syncMembers, ofPhase());
    expect(gaps).toEqual(
      count === 0
        ? []
        : [`the list of members contradicts what is known of ${count}, whose own entries do not confirm it`],
    );
    const now = (await readMembers(arango.graph, CONNECTOR, ['dbmid:a'])).get('dbmid:a');
    expect(now?.status).toBe(status);
    const { email } = (await arango.db.collection('users').document(now?.userKey ?? '')) as { email: string };
    expect(email).toBe(`${address}@acme.example`);
  });
});
