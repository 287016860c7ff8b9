import type { FileMembersAnswer } from '../../../src/dropbox';
import { markEntriesDue } from '../../../src/graph/access/sharedEntries';
import { readNamespace } from '../../../src/graph/state/namespaces';
import { readSyncPoint, writeSyncPoints } from '../../../src/graph/state/syncPoints';
import type { ListedMembers } from '../../../src/sync/access';
import { entryKey, eventCursorNames } from '../../../src/sync/keys';
import { context } from '../../graph/fixture';
import { CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { gate } from '../../support/gate';
import { attempt, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';
import { eventAboutFile, inRun, listedUser, memberList, ofPhase, pages, sharedFolder, whoCanRead } from '../teamScript';

const arango = useDatabase();

/** An answer of Dropbox that the first call waits for until it is let go. Later calls get theirs at once. */
function firstWaits<T>(first: T, later: T): { answer: () => Promise<T>; asked: Promise<void>; letGo: () => void } {
  const { opened: released, open: letGo } = gate();
  const { opened: asked, open: ask } = gate();
  let calls = 0;
  const answer = async (): Promise<T> => {
    calls += 1;
    if (calls > 1) return later;
    ask();
    await released;
    return first;
  };
  return { answer, asked, letGo };
}

const both = memberList([listedUser('a', 'owner'), listedUser('b', 'viewer')]);
const onlyA = memberList([listedUser('a', 'owner')]);
const due = () => listed('1', { work: 'none', due: true });

describe('an attempt that Temporal has given up, and that wakes up with an old answer', () => {
  it('does not store an old member list', async () => {
    await connectorWith(arango.db, {}, [due()]);
    const list = firstWaits<ListedMembers>(both, onlyA);
    const { readNamespaceMembers } = scripted(arango.db, {
      pages: {},
      asked: [],
      actor: () => ({ folderMetadata: (id: string) => Promise.resolve(sharedFolder(id)), folderMembers: list.answer }),
    });
    const late = attempt(readNamespaceMembers, { ...inRun, limit: 10 });
    await list.asked;
    await attempt(readNamespaceMembers, { ...inRun, limit: 10 }, undefined, 2);
    list.letGo();
    await expect(late).rejects.toMatchObject({ type: 'GraphConflict' });
    expect(await whoCanRead(arango.db)).toEqual(['a OWNER Folder 1']);
  });

  it('does not store a namespace as it was before', async () => {
    await connectorWith(arango.db, {}, [due()]);
    await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.team_folders, cursor: 'e1' }]);
    const folder = firstWaits(sharedFolder('1'), sharedFolder('1'));
    let namespaces: object[] = [];
    const script: Script = {
      pages: {},
      asked: [],
      team: {
        events: () => pages({ events: [], cursor: 'e2' }),
        teamFolders: () => pages(),
        teamFoldersByIds: () => Promise.resolve(new Map([['1', null]])),
        namespaces: () => pages([{ namespaceId: '0', name: 'a', type: 'team_member_root' }, ...namespaces]),
      },
      actor: () => ({ folderMetadata: folder.answer, folderMembers: () => Promise.resolve(onlyA) }),
    };
    const { discoverNamespaces, readNamespaceMembers } = scripted(arango.db, script);
    // The list that this attempt has read leaves the folder out, so it is asked for.
    const late = attempt(discoverNamespaces, ofPhase());
    await folder.asked;
    namespaces = [{ namespaceId: '1', name: 'Folder 1', type: 'team_folder', teamMemberId: null }];
    await attempt(discoverNamespaces, ofPhase(), undefined, 2);
    await attempt(readNamespaceMembers, { ...inRun, limit: 10 });
    const before = await readNamespace(arango.graph, CONNECTOR, '1');
    folder.letGo();
    await expect(late).rejects.toMatchObject({ type: 'GraphConflict' });
    expect(await readNamespace(arango.graph, CONNECTOR, '1')).toEqual(before);
    expect(await whoCanRead(arango.db)).toEqual(['a OWNER Folder 1']);
  });

  it('does not store an old member list of a file', async () => {
    await connectorWith(arango.db, {});
    const members = (list: ListedMembers) => new Map<string, FileMembersAnswer>([['id:/f', { members: list }]]);
    const script: Script = {
      pages: { '': page([file('/f', { has_explicit_shared_members: true })], 'c1') },
      asked: [],
      fileMembers: () => members(both),
    };
    await attempt(scripted(arango.db, script).syncNamespace, ofNamespace('1'));
    await markEntriesDue(arango.graph, [entryKey(CONNECTOR, '1', '/f')]);
    const list = firstWaits(members(both), members(onlyA));
    script.actor = () => ({ fileMembersBatch: list.answer });
    const { readFileMembers } = scripted(arango.db, script);
    const late = attempt(readFileMembers, inRun);
    await list.asked;
    await attempt(readFileMembers, inRun, undefined, 2);
    list.letGo();
    await late;
    expect((await whoCanRead(arango.db)).filter((line) => line.endsWith(' f'))).toEqual(['a OWNER f']);
  });

  it('does not take the cursor of the sharing events back', async () => {
    await connectorWith(arango.db, {});
    const script: Script = { pages: { '': page([file('/f')], 'c1') }, asked: [] };
    await attempt(scripted(arango.db, script).syncNamespace, ofNamespace('1'));
    await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.sharing, cursor: 'e1' }]);
    const about = [eventAboutFile('shared_content_add_member', file('/f').id)];
    const log = firstWaits({ events: about, cursor: 'e2' }, { events: [], cursor: 'e3' });
    script.team = {
      events: async function* events() {
        yield await log.answer();
      },
    };
    const { readSharingEvents } = scripted(arango.db, script);
    const late = attempt(readSharingEvents, ofPhase());
    await log.asked;
    await attempt(readSharingEvents, ofPhase(), undefined, 2);
    log.letGo();
    await expect(late).rejects.toMatchObject({ type: 'GraphConflict' });
    expect(await readSyncPoint(arango.graph, context(), eventCursorNames.sharing)).toMatchObject({ cursor: 'e3' });
  });
});
