import { smallCompany, content, refusal } from './smallCompany';

const all = (company: ReturnType<typeof smallCompany>['company']) => company.log.getEvents({}).events;

describe('the audit log', () => {
  it('names the actor and participants, and identifies a shared folder by its namespace alone', () => {
    const { company, ann, bob, as } = smallCompany('A');
    company.goLive();
    const shared = company.sharing.shareFolder(as(bob), { path: '/Plans' });
    if (shared['.tag'] !== 'complete') throw new Error('expected the folder to be shared without a job');
    company.sharing.addFolderMember(as(bob), {
      shared_folder_id: shared.shared_folder_id,
      members: [
        { member: { '.tag': 'dropbox_id', dropbox_id: ann.accountId }, access_level: { '.tag': 'editor' } },
        { member: { '.tag': 'email', email: 'Guest@Out.test' } },
      ],
    });
    const [created, added, invited] = all(company);
    expect(created).toMatchObject({
      timestamp: '2025-01-02T03:04:05Z',
      event_category: { '.tag': 'sharing' },
      event_type: { '.tag': 'shared_folder_create', description: 'Shared folder create' },
      details: { '.tag': 'shared_folder_create_details', target_ns_id: shared.shared_folder_id },
      actor: { '.tag': 'user', user: { '.tag': 'team_member', email: 'bob@a.test', team_member_id: bob.memberId } },
      context: { '.tag': 'team_member', account_id: bob.accountId },
    });
    expect(created?.assets).toEqual([
      {
        '.tag': 'folder',
        display_name: 'Plans',
        path: {
          contextual: '/Plans',
          namespace_relative: { ns_id: shared.shared_folder_id, is_shared_namespace: true },
        },
      },
    ]);
    expect(added).toMatchObject({
      details: { shared_content_access_level: { '.tag': 'editor' } },
      participants: [{ '.tag': 'user', user: { email: 'ann@a.test' } }],
      involve_non_team_member: false,
    });
    expect(invited?.details).toMatchObject({
      '.tag': 'shared_content_add_invitees_details',
      invitees: ['guest@out.test'],
    });
  });

  it('logs moves with both locations, and changes of a member with that member as context', () => {
    const { company, ann, bob, as } = smallCompany('A');
    const folder = company.build.folder(ann.home.root, 'Folder');
    company.build.file(folder, 'a.txt', content);
    company.goLive();
    company.files.move(as(ann), { from_path: '/Folder/a.txt', to_path: '/b.txt' });
    company.team.suspendMember({ user: { '.tag': 'email', email: 'bob@a.test' } });
    const [moved, suspended] = all(company);
    expect(moved?.details).toEqual({
      '.tag': 'file_move_details',
      relocate_action_details: [{ src_asset_index: 0, dest_asset_index: 1 }],
    });
    expect(moved?.assets).toMatchObject([
      { '.tag': 'file', path: { namespace_relative: { ns_id: ann.home.id, relative_path: '/Folder/a.txt' } } },
      { '.tag': 'file', path: { namespace_relative: { relative_path: '/b.txt', is_shared_namespace: false } } },
    ]);
    expect(suspended).toMatchObject({
      actor: { '.tag': 'admin', admin: { account_id: ann.accountId } },
      context: { '.tag': 'team_member', team_member_id: bob.memberId },
      details: { new_value: { '.tag': 'suspended' }, previous_value: { '.tag': 'active' } },
    });
  });

  it('can deliver events late, out of order and twice', () => {
    const { company, time } = smallCompany('A', {
      eventDelaySeconds: 60,
      eventDisorderSeconds: 600,
      duplicateEvents: 1,
    });
    company.goLive();
    for (let count = 0; count < 20; count++) {
      time.now += 1000;
      company.team.createGroup({ group_name: `Group ${count}` });
    }
    const { cursor, events } = company.log.getEvents({ category: { '.tag': 'groups' } });
    expect(events).toEqual([]);
    time.now += 3_600_000;
    const later = company.log.getEventsContinue(cursor).events;
    expect(later).toHaveLength(40);
    const times = later.map((event) => event.timestamp);
    expect(times).not.toEqual([...times].sort());
    expect(new Set(times).size).toBe(20);
  });

  it('delays events by at least half of the requested delay and at most all of it', () => {
    const { company, time } = smallCompany('A');
    company.goLive();
    company.log.delay(1);
    for (let count = 0; count < 20; count++) company.team.createGroup({ group_name: `Group ${count}` });
    time.now += 499;
    const { cursor, events } = company.log.getEvents({ category: { '.tag': 'groups' } });
    expect(events).toEqual([]);
    time.now += 501;
    const appeared = company.log.getEventsContinue(cursor).events;
    const names = appeared.map((event) => JSON.stringify(event.participants));
    expect(new Set(names).size).toBe(20);
    expect(names[0]).not.toContain('"Group 0"');
  });

  it('filters by time, category, type and account, and refuses two filters at once', () => {
    const { company, ann, bob, as } = smallCompany('A');
    company.goLive();
    company.files.createFolder(as(bob), { path: '/a' });
    company.team.createGroup({ group_name: 'G' });
    const tags = (arg: Parameters<typeof company.log.getEvents>[0]) =>
      company.log.getEvents(arg).events.map((event) => event.event_type['.tag']);
    expect(tags({ category: { '.tag': 'groups' } })).toEqual(['group_create']);
    expect(tags({ event_type: { '.tag': 'file_add' } })).toEqual(['file_add']);
    expect(tags({ account_id: bob.accountId })).toEqual(['file_add']);
    expect(tags({ account_id: ann.accountId })).toEqual(['group_create']);
    expect(tags({ time: { start_time: '2025-01-02T03:04:06Z' } })).toEqual([]);
    expect(
      refusal(() => company.log.getEvents({ category: { '.tag': 'groups' }, event_type: { '.tag': 'file_add' } })),
    ).toEqual({ '.tag': 'invalid_filters' });
  });

  it('answers reset with the time of the newest event returned, and bad_cursor to an invalid cursor', () => {
    const { company } = smallCompany('A');
    company.goLive();
    company.team.createGroup({ group_name: 'G' });
    const { cursor } = company.log.getEvents({});
    company.log.reset();
    expect(refusal(() => company.log.getEventsContinue(cursor))).toEqual({
      '.tag': 'reset',
      reset: '2025-01-02T03:04:05Z',
    });
    expect(refusal(() => company.log.getEventsContinue('nonsense'))).toEqual({ '.tag': 'bad_cursor' });
  });

  it('omits file operations on plans without them', () => {
    const { company, bob, as } = smallCompany('A', { fileEvents: false });
    company.goLive();
    company.files.createFolder(as(bob), { path: '/a' });
    expect(all(company)).toEqual([]);
  });
});
