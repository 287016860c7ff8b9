import type { team } from 'dropbox';
import { smallCompany, content, paths, refusal } from './smallCompany';

const email = (address: string): team.UserSelectorArg => ({ '.tag': 'email', email: address });

describe('groups', () => {
  it('give access to their members until the group is deleted', () => {
    const world = smallCompany('A');
    const { company, bob } = world;
    const folder = company.build.teamFolder('Team');
    company.goLive();
    const { group_id } = company.team.createGroup({ group_name: 'G', group_external_id: 'x1' });
    const group: team.GroupSelector = { '.tag': 'group_id', group_id };
    const made = company.state.groups.get(group_id);
    if (made === undefined) throw new Error('the group is missing');
    company.build.folderMember(folder, made, 'viewer');
    const members: team.MemberAccess[] = [{ user: email('bob@a.test'), access_type: { '.tag': 'member' } }];
    expect(company.team.addGroupMembers({ group, members })).toMatchObject({ group_info: { member_count: 1 } });
    expect(refusal(() => company.team.addGroupMembers({ group, members }))).toEqual({ '.tag': 'duplicate_user' });
    expect(paths(world, bob)).toEqual(['/team']);
    const job = company.team.deleteGroup(group);
    if (job['.tag'] !== 'async_job_id') throw new Error('expected a job');
    expect(company.team.checkJob(job.async_job_id)).toEqual({ '.tag': 'in_progress' });
    expect(company.team.checkJob(job.async_job_id)).toEqual({ '.tag': 'complete' });
    expect(paths(world, bob)).toEqual([]);
    expect(refusal(() => company.team.deleteGroup(group))).toEqual({ '.tag': 'group_already_deleted' });
    expect(company.team.groupInfo(group)).toBeUndefined();
  });

  it('include the group of all members, which cannot be changed and whose info does not list its members', () => {
    const { company } = smallCompany('A');
    const [everyone] = company.team.groups();
    expect(everyone).toMatchObject({ group_management_type: { '.tag': 'system_managed' }, member_count: 3 });
    const group: team.GroupSelector = { '.tag': 'group_id', group_id: everyone?.group_id ?? '' };
    expect(company.team.groupInfo(group)).not.toHaveProperty('members');
    expect(company.team.groupMembers(group)).toHaveLength(3);
    expect(refusal(() => company.team.updateGroup({ group, new_group_name: 'All' }))).toEqual({
      '.tag': 'system_managed_group_disallowed',
    });
  });
});

describe('team folders', () => {
  it('are created empty, lose their members when archived, and can be deleted only then', () => {
    const world = smallCompany('C');
    const { company, bob } = world;
    company.goLive();
    const { team_folder_id } = company.team.createTeamFolder({ name: 'Team' });
    const arg = { team_folder_id };
    const namespace = company.namespaceById(team_folder_id);
    if (namespace === undefined) throw new Error('the folder is missing');
    company.build.folderMember(namespace, bob, 'viewer');
    company.build.file(namespace.root, 'a.txt', content);
    company.team.renameTeamFolder({ ...arg, name: 'Renamed' });
    expect(paths(world, bob)).toEqual(['/bob test', '/renamed', '/renamed/a.txt']);
    expect(refusal(() => company.team.permanentlyDeleteTeamFolder(arg))).toEqual({
      '.tag': 'status_error',
      status_error: { '.tag': 'active' },
    });
    expect(company.team.archiveTeamFolder({ ...arg, force_async_off: true })).toMatchObject({
      '.tag': 'complete',
      status: { '.tag': 'archived' },
    });
    expect(paths(world, bob)).toEqual(['/bob test']);
    expect(refusal(() => company.team.renameTeamFolder({ ...arg, name: 'Late' }))).toEqual({
      '.tag': 'status_error',
      status_error: { '.tag': 'archived' },
    });
    expect(Object.values(company.truth().files)[0]?.readers).toEqual([]);
    company.team.activateTeamFolder(arg);
    expect(paths(world, bob)).toEqual(['/bob test']);
    company.team.archiveTeamFolder(arg);
    company.team.permanentlyDeleteTeamFolder(arg);
    expect(company.team.teamFolders()).toEqual([]);
    const logged = company.log.getEvents({ category: { '.tag': 'team_folders' } }).events;
    expect(logged.map((event) => event.event_type['.tag'])).toEqual([
      'team_folder_create',
      'team_folder_rename',
      'team_folder_change_status',
      'team_folder_change_status',
      'team_folder_change_status',
      'team_folder_permanently_delete',
    ]);
  });
});

