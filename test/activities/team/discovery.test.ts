import type { TeamFolder, TeamNamespace } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { writeMembers } from '../../../src/graph/access/members';
import { putNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { readSyncPoint, writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames, folderCursorName } from '../../../src/sync/keys';
import { context, member, namespace, user } from '../../graph/fixture';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, beginRun, connectorWith, listed, ofNamespace, page, RUN, scripted, type Script } from '../fixture';
import { inRun, listedUser, memberList, ofPhase, pages, refusing, sharedFolder, whoCanRead } from '../teamScript';

const arango = useDatabase();
const stored = (id: string) => readNamespace(arango.graph, CONNECTOR, id);
const BOTH = ['a READER Folder 1', 'b READER Folder 1'];

const shared = (id: string, name = `Folder ${id}`): TeamNamespace => ({
  namespaceId: id,
  name,
  type: 'shared_folder',
  teamMemberId: null,
});
const teamFolder = (id: string, status: TeamFolder['status'] = 'active'): TeamFolder => ({
  teamFolderId: id,
  name: `Folder ${id}`,
  status,
  isTeamSharedDropbox: false,
});

/** In the list of every team: a list without any namespace is not believed. */
const root: TeamNamespace = { namespaceId: '0', name: 'a', type: 'team_member_root', teamMemberId: 'dbmid:a' };

interface Team {
  namespaces?: TeamNamespace[];
  teamFolders?: TeamFolder[];
  /** What each one is answered who asks for a folder. */
  folder?: (actor: string, id: string) => Promise<unknown>;
  known?: Parameters<typeof listed>[1];
  teamFoldersByIds?: Record<string, TeamFolder | null>;
  /** The list of namespaces has no entry at all. */
  isEmpty?: boolean;
}

/** A connector that knows folder 1 and is up to date, and a team that consists of what is given. */
async function discovering(team: Team) {
  const { namespaces = [], teamFolders = [], folder, known, teamFoldersByIds = {}, isEmpty = false } = team;
  await connectorWith(arango.db, {}, [
    listed('1', { kind: 'shared_folder', work: 'none', membersReadAt: 1_000_000_000_000, ...known }),
  ]);
  await writeSyncPoints(arango.graph, context(), [
    { name: eventCursorNames.team_folders, cursor: 'e1' },
    { name: folderCursorName('1'), cursor: 'c1', boundTo: 'dbmid:a' },
  ]);
  const asked: string[] = [];
  const script: Script = {
    pages: {},
    asked: [],
    team: {
      events: () => pages({ events: [], cursor: 'e2' }),
      namespaces: () => pages([...(isEmpty ? [] : [root]), ...namespaces]),
      teamFolders: () => pages(teamFolders),
      teamFoldersByIds: () => Promise.resolve(new Map(Object.entries(teamFoldersByIds))),
    },
    actor: (name) => ({
      folderMetadata: (id: string) => {
        asked.push(`${name} ${id}`);
        return folder?.(name, id) ?? Promise.resolve(sharedFolder(id));
      },
      folderMembers: () => Promise.resolve(memberList([listedUser('a', 'owner'), listedUser('b', 'viewer')])),
      listFolder: (id: string) => {
        asked.push(`${name} ${id}`);
        return folder?.(name, id) ?? Promise.resolve(page([], 'c'));
      },
      sharedFolders: () => pages(),
    }),
  };
  const activities = scripted(arango.db, script);
  const discover = async (runId = RUN) => {
    await beginRun(arango.db, runId);
    return attempt(activities.discoverNamespaces, { ...ofPhase(), runId });
  };
  return { activities, asked, discover, script };
}

