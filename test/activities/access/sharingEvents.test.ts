import type { FileMembersAnswer } from '../../../src/dropbox';
import { writeMembers } from '../../../src/graph/access/members';
import { markEntriesDue } from '../../../src/graph/access/sharedEntries';
import { patchNamespaces, putNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { readSyncPoint, writeSyncPoints } from '../../../src/graph/state/syncPoints';
import type { HintEvent } from '../../../src/sync/events';
import { eventCursorNames } from '../../../src/sync/keys';
import { RECEIVED_NAMESPACE_ID } from '../../../src/sync/receivedFiles';
import { context, member, user } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file, folder } from '../../support/entries';
import { advance, attempt, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';
import {
  eventAbout,
  eventAboutFile,
  eventAboutPath,
  inRun,
  listedUser,
  memberList,
  ofPhase,
  pages,
  whoCanRead,
} from '../teamScript';

const arango = useDatabase();
const HOUR = 60 * 60 * 1000;
const FOLDER = ['a READER Folder 1', 'b READER Folder 1'];
const stored = (id: string) => readNamespace(arango.graph, CONNECTOR, id);
const groupOf = (name: string) => ({ '.tag': 'group' as const, group_id: `g:${name}`, display_name: name });
const dueFiles = async (): Promise<string[]> =>
  (await all(arango.db, 'dropboxEntries'))
    .filter(({ membersDue }) => membersDue === true)
    .map(({ path }) => path as string);

/** A connector with a listed folder that holds a shared file; `events` are the next sharing events. */
async function sharing(events: HintEvent[] = []) {
  await connectorWith(arango.db, {}, [listed('1'), listed('2', { work: 'none', principals: [] })]);
  const from: unknown[] = [];
  const script: Script = {
    pages: { '': page([file('/shared', { has_explicit_shared_members: true }), file('/own')], 'c1') },
    asked: [],
    fileMembers: (_actor, ids) => new Map(ids.map((id) => [id, { members: memberList([listedUser('b', 'viewer')]) }])),
    actor: () => ({ receivedFiles: () => pages() }),
    team: {
      events: (start: unknown) => {
        from.push(start);
        return pages({ events, cursor: 'after' });
      },
    },
  };
  const activities = scripted(arango.db, script);
  await attempt(activities.syncNamespace, ofNamespace('1'));
  return { activities, script, from };
}

const withCursor = () =>
  writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.sharing, cursor: 'before' }]);
const cursor = async () => (await readSyncPoint(arango.graph, context(), eventCursorNames.sharing))?.cursor;

