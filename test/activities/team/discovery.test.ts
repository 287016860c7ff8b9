import type { TeamFolder, TeamNamespace } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { readNamespace } from '../../../src/graph/state/namespaces';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames, folderCursorName } from '../../../src/sync/keys';
import { context, namespace, user } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { attempt, connectorWith, listed, scripted, unreachable, type Script } from '../fixture';
import { inRun, ofPhase, pages, refusing, sharedFolder, whoCanRead } from '../teamScript';

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

interface Team {
  namespaces?: TeamNamespace[];
  teamFolders?: TeamFolder[];
  /** What an admin is answered who asks for a folder. */
  folder?: (id: string) => Promise<unknown>;
}

/** A connector that knows folder 1 and is up to date, and a team that consists of what is given. */
async function discovering({ namespaces = [], teamFolders = [], folder }: Team) {
  await connectorWith(arango.db, {}, [listed('1', { kind: 'shared_folder', work: 'none', membersReadAt: Date.now() })]);
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
      namespaces: () => pages(namespaces),
      teamFolders: () => pages(teamFolders),
    },
    actor: (name) => ({
      folderMetadata: (id: string) => {
        asked.push(`${name} ${id}`);
        return folder?.(id) ?? Promise.resolve(sharedFolder(id));
      },
    }),
  };
  const activities = scripted(arango.db, script);
  return { activities, asked, discover: () => attempt(activities.discoverNamespaces, ofPhase()) };
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

  it('under another name is listed from the start', async () => {
    const { discover } = await discovering({ namespaces: [shared('1', 'Renamed')] });
    await discover();
    expect(await stored('1')).toMatchObject({ name: 'Renamed', work: 'relist' });
    expect(await whoCanRead(arango.db)).toEqual(['a READER Renamed', 'b READER Renamed']);
  });
});

describe('a namespace that is missing from the list of the team', () => {
  it('loses all access and leaves, if an admin is refused too', async () => {
    const { discover, asked } = await discovering({ folder: refusing(unreachable()) });
    expect(await discover()).toMatchObject({ revoked: 2 });
    expect(asked).toEqual(['admin 1']);
    expect(await whoCanRead(arango.db)).toEqual([]);
    expect(await stored('1')).toMatchObject({ work: 'remove', principals: [] });
  });

  it('stays as it is, if an admin can still see it', async () => {
    const { discover } = await discovering({});
    await discover();
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
    expect(await stored('1')).toMatchObject({ work: 'none', problem: null });
  });

  it('keeps its access and is a gap, if Dropbox gives no answer', async () => {
    const { discover } = await discovering({ folder: refusing(failure('DropboxUnavailable', 'no answer')) });
    await discover();
    expect(await whoCanRead(arango.db)).toEqual(BOTH);
    expect(await stored('1')).toMatchObject({
      work: 'none',
      problem: "missing from the team's list, and Dropbox does not say whether it is gone",
    });
  });

  it('loses all access without another question, if it is an archived team folder', async () => {
    const { discover, asked } = await discovering({ teamFolders: [teamFolder('1', 'archived')] });
    await discover();
    expect(asked).toEqual([]);
    expect(await whoCanRead(arango.db)).toEqual([]);
    expect(await stored('1')).toMatchObject({ work: 'remove' });
  });
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