describe('a namespace that is in the list of the team', () => {
  it('for the first time has to be listed, and its members to be read', async () => {
    const { discover } = await discovering({ namespaces: [shared('1'), shared('2')], teamFolders: [teamFolder('3')] });
    expect(await discover()).toMatchObject({ namespaces: 3, recordGroups: 3 });
    expect(await stored('2')).toMatchObject({ kind: 'shared_folder', work: 'relist', due: true, principals: null });
    expect(await stored('3')).toMatchObject({ kind: 'team_folder', work: 'relist', due: true, principals: null });
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
  });

  it('as the folder of a member is theirs at once, with no member list to read', async () => {
    const personal = { namespaceId: '9', name: 'a', type: 'team_member_folder', teamMemberId: 'dbmid:a' } as const;
    const { discover } = await discovering({ namespaces: [shared('1'), personal] });
    await discover();
    expect(await stored('9')).toMatchObject({ kind: 'personal', externalGroupId: 'dbmid:a', due: false });
    expect(await whoCanRead(arango.db)).toEqual(['a OWNER A', ...BOTH]);
  });

  it('and is up to date stays as it is', async () => {
    const { discover, asked } = await discovering({ namespaces: [shared('1')] });
    const before = await all(arango.db, 'dropboxNamespaces');
    expect(await discover()).toMatchObject({ granted: 0, revoked: 0 });
    expect(await all(arango.db, 'dropboxNamespaces')).toEqual(before);
    expect(asked).toEqual([]);
  });

  it.each([
    ['was new or had an unknown level', { readAgain: true }],
    ['is too old', { membersReadAt: 1 }],
    ['was read under a clock that was far ahead', { membersReadAt: 2_000_000_000_000 }],
  ])('has its members read again if its list %s', async (_case, known) => {
    const { discover } = await discovering({ namespaces: [shared('1')], known });
    await discover();
    expect(await stored('1')).toMatchObject({ due: true, work: 'none' });
  });

  it('under another name is listed from the start', async () => {
    const { discover } = await discovering({ namespaces: [shared('1', 'Renamed')] });
    await discover();
    expect(await stored('1')).toMatchObject({ name: 'Renamed', work: 'relist' });
    expect(await whoCanRead(arango.db)).toEqual(['a READER Renamed', 'b READER Renamed']);
  });
});

const refused = (reason: string) => () =>
  Promise.reject(failure('NamespaceUnreachable', 'not for this member', { details: { reason } }));
const UNCONFIRMED = 'no one who was asked can see it; a later run has to confirm that it is gone';
const SHOWN = "missing from the team's list, although Dropbox still shows it";
const UNKNOWN = "missing from the team's list, and Dropbox does not say whether it is gone";