// "To confirm that the team folder is fully archived, check the field status in the response for the value 'archived'"
// (team/team_folder/archive/check).
it('a team folder may still be in the process of archiving when its job is complete', () => {
  const { company } = smallCompany('A', { archiveAnswersInProgress: 3, jobPollsInProgress: 0 });
  const { id } = company.build.teamFolder('Team');
  company.goLive();
  const arg = { team_folder_id: id };
  const job = company.team.archiveTeamFolder(arg);
  if (job['.tag'] !== 'async_job_id') throw new Error('expected a job');
  const inProgress = { '.tag': 'archive_in_progress' };
  expect(company.team.checkArchiveJob(job.async_job_id)).toMatchObject({ '.tag': 'complete', status: inProgress });
  expect(refusal(() => company.team.permanentlyDeleteTeamFolder(arg))).toEqual({
    '.tag': 'status_error',
    status_error: inProgress,
  });
  expect(company.team.teamFolders()).toMatchObject([{ status: inProgress }]);
  expect(company.team.teamFolderInfo(id)).toMatchObject({ status: { '.tag': 'archived' } });
  company.team.permanentlyDeleteTeamFolder(arg);
  expect(company.team.teamFolders()).toEqual([]);
});

it('a team folder that is activated again appears in the streams of its members', () => {
  const { company, bob } = smallCompany('A');
  const folder = company.build.teamFolder('Team');
  company.build.folderMember(folder, bob, 'viewer');
  folder.status = 'archived';
  company.goLive();
  const actor = company.actor(bob);
  const { cursor } = company.files.listFolder(actor, { path: '', recursive: true });
  company.team.activateTeamFolder({ team_folder_id: folder.id });
  const { entries } = company.files.listFolderContinue(actor, cursor);
  expect(entries.map((entry) => [entry['.tag'], entry.path_lower])).toContainEqual(['folder', '/team']);
});

describe('a write that is refused', () => {
  it('changes nothing', () => {
    const { company } = smallCompany('A');
    company.team.setProfile({ user: email('ann@a.test'), new_external_id: 'taken' });
    company.team.createGroup({ group_name: 'One', group_external_id: 'taken' });
    const { group_id } = company.team.createGroup({ group_name: 'Two' });
    const group = { '.tag': 'group_id' as const, group_id };
    const profile = { user: email('bob@a.test'), new_email: 'new@a.test', new_external_id: 'taken' };
    expect(refusal(() => company.team.setProfile(profile))).toEqual({ '.tag': 'external_id_used_by_other_user' });
    expect(company.team.memberInfo(email('bob@a.test'))).toBeDefined();
    const update = { group, new_group_name: 'Three', new_group_external_id: 'taken' };
    expect(refusal(() => company.team.updateGroup(update))).toEqual({ '.tag': 'external_id_already_in_use' });
    expect(company.team.groupInfo(group)).toMatchObject({ group_name: 'Two' });
    const [first, second] = [{ member_email: 'x@a.test' }, { member_email: 'y@a.test', role_ids: ['pid_dbtmr:none'] }];
    expect(() => company.team.addMembers([first, second])).toThrow('not a role of this team');
    expect(company.team.memberInfo(email('x@a.test'))).toBeUndefined();
  });
});