describe('sharing events', () => {
  it('make the folders and files that they name due, store the cursor, and are counted', async () => {
    const { activities, from } = await sharing([
      eventAbout('shared_content_add_member', '2'),
      eventAboutFile('shared_content_add_member', 'id:/own'),
      eventAbout('shared_content_view', '1'),
      eventAbout('invented_by_dropbox', '1'),
    ]);
    await withCursor();
    expect(await attempt(activities.readSharingEvents, ofPhase())).toMatchObject({
      usedEvents: 2,
      eventsWithoutEffect: 1,
      unknownEvents: 1,
    });
    expect(from).toEqual([{ cursor: 'before' }]);
    expect(await cursor()).toBe('after');
    expect(await stored('1')).toMatchObject({ due: false });
    expect(await stored('2')).toMatchObject({ due: true });
    expect(await dueFiles()).toEqual(['/own']);
  });

  it('are read from the start of a first full run, however long its listings take', async () => {
    const { activities, from } = await sharing();
    const run = await attempt(activities.beginRun, { ...inRun, mode: 'full', dryRun: false });
    advance(5 * HOUR);
    await attempt(activities.readSharingEvents, { ...inRun, full: true, startedAt: run.startedAt });
    expect(from).toHaveLength(1);
    const [{ startTime }] = from as [{ startTime: string }];
    // An event may be an hour late.
    expect(Date.parse(startTime)).toBeLessThanOrEqual(run.startedAt - HOUR);
    expect(await cursor()).toBe('after');
  });

  it('that may be lost make every folder and every shared file due', async () => {
    const { activities } = await sharing();
    await attempt(activities.readSharingEvents, ofPhase());
    expect(await stored('1')).toMatchObject({ due: true });
    expect(await stored('2')).toMatchObject({ due: true });
    expect(await dueFiles()).toEqual(['/shared']);
  });

  it('about a file that is not stored yet wait for the listings, and then point to a received file', async () => {
    const { activities } = await sharing([eventAboutFile('shared_link_share', 'id:/new')]);
    await attempt(activities.syncReceivedFiles, ofPhase(true));
    await withCursor();
    await attempt(activities.readSharingEvents, { ...ofPhase(), early: true });
    const waiting = await stored(RECEIVED_NAMESPACE_ID);
    expect(waiting?.waitingHints).toEqual([{ fileId: 'id:/new' }]);
    expect(waiting?.membersReadAt).toBeGreaterThan(0);

    await attempt(activities.readSharingEvents, ofPhase());
    expect(await stored(RECEIVED_NAMESPACE_ID)).toMatchObject({ waitingHints: [], membersReadAt: 0 });
  });

  it.each([
    ['a folder that is not known', '9', {}, true],
    ['a folder that no one sees', '3', {}, true],
    ['a listed folder that it has left since, for a group', '1', { participants: [groupOf('writers')] }, true],
    ['a listed folder that it has left since', '1', {}, false],
  ])(
    'about a file by its path in %s: everyone is asked what they received, or no one',
    async (_case, id, more, asks) => {
      const { activities } = await sharing([{ ...eventAboutPath('shared_content_unshare', id, '/left'), ...more }]);
      await putNamespaces(arango.graph, [listed('3', { work: 'none', unseenBy: 'members 1', principals: [] })]);
      await attempt(activities.syncReceivedFiles, ofPhase(true));
      await withCursor();
      await attempt(activities.readSharingEvents, ofPhase());
      expect((await stored(RECEIVED_NAMESPACE_ID))?.membersReadAt === 0).toBe(asks);
    },
  );
});