describe('a namespace that is missing from the list of the team', () => {
  it('loses all access and leaves, if Dropbox says to everyone that it does not exist', async () => {
    const { discover, asked } = await discovering({ folder: refused('invalid_id') });
    expect(await discover()).toMatchObject({ revoked: 2, gaps: [] });
    expect(asked).toEqual(['admin 1', 'dbmid:a 1', 'dbmid:b 1']);
    expect(await whoCanRead(arango.db)).toEqual([]);
    expect(await stored('1')).toMatchObject({ work: 'remove', principals: [] });
  });

  it('loses all access if everyone is refused, and leaves when a later run confirms it', async () => {
    const { discover } = await discovering({ folder: refused('not_a_member') });
    expect(await discover()).toMatchObject({ revoked: 2 });
    expect(await whoCanRead(arango.db)).toEqual([]);
    expect(await stored('1')).toMatchObject({ work: 'none', delegate: 'dbmid:a', problem: UNCONFIRMED });
    await discover();
    expect(await stored('1')).toMatchObject({ work: 'none' });
    await discover('run-2');
    expect(await stored('1')).toMatchObject({ work: 'remove' });
  });

  it('stays as it is, if an admin can still see it, and is a gap', async () => {
    const { discover } = await discovering({});
    await discover();
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
    expect(await stored('1')).toMatchObject({ work: 'none', problem: SHOWN });
  });

  it('has its members read again like any other, if Dropbox still shows it, and is a gap', async () => {
    const { discover, activities } = await discovering({ known: { membersReadAt: 1 } });
    expect(await discover()).toMatchObject({ listsDue: true, gaps: [`namespace 1: ${SHOWN}`] });
    await attempt(activities.readNamespaceMembers, { connectorId: CONNECTOR, runId: RUN, limit: 10 });
    expect(await whoCanRead(arango.db)).toEqual(['a OWNER Folder 1', 'b READER Folder 1']);
  });

  it('stays as it is, if it is owned outside the team and a member can still see it', async () => {
    const { discover, asked } = await discovering({
      folder: (actor, id) => (actor === 'dbmid:b' ? Promise.resolve(sharedFolder(id)) : refused('not_a_member')()),
    });
    await discover();
    expect(asked).toEqual(['admin 1', 'dbmid:a 1', 'dbmid:b 1']);
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
    expect(await stored('1')).toMatchObject({ work: 'none', problem: SHOWN });
  });

  it('keeps its access and is a gap, if Dropbox gives no answer', async () => {
    const { discover } = await discovering({ folder: refusing(failure('DropboxUnavailable', 'no answer')) });
    await discover();
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
    expect(await stored('1')).toMatchObject({ work: 'none', problem: UNKNOWN });
  });

  it.each<[string, Team]>([
    ['gone', { folder: refused('invalid_id') }],
    ['not seen', { folder: refused('not_a_member') }],
    ['an archived team folder', { teamFolders: [teamFolder('1', 'archived')] }],
  ])('has the members of folders nested in it read again, if it is %s', async (_case, team) => {
    const { discover } = await discovering({ ...team, namespaces: [shared('2'), shared('3')] });
    const nested = (id: string, parentNamespaceId: string | null) =>
      listed(id, { kind: 'shared_folder', work: 'none', membersReadAt: 1_000_000_000_000, parentNamespaceId });
    await putNamespaces(arango.graph, [nested('2', '1'), nested('3', null)]);
    expect(await discover()).toMatchObject({ listsDue: true });
    expect(await stored('2')).toMatchObject({ due: true });
    expect(await stored('3')).toMatchObject({ due: false });
  });

  it('loses all access without another question, if it is an archived team folder', async () => {
    const { discover, asked } = await discovering({ teamFolders: [teamFolder('1', 'archived')] });
    await discover();
    expect(asked).toEqual([]);
    expect(await whoCanRead(arango.db)).toEqual([]);
    expect(await stored('1')).toMatchObject({ work: 'remove' });
  });

  it.each<[string, Record<string, TeamFolder | null>, object]>([
    ['leaves, if it is archived', { 1: teamFolder('1', 'archived') }, { work: 'remove', principals: [] }],
    ['stays, if it is active', { 1: teamFolder('1') }, { work: 'none', problem: SHOWN }],
    ['stays, if its status is unknown', { 1: teamFolder('1', 'other') }, { work: 'none', problem: UNKNOWN }],
    ['stays, if Dropbox says nothing of it', {}, { work: 'none', problem: UNKNOWN }],
    ['stays, if it is a shared folder now', { 1: null }, { work: 'none', problem: SHOWN }],
  ])('and is a team folder, which is asked for by its id, %s', async (_case, teamFoldersByIds, expected) => {
    const { discover } = await discovering({ known: { kind: 'team_folder' }, teamFoldersByIds });
    await discover();
    expect(await stored('1')).toMatchObject(expected);
  });

  it.each<[string, Team['folder'], object, string[]]>([
    ['stays, if its owner can list it', undefined, { work: 'none', problem: SHOWN }, ['dbmid:a 1']],
    [
      'waits for a later run, if neither its owner nor an admin can',
      refused('not_found'),
      { work: 'none', problem: UNCONFIRMED, principals: [] },
      ['dbmid:a 1', 'admin 1'],
    ],
  ])('and is the folder of a member %s', async (_case, folder, expected, questions) => {
    const known: Team['known'] = { kind: 'personal', ownerMemberId: 'dbmid:a', principals: [user('a', 'OWNER')] };
    const { discover, asked } = await discovering({ known, ...(folder ? { folder } : {}) });
    await discover();
    expect(asked).toEqual(questions);
    expect(await stored('1')).toMatchObject(expected);
  });

  it('stays as it is, if the list is empty, which is no answer', async () => {
    const { discover, asked } = await discovering({ isEmpty: true, folder: refused('invalid_id') });
    expect(await discover()).toMatchObject({ gaps: ['the list of namespaces is empty, although 1 are known'] });
    expect(asked).toEqual([]);
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
    expect(await stored('1')).toMatchObject({ work: 'none', problem: null });
    // The event that may have named the missing ones is read again.
    expect((await readSyncPoint(arango.graph, context(), eventCursorNames.team_folders))?.cursor).toBe('e1');
  });
});