describe('members', () => {
  it('are invited only once, and the last admin cannot be removed', () => {
    const { company } = smallCompany('A');
    company.build.externalAccount({ email: 'fay@other.test', team: 'Other' });
    const invite = { member_email: 'dee@a.test' };
    const results = company.team.addMembers([invite, invite, { member_email: 'fay@other.test' }]);
    expect(results.map((result) => result['.tag'])).toEqual([
      'success',
      'user_already_on_team',
      'user_on_another_team',
    ]);
    expect(refusal(() => company.team.removeMember({ user: email('ann@a.test') }))).toEqual({
      '.tag': 'remove_last_admin',
    });
    expect(refusal(() => company.team.suspendMember({ user: email('dee@a.test') }))).toEqual({
      '.tag': 'suspend_inactive_user',
    });
    expect(refusal(() => company.team.suspendMember({ user: email('no@a.test') }))).toEqual({
      '.tag': 'user_not_found',
    });
  });

  // "A user can accept an invite to your team and either transfer an existing account to a Dropbox team account or create
  // a new account" (Dropbox's help, team directory).
  it('who had a personal account bring its shares with them, of which no event about sharing is logged', () => {
    const world = smallCompany('A');
    const { company, ann, eve, as } = world;
    const theirs = company.build.sharedFolder(ann, ann.home.root, 'Project');
    company.build.folderMember(theirs, eve, 'viewer');
    const file = company.build.file(ann.home.root, 'single.txt', content);
    company.build.fileMember(file, eve, 'viewer');
    company.build.file(eve.home.root, 'own.txt', content);
    company.goLive();
    const usersOf = () => {
      const arg = { shared_folder_id: theirs.id };
      return company.sharing.listFolderMembers(as(ann), arg).users.map(({ user }) => user);
    };
    const invite = { member_email: 'eve@other.test' };
    const [added, again] = company.team.addMembers([invite, invite]);
    if (added?.['.tag'] !== 'success') throw new Error('the invitation was refused');
    expect(again).toMatchObject({ '.tag': 'user_already_on_team' });
    const { team_member_id } = added.profile;
    expect(company.team.memberInfo(email('eve@other.test'))?.profile).toMatchObject({ team_member_id });
    // Until they accept, the folder is shared with someone outside the team.
    expect(usersOf()).toContainEqual(expect.objectContaining({ account_id: eve.accountId, same_team: false }));
    company.team.activateMember(team_member_id);
    expect(usersOf()).toEqual([
      expect.objectContaining({ email: 'ann@a.test' }),
      expect.objectContaining({ email: 'eve@other.test', same_team: true, team_member_id }),
    ]);
    const joined = company.memberById(team_member_id);
    if (joined === undefined) throw new Error('the member is missing');
    expect(paths(world, joined)).toEqual(['/project']);
    expect(company.sharing.listReceivedFiles(as(joined)).map(({ name }) => name)).toEqual(['single.txt']);
    expect(company.log.getEvents({ category: { '.tag': 'sharing' } }).events).toEqual([]);
    const { events } = company.log.getEvents({ category: { '.tag': 'members' } });
    expect(events.at(-1)?.details).toMatchObject({
      new_value: { '.tag': 'active' },
      action: { '.tag': 'team_join_details', has_linked_shared_folders: true },
    });
  });

  it('transfer their files and folders to the member that the admin names', () => {
    const world = smallCompany('A');
    const { company, bob, cid } = world;
    company.build.file(bob.home.root, 'own.txt', content);
    const shared = company.build.sharedFolder(bob, bob.home.root, 'Shared');
    company.build.folderMember(shared, cid, 'viewer');
    company.goLive();
    company.team.removeMember({ user: email('bob@a.test'), transfer_dest_id: email('cid@a.test') });
    expect(paths(world, cid).sort()).toEqual(['/bob test', '/bob test/own.txt', '/shared']);
    expect(company.team.members(false).map(({ profile }) => profile.email)).toEqual(['ann@a.test', 'cid@a.test']);
    expect(company.team.members(true)[1]?.profile.status).toEqual({
      '.tag': 'removed',
      is_recoverable: true,
      is_disconnected: false,
    });
    expect(company.team.namespaces().map(({ namespace_id }) => namespace_id)).not.toContain(bob.home.id);
  });

  it('can change names and addresses, and are found by the new ones', () => {
    const { company, bob } = smallCompany('A');
    company.goLive();
    company.team.setProfile({ user: email('bob@a.test'), new_email: 'robert@a.test', new_given_name: 'Robert' });
    expect(company.team.memberInfo(email('bob@a.test'))).toBeUndefined();
    expect(company.team.memberInfo(email('Robert@a.test'))?.profile).toMatchObject({
      team_member_id: bob.memberId,
      name: { display_name: 'Robert Test' },
    });
    const logged = company.log.getEvents({ category: { '.tag': 'members' } }).events;
    expect(logged.map(({ details }) => details)).toMatchObject([
      { new_value: 'robert@a.test', previous_value: 'bob@a.test' },
      { new_value: { given_name: 'Robert', surname: 'Test' }, previous_value: { given_name: 'Bob' } },
    ]);
  });
});
