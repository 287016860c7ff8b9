import type { EventCounts } from '../../src/sync/connectorDocument';
import { knownEventTypes } from '../../src/sync/eventEffects';
import { hintsOf, mergeHints, type HintEvent, type Hints } from '../../src/sync/events';

const none: Hints = {
  members: [],
  groups: [],
  namespaces: [],
  files: [],
  folders: [],
  teamFolders: [],
  receivers: [],
  everything: [],
  counts: { used: 0, withoutEffect: 0, unknown: 0, unreadable: 0 },
  unknownTypes: {},
};
const counted = (counts: Partial<EventCounts>): Pick<Hints, 'counts'> => ({ counts: { ...none.counts, ...counts } });

const member = (id: string) => ({ '.tag': 'team_member', team_member_id: id, email: `${id}@x.test` });
const participant = (id: string) => ({ '.tag': 'user', user: member(id) });
const groupParticipant = (id: string) => ({ '.tag': 'group', group_id: id, display_name: 'a group' });
const admin = { '.tag': 'admin', admin: member('dbmid:admin') };
const sharedFolder = (ns: string) => ({
  '.tag': 'folder',
  path: { contextual: '/x', namespace_relative: { ns_id: ns, is_shared_namespace: true } },
});
const folderAt = (ns: string, path: string) => ({
  '.tag': 'folder',
  path: { namespace_relative: { ns_id: ns, relative_path: path } },
});
const fileAt = (ns: string, path: string) => ({
  '.tag': 'file',
  path: { namespace_relative: { ns_id: ns, relative_path: path } },
});
const fileWithId = (id: string) => ({ ...fileAt('1', '/a'), file_id: id });

/** An event as it comes over the wire, where nearly everything may be missing. */
const event = (type: string, rest: object = {}): HintEvent =>
  ({
    event_type: { '.tag': type, description: '' },
    details: { '.tag': `${type}_details` },
    ...rest,
  }) as unknown as HintEvent;

describe('an audit event makes stale', () => {
  it.each<[string, HintEvent, Partial<Hints>]>([
    [
      'the member of the context, when an admin acted',
      event('member_change_status', { actor: admin, context: member('dbmid:a') }),
      { members: ['dbmid:a'] },
    ],
    [
      'the member who acted, when the event has no context',
      event('member_change_email', { actor: { '.tag': 'user', user: member('dbmid:a') } }),
      { members: ['dbmid:a'] },
    ],
    [
      'both sides of a transfer',
      event('member_transfer_account_contents', { context: member('dbmid:b'), participants: [participant('dbmid:a')] }),
      { members: ['dbmid:a', 'dbmid:b'] },
    ],
    ['all members, when none is named', event('member_change_status', { actor: admin }), { everything: ['members'] }],
    [
      'the group, not its members',
      event('group_add_member', { participants: [groupParticipant('g:1'), participant('dbmid:a')] }),
      { groups: ['g:1'] },
    ],
    [
      'all groups, when none has an id',
      event('group_rename', { participants: [{ '.tag': 'group', display_name: 'a group' }] }),
      { everything: ['groups'] },
    ],
    ['a team folder', event('team_folder_rename', { assets: [sharedFolder('7')] }), { teamFolders: ['7'] }],
    [
      'a team folder that became a shared folder, as both kinds',
      event('team_folder_downgrade', { assets: [sharedFolder('7')] }),
      { teamFolders: ['7'], namespaces: ['7'] },
    ],
    ['all team folders, when none is named', event('team_folder_create'), { everything: ['team_folders'] }],
    [
      'a shared folder, though its root has neither path nor id',
      event('shared_content_add_member', { assets: [sharedFolder('7')], participants: [participant('dbmid:a')] }),
      { namespaces: ['7'] },
    ],
    [
      'a folder within a namespace, which may be a namespace by now',
      event('shared_content_unshare', { assets: [folderAt('7', '/Sub/Folder')] }),
      { namespaces: ['7'], folders: [{ namespaceId: '7', path: '/Sub/Folder' }] },
    ],
    [
      'a file by its id, and the files that the named members received',
      event('shared_content_add_member', {
        actor: { '.tag': 'user', user: member('dbmid:a') },
        assets: [fileWithId('id:1')],
        participants: [participant('dbmid:b')],
      }),
      { files: [{ fileId: 'id:1' }], receivers: ['dbmid:a', 'dbmid:b'] },
    ],
    [
      'a file that someone outside the team shares with a group, and the files that its members received',
      event('shared_content_add_member', { assets: [fileAt('7', '/A.txt')], participants: [groupParticipant('g:1')] }),
      { files: [{ namespaceId: '7', path: '/A.txt' }], receivers: ['g:1'] },
    ],
    [
      'a file by its path, when it has no id',
      event('shared_content_remove_member', { assets: [fileAt('7', '/A.txt')] }),
      { files: [{ namespaceId: '7', path: '/A.txt' }] },
    ],
    [
      'a new shared folder, and the folder that it was made from',
      event('shared_folder_create', {
        assets: [folderAt('1', '/New')],
        details: { '.tag': 'shared_folder_create_details', target_ns_id: '9' },
      }),
      { namespaces: ['1', '9'], folders: [{ namespaceId: '1', path: '/New' }] },
    ],
    [
      'a nested folder, and its parents before and after',
      event('shared_folder_nest', {
        assets: [sharedFolder('7')],
        details: { '.tag': 'shared_folder_nest_details', previous_parent_ns_id: '3', new_parent_ns_id: '4' },
      }),
      { namespaces: ['3', '4', '7'] },
    ],
    [
      'a folder whose inheritance changed',
      event('shared_folder_change_members_inheritance_policy', { assets: [sharedFolder('7')] }),
      { namespaces: ['7'] },
    ],
    [
      'a shared folder that an event of a former type names',
      event('sf_team_invite', { assets: [sharedFolder('7')] }),
      { namespaces: ['7'] },
    ],
    ['all that is shared, when nothing is named', event('shared_content_add_member'), { everything: ['sharing'] }],
    ['all that is shared, when a policy changed', event('sharing_change_member_policy'), { everything: ['sharing'] }],
    [
      'everything, when two teams merged',
      event('team_merge_from'),
      { everything: ['groups', 'members', 'sharing', 'team_folders'] },
    ],
  ])('%s', (_title, one, expected) => {
    expect(hintsOf([one])).toEqual({ ...none, ...counted({ used: 1 }), ...expected });
  });

  it.each(['shared_content_view', 'shared_folder_mount', 'shared_link_create', 'team_profile_change_name'])(
    'nothing, when it is of the known type %s',
    (type) => {
      expect(hintsOf([event(type, { assets: [sharedFolder('7')] })])).toEqual({
        ...none,
        ...counted({ withoutEffect: 1 }),
      });
    },
  );

  it('nothing, when its type is unknown, and is counted', () => {
    const events = [event('next_years_event', { assets: [sharedFolder('7')] }), event('toString'), event('toString')];
    expect(hintsOf(events)).toEqual({
      ...none,
      ...counted({ unknown: 3 }),
      unknownTypes: { next_years_event: 1, toString: 2 },
    });
  });
});