it('the folder of a member who has come back as another one belongs to the other one, with all that is in it', async () => {
  const home = (id: string): TeamNamespace => ({
    namespaceId: '1',
    name: id,
    type: 'team_member_folder',
    teamMemberId: `dbmid:${id}`,
  });
  const owner = { kind: 'personal', ownerMemberId: 'dbmid:a', externalGroupId: 'dbmid:a', name: 'Ann' } as const;
  const { script, discover } = await discovering({
    namespaces: [home('b')],
    // An admin has listed it while its owner was suspended.
    known: { ...owner, principals: [user('a', 'OWNER')], work: 'relist', delegate: 'admin' },
  });
  script.pages = { '': page([file('/mine')], 'c2') };
  const { syncNamespace, assignDelegates } = scripted(arango.db, { ...script, actor: () => ({}) });
  await attempt(syncNamespace, ofNamespace('1'));
  await writeMembers(arango.graph, context(), [
    member('a', { status: 'removed', displayName: 'Ann' }),
    member('b', { displayName: 'Ann' }),
  ]);
  await discover();
  await attempt(assignDelegates, inRun);
  await attempt(syncNamespace, ofNamespace('1'));
  const { recordGroupKey } = (await stored('1')) ?? {};
  expect(await whoCanRead(arango.db)).toContain('b OWNER Ann');
  expect((await all(arango.db, 'inheritPermissions')).map(({ _to }) => _to)).toEqual([
    `recordGroups/${recordGroupKey}`,
  ]);
});

describe('a team folder that only the list of namespaces names', () => {
  const listedAs = (type: TeamNamespace['type']): TeamNamespace => ({ ...shared('1'), type });

  it.each<[string, Required<Team>['teamFoldersByIds'], Team['known'], object]>([
    [
      'stays the root of the team space',
      { 1: { ...teamFolder('1'), isTeamSharedDropbox: true } },
      { kind: 'team_root' },
      { kind: 'team_root', due: false, work: 'none' },
    ],
    ['leaves, if it is archived', { 1: teamFolder('1', 'archived') }, { kind: 'team_folder' }, { work: 'remove' }],
    ['is one, if Dropbox knows no more', { 1: null }, { kind: 'team_folder' }, { kind: 'team_folder', work: 'none' }],
    [
      'stays as it is and is a gap, if Dropbox does not say',
      {},
      { kind: 'team_root' },
      { kind: 'team_root', work: 'none', problem: 'listed as one that the list of team folders leaves out' },
    ],
  ])('is asked for by its id: it %s', async (_case, teamFoldersByIds, known, expected) => {
    const { discover } = await discovering({
      namespaces: [listedAs('team_folder')],
      teamFoldersByIds,
      known: { ...known },
    });
    expect((await discover()).gaps).toEqual([]);
    expect(await stored('1')).toMatchObject(expected);
  });
});

describe('something that this version does not know', () => {
  const ofType = (id: string, type: TeamNamespace['type']): TeamNamespace => ({ ...shared(id), type });

  it('a new namespace of an unknown type is left out and reported, and all others are stored', async () => {
    const { discover } = await discovering({ namespaces: [shared('1'), ofType('2', 'other'), shared('3')] });
    expect(await discover()).toMatchObject({
      namespaces: 2,
      gaps: ['namespace 2: left out, as one of a type that this version does not know'],
    });
    expect(await stored('2')).toBeNull();
    expect(await stored('3')).not.toBeNull();
  });

  it.each<[string, Team]>([
    ['type', { namespaces: [ofType('1', 'other')] }],
    ['status', { known: { kind: 'team_folder' }, teamFolders: [teamFolder('1', 'other')] }],
  ])('a known namespace of an unknown %s keeps its access and content, and is reported', async (what, team) => {
    const { discover, asked } = await discovering(team);
    expect(await discover()).toMatchObject({ granted: 0, revoked: 0 });
    expect(asked).toEqual([]);
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
    const problem = expect.stringContaining(`${what} that this version does not know`) as string;
    expect(await stored('1')).toMatchObject({ work: 'none', problem });
  });
});