describe('a file with a member list of its own', () => {
  const dueFile = async (): Promise<void> => {
    const entries = await all(arango.db, 'dropboxEntries');
    await markEntriesDue(
      arango.graph,
      entries.filter(({ path }) => path === '/shared').map(({ _key }) => _key as string),
    );
  };

  it('is readable by the members on the list, and the names that are granted nothing are counted', async () => {
    const { activities, script } = await sharing();
    expect(await whoCanRead(arango.db)).toEqual([...FOLDER, 'b READER shared']);
    script.fileMembers = (_actor, ids) =>
      new Map(
        ids.map((id): [string, FileMembersAnswer] => [
          id,
          { members: memberList([listedUser('a', 'editor'), listedUser('b', 'no_access')]) },
        ]),
      );
    await dueFile();
    expect(await attempt(activities.readFileMembers, inRun)).toMatchObject({
      done: true,
      granted: 1,
      revoked: 1,
      ungrantedLevels: 1,
      ungrantedInvitees: 0,
      ungrantedOutsiders: 0,
      ungrantedMembers: 0,
    });
    expect(await whoCanRead(arango.db)).toEqual([FOLDER[0], 'a WRITER shared', FOLDER[1]]);
    expect(await dueFiles()).toEqual([]);
  });

  it('with an access level that this version does not know is read again, in the same run and in each later one', async () => {
    const { activities, script } = await sharing();
    const readable = script.fileMembers!;
    script.fileMembers = (_actor, ids) =>
      new Map(ids.map((id) => [id, { members: memberList([listedUser('b', 'other')]) }]));
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'relist', mark: null }]);
    await attempt(activities.syncNamespace, ofNamespace('1'));
    expect(await dueFiles()).toEqual(['/shared']);
    expect(await whoCanRead(arango.db)).toEqual(FOLDER);
    expect(await attempt(activities.readFileMembers, inRun)).toMatchObject({ done: true, ungrantedLevels: 1 });
    expect(await dueFiles()).toEqual([]);

    await withCursor();
    script.fileMembers = readable;
    await attempt(activities.readSharingEvents, ofPhase());
    expect(await dueFiles()).toEqual(['/shared']);
    await attempt(activities.readFileMembers, inRun);
    expect(await whoCanRead(arango.db)).toContain('b READER shared');
    // This list differs from the one before: it is read once more.
    await attempt(activities.readSharingEvents, ofPhase());
    expect(await dueFiles()).toEqual(['/shared']);
    await attempt(activities.readFileMembers, inRun);
    await attempt(activities.readSharingEvents, ofPhase());
    expect(await dueFiles()).toEqual([]);
  });

  it('with a name that cannot be read keeps the access that this name had, also in a listing from the start', async () => {
    const { activities, script } = await sharing();
    const unreadable = [{ teamMemberId: 'dbmid:b' }];
    script.fileMembers = (_actor, ids) => new Map(ids.map((id) => [id, { members: memberList([], { unreadable }) }]));
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'relist', mark: null }]);
    expect(await attempt(activities.syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
    expect(await whoCanRead(arango.db)).toEqual([...FOLDER, 'b READER shared']);
    expect(await all(arango.db, 'dropboxDeadLetters')).toMatchObject([{ kind: 'fileMembers', subject: 'id:/shared' }]);
  });

  it('that cannot be read is a dead letter and grants nothing until it can be read again', async () => {
    const { activities, script } = await sharing();
    const readable = script.fileMembers!;
    script.fileMembers = (_actor, ids) => new Map(ids.map((id) => [id, { problem: 'access_error' }]));
    await dueFile();
    await attempt(activities.readFileMembers, inRun);
    expect(await whoCanRead(arango.db)).toEqual(FOLDER);
    expect(await all(arango.db, 'dropboxDeadLetters')).toMatchObject([
      { kind: 'fileMembers', subject: 'id:/shared', reason: "the member list can't be read: access_error" },
    ]);

    script.fileMembers = readable;
    await dueFile();
    await attempt(activities.readFileMembers, inRun);
    expect(await whoCanRead(arango.db)).toContain('b READER shared');
    expect(await all(arango.db, 'dropboxDeadLetters')).toEqual([]);
  });

  it('has none to read any more when a folder takes its place', async () => {
    const { activities, script } = await sharing();
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue', mark: null }]);
    script.pages = { c1: page([folder('/shared', { id: 'id:folder' })], 'c2') };
    await attempt(activities.syncNamespace, ofNamespace('1'));
    expect(await dueFiles()).toEqual([]);
  });

  it('is read as the delegate of its namespace', async () => {
    const { activities, script } = await sharing();
    const readable = script.fileMembers!;
    const asked: string[] = [];
    script.fileMembers = (actor, ids) => {
      asked.push(`${actor} ${ids.join(' ')}`);
      return readable(actor, ids);
    };
    await dueFile();
    await attempt(activities.readFileMembers, inRun);
    expect(asked).toEqual(['dbmid:a id:/shared']);
  });
});

it('a suspended member who is active again is granted what the stored lists name them on', async () => {
  await connectorWith(arango.db, {}, [listed('1', { principals: [user('a'), user('c', 'WRITER')] })]);
  const { refreshAccess } = scripted(arango.db, { pages: {}, asked: [] });
  await writeMembers(arango.graph, context(), [member('c', { status: 'suspended' })]);
  while (!(await attempt(refreshAccess, inRun)).done);
  expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1']);

  await writeMembers(arango.graph, context(), [member('c')]);
  expect(await attempt(refreshAccess, inRun)).toMatchObject({ granted: 1, done: false });
  expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1', 'c WRITER Folder 1']);
  expect(await attempt(refreshAccess, inRun)).toMatchObject({ done: true });
});