describe('many events', () => {
  const events = [
    event('shared_content_add_member', { assets: [sharedFolder('7')] }),
    event('shared_content_remove_member', { assets: [sharedFolder('7')] }),
    event('shared_content_add_member', { assets: [fileWithId('id:1')] }),
    event('shared_content_add_member', { assets: [fileWithId('id:1')] }),
    event('group_add_member', { participants: [groupParticipant('g:2')] }),
    event('group_remove_member', { participants: [groupParticipant('g:1')] }),
    event('member_change_name', { context: member('dbmid:a') }),
    event('member_change_email', { context: member('dbmid:a') }),
  ];

  it('name each thing once, in whatever order they come and on however many pages', () => {
    const expected: Hints = {
      ...none,
      members: ['dbmid:a'],
      groups: ['g:1', 'g:2'],
      namespaces: ['7'],
      files: [{ fileId: 'id:1' }],
      ...counted({ used: 8 }),
    };
    expect(hintsOf(events)).toEqual(expected);
    expect(hintsOf(events.toReversed())).toEqual(expected);
    expect(mergeHints(hintsOf(events.slice(0, 3)), hintsOf(events.slice(3)))).toEqual(expected);
  });

  it('are counted by type over all pages, when their types are unknown', () => {
    const unknown = hintsOf([event('next_years_event'), event('shared_content_view')]);
    const more = hintsOf([event('next_years_event'), event('another_event')]);
    expect(mergeHints(unknown, more)).toEqual({
      ...none,
      ...counted({ withoutEffect: 1, unknown: 3, unreadable: 0 }),
      unknownTypes: { next_years_event: 2, another_event: 1 },
    });
  });
});

it('every known type of event is understood, however few fields it has', () => {
  const bare = knownEventTypes.flatMap((type) => [
    { event_type: { '.tag': type, description: '' } } as HintEvent,
    event(type, {
      assets: [{ '.tag': 'folder' }, { '.tag': 'file' }, { '.tag': 'other' }],
      participants: [{ '.tag': 'other' }],
    }),
    event(type, { context: { '.tag': 'anonymous' }, actor: { '.tag': 'dropbox' } }),
  ]);
  const { counts } = hintsOf(bare);
  expect(counts.used + counts.withoutEffect).toBe(bare.length);
});

describe('an event that cannot be read', () => {
  const readable = event('shared_content_add_member', { assets: [sharedFolder('7')] });

  it.each<[string, unknown]>([
    ['has no type', { assets: [sharedFolder('7')] }],
    ['has a type that is null', { event_type: null }],
    ['has null among its assets', event('shared_content_add_member', { assets: [null] as never })],
    ['has null among its participants', event('group_add_member', { participants: [null] as never })],
    ['is null', null],
    ['has a type without a tag', { event_type: {} }],
    ['has a type whose tag is a number', { event_type: { '.tag': 7 } }],
    ['names a folder by a number', event('shared_content_add_member', { assets: [sharedFolder(7 as never)] })],
    [
      'names a file by an object',
      event('shared_content_add_member', { assets: [{ '.tag': 'file', file_id: {} }] as never }),
    ],
    ['names a member by a list', event('member_change_status', { context: member(['dbmid:a'] as never) as never })],
    ['names a group by a number', event('group_add_member', { participants: [groupParticipant(7 as never)] as never })],
    ['has a detail that is no id', event('shared_folder_nest', { details: { target_ns_id: [7] } as never })],
  ])('because it %s is counted, and makes everything of its category stale', (_case, malformed) => {
    const hints = hintsOf([malformed as HintEvent, readable], 'sharing');
    expect(hints).toMatchObject({ everything: ['sharing'], namespaces: ['7'] });
    expect(hints.counts).toEqual({ used: 1, withoutEffect: 0, unknown: 0, unreadable: 1 });
  });

  it('of an unknown category makes everything stale', () => {
    expect(hintsOf([{} as HintEvent]).everything).toEqual(['groups', 'members', 'sharing', 'team_folders']);
  });
});