it('a namespace that the graph refuses is a gap, and the others of its batch are stored', async () => {
  const unstorable = { ...shared('2'), name: 7 as unknown as string };
  const { discover } = await discovering({ namespaces: [shared('1'), unstorable, shared('3')] });
  const { gaps } = await discover();
  expect(gaps).toEqual([expect.stringMatching(/^namespace 2: can't be stored \(/)]);
  expect(await stored('2')).toBeNull();
  expect(await stored('3')).toMatchObject({ work: 'relist' });
});

it('more namespaces than are in memory at once are found, compared, assigned and taken for missing', async () => {
  const many = Array.from({ length: 1_100 }, (_, at) => shared(String(at + 1)));
  const script: Team = { namespaces: many };
  const { discover, activities } = await discovering(script);
  const work = async (is: string) =>
    (await all(arango.db, 'dropboxNamespaces')).filter((one) => one.work === is).length;
  expect(await discover()).toMatchObject({ namespaces: 1_100, gaps: [] });
  expect(await work('relist')).toBe(1_099);
  await change(
    arango.db,
    'FOR n IN dropboxNamespaces UPDATE n WITH { principals: [{ id: "dbmid:a", kind: "user", role: "READER" }] } IN dropboxNamespaces',
  );
  await attempt(activities.assignDelegates, inRun);
  const delegates = (await all(arango.db, 'dropboxNamespaces')).map(({ delegate }) => delegate as string | null);
  expect(new Set(delegates)).toEqual(new Set(['dbmid:a']));
  const before = await all(arango.db, 'dropboxNamespaces');
  await discover('run-2');
  expect(await all(arango.db, 'dropboxNamespaces')).toHaveLength(before.length);
  many.splice(1, 2);
  await discover('run-3');
  expect((await all(arango.db, 'dropboxNamespaces')).filter(({ problem }) => problem === SHOWN)).toHaveLength(2);
});

it('delegates are active members who can read the namespace, with an equal load, or else an admin', async () => {
  const unassigned = { delegate: null, work: 'none' } as const;
  await connectorWith(arango.db, {}, [
    namespace('1', { ...unassigned, principals: [user('a'), user('b')] }),
    namespace('2', { ...unassigned, principals: [user('a'), user('b')] }),
    namespace('3', { ...unassigned, principals: [user('left')] }),
    namespace('5', { ...unassigned, principals: [user('a'), user('b')] }),
    namespace('4', { ...unassigned, delegate: 'dbmid:b', principals: [user('b')] }),
  ]);
  await writeSyncPoints(arango.graph, context(), [{ name: folderCursorName('4'), cursor: 'c', boundTo: 'dbmid:b' }]);
  const { assignDelegates } = scripted(arango.db, { pages: {}, asked: [] });
  await attempt(assignDelegates, inRun);
  const delegates = (await all(arango.db, 'dropboxNamespaces')).map(
    ({ namespaceId, delegate, work }) => `${String(namespaceId)} ${String(delegate)} ${String(work)}`,
  );
  // Folder 4 keeps the delegate that its cursor is bound to.
  expect(delegates).toContain('4 dbmid:b none');
  expect(delegates).toContain('3 admin relist');
  const assigned = delegates.filter((line) => /^[125] /.test(line)).map((line) => line.slice(2));
  expect(assigned.sort()).toEqual(['dbmid:a relist', 'dbmid:a relist', 'dbmid:b relist']);
});
