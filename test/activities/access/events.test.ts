import { failure } from '../../../src/failures';
import { readSyncPoint, writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames, type EventCategory } from '../../../src/sync/keys';
import { context, member } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { gate } from '../../support/gate';
import { advance, attempt, connectorWith, listed, scripted, type Script } from '../fixture';
import { eventAbout, ofPhase, pages, refusingPages } from '../teamScript';

const arango = useDatabase();

const events = [
  eventAbout('shared_content_view', '1'),
  eventAbout('invented_by_dropbox', '1'),
  eventAbout('invented_by_dropbox', '1'),
];

it.each([
  ['syncMembers', 'members', 'member_change_name'],
  ['syncGroups', 'groups', 'group_rename'],
  ['discoverNamespaces', 'team_folders', 'team_folder_rename'],
  ['readSharingEvents', 'sharing', 'shared_content_add_member'],
] as const)('%s counts the audit events that it reads (%s)', async (activity, category: EventCategory, used) => {
  await connectorWith(arango.db, {}, [listed('1')]);
  await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames[category], cursor: 'before' }]);
  const script: Script = {
    pages: {},
    asked: [],
    team: {
      events: () =>
        pages(
          { events: [...events, eventAbout(used, '1'), { timestamp: 'now' }], cursor: 'next' },
          { events: [eventAbout(used, '1')], cursor: 'after' },
        ),
      members: () => pages([member('a'), member('b')]),
      groups: () => pages(),
      groupsByIds: () => Promise.resolve(new Map()),
      namespaces: () =>
        pages([{ namespaceId: '1', name: 'Folder 1', type: 'team_folder' as const, teamMemberId: null }]),
      teamFolders: () => pages(),
    },
  };
  const activities = scripted(arango.db, script);
  expect(await attempt<ReturnType<typeof ofPhase>, unknown>(activities[activity], ofPhase())).toMatchObject({
    usedEvents: 2,
    eventsWithoutEffect: 1,
    unknownEvents: 2,
    unreadableEvents: 1,
  });
  // The cursor has passed the event that can't be read.
  expect((await readSyncPoint(arango.graph, context(), eventCursorNames[category]))?.cursor).toBe('after');
});

it.each([
  ['syncMembers', 'members'],
  ['syncGroups', 'groups'],
  ['discoverNamespaces', 'namespaces'],
] as const)('%s asks for its list while it reads the events', async (activity, list) => {
  await connectorWith(arango.db, {}, [listed('1')]);
  const { opened: asked, open: ask } = gate();
  const lists = {
    members: () => pages([member('a'), member('b')]),
    groups: () => pages(),
    namespaces: () => pages([{ namespaceId: '1', name: 'Folder 1', type: 'team_folder' as const, teamMemberId: null }]),
  };
  const script: Script = {
    pages: {},
    asked: [],
    team: {
      ...lists,
      [list]: () => (ask(), lists[list]()),
      groupsByIds: () => Promise.resolve(new Map()),
      teamFolders: () => pages(),
      events: async function* () {
        await asked;
        yield { events: [], cursor: 'after' };
      },
    },
  };
  await attempt<ReturnType<typeof ofPhase>, unknown>(scripted(arango.db, script)[activity], ofPhase());
  expect(await all(arango.db, 'syncPoints')).toContainEqual(expect.objectContaining({ cursor: 'after' }));
});

describe('the cursor of events', () => {
  const HOUR = 60 * 60 * 1000;

  /** After a first reading, which stores the cursor 'first'. */
  async function readings() {
    await connectorWith(arango.db, {}, [listed('1')]);
    const script: Script = { pages: {}, asked: [], team: { events: () => pages({ events: [], cursor: 'first' }) } };
    const read = (elapsed = 0) => {
      const phase = ofPhase();
      const input = { ...phase, startedAt: phase.startedAt + elapsed };
      return attempt<typeof phase, unknown>(scripted(arango.db, script).readSharingEvents, input);
    };
    await read();
    const cursor = async () => (await readSyncPoint(arango.graph, context(), eventCursorNames.sharing))?.cursor;
    return { script, read, cursor };
  }

  /** The cursor that is stored after a reading of these events, some time (ms) after the one before. */
  async function cursorAfter(found: unknown[], elapsed: number): Promise<string | undefined> {
    const { script, read, cursor } = await readings();
    script.team = { events: () => pages({ events: found, cursor: 'second' }) };
    advance(elapsed);
    await read();
    return cursor();
  }

  it('stays while there are no events after it', async () => {
    expect(await cursorAfter([], 5 * HOUR)).toBe('first');
  });

  it('is replaced when it is hours old, also where files become due in each run', async () => {
    const { script, read, cursor } = await readings();
    script.team = { events: () => pages({ events: [], cursor: 'second' }) };
    for (const _run of [1, 2]) {
      const membersReadAt = 1;
      const entry = {
        _key: 'e',
        connectorId: CONNECTOR,
        namespaceId: '1',
        itemId: 'id:1',
        kind: 'file',
        membersReadAt,
      };
      await arango.db.collection('dropboxEntries').save(entry, { overwriteMode: 'replace' });
      advance(4 * HOUR);
      await read();
    }
    expect(await cursor()).toBe('second');
  });

  it.each([
    ['the time of the newest event that it has returned', '2001-09-08T21:16:40Z', '2001-09-08T20:16:40Z'],
    ['a time with an offset', '2001-09-08T23:16:40+02:00', '2001-09-08T20:16:40Z'],
    ['a time after it was stored', '2001-09-09T02:00:00Z', '2001-09-09T00:46:40Z'],
    ['a time in the far future', '9999-12-31T23:59:59Z', '2001-09-09T00:46:40Z'],
    ['a time that no date has', 'yesterday', '2001-09-09T00:46:40Z'],
    ['no time', undefined, '2001-09-09T00:46:40Z'],
    ['a number', 7, '2001-09-09T00:46:40Z'],
    ['the earliest of all times', '-271821-04-20T00:00:00Z', '1970-01-01T00:00:00Z'],
  ])('that is reset with %s loses no event after it', async (_what, timestamp, startTime) => {
    const { script, read, cursor } = await readings();
    const from: unknown[] = [];
    const refused = failure('EventCursorReset', 'reset', { details: { timestamp } });
    script.team = {
      events: (asked: { cursor?: string; startTime?: string }) => {
        from.push(asked);
        return asked.cursor === undefined ? pages({ events: [], cursor: 'second' }) : refusingPages(refused)();
      },
    };
    const storedAt = ofPhase().startedAt;
    await arango.db.query('FOR p IN syncPoints UPDATE p WITH { updatedAtTimestamp: @storedAt } IN syncPoints', {
      storedAt,
    });
    await read(3 * HOUR);
    expect(from).toEqual([{ cursor: 'first' }, { category: 'sharing', startTime }]);
    expect(await cursor()).toBe('second');
  });

  it('that a wrong clock has stored counts as none: it may begin at a moment that is still to come', async () => {
    const { script, read, cursor } = await readings();
    await writeSyncPoints(arango.graph, { ...context(), now: Date.now() + 24 * HOUR }, [
      { name: eventCursorNames.sharing, cursor: 'of tomorrow' },
    ]);
    const from: unknown[] = [];
    script.team = { events: (asked: object) => (from.push(asked), pages({ events: [], cursor: 'second' })) };
    await read();
    expect(from).toMatchObject([{ category: 'sharing', startTime: expect.any(String) as unknown }]);
    expect(await cursor()).toBe('second');
  });

  it.each([
    ['an event, also one without effect, comes after it', 5 * HOUR, [eventAbout('shared_content_view', '1')]],
    ['it is hours old, since Dropbox does not say how long it can be used', 7 * HOUR, []],
  ])('is replaced when %s', async (_when, elapsed, found) => {
    expect(await cursorAfter(found, elapsed)).toBe('second');
  });
});
