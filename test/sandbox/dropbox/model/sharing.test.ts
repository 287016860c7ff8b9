import type { sharing } from 'dropbox';
import type { Account } from '../../../../sandbox/dropbox/model';
import { smallCompany, content, paths, refusal } from './smallCompany';

const id = (account: Account): sharing.MemberSelector => ({ '.tag': 'dropbox_id', dropbox_id: account.accountId });

function started(model: 'A' | 'B' | 'C' = 'A') {
  const world = smallCompany(model);
  const { company, ann, bob } = world;
  const shared = company.build.sharedFolder(ann, ann.home.root, 'Shared');
  company.build.folderMember(shared, bob, 'editor');
  company.build.file(shared.root, 'a.txt', content);
  company.goLive();
  return { ...world, shared, sharing: company.sharing, arg: { shared_folder_id: shared.id } };
}

describe('sharing a folder', () => {
  it('keeps the ids of the content, and is refused for shared folders, files and inside shared folders', () => {
    const { company, ann, as } = smallCompany('A');
    const folder = company.build.folder(ann.home.root, 'Folder');
    company.build.file(folder, 'a.txt', content);
    company.goLive();
    const before = company.files.getMetadata(as(ann), { path: '/Folder/a.txt' });
    const launched = company.sharing.shareFolder(as(ann), { path: '/folder' });
    expect(launched).toMatchObject({ '.tag': 'complete', name: 'Folder', access_type: { '.tag': 'owner' } });
    const after = company.files.getMetadata(as(ann), { path: '/Folder/a.txt' });
    expect(after).toMatchObject({ id: 'id' in before ? before.id : '', sharing_info: { read_only: false } });
    expect(refusal(() => company.sharing.shareFolder(as(ann), { path: '/Folder' }))).toMatchObject({
      bad_path: { '.tag': 'already_shared', name: 'Folder' },
    });
    expect(refusal(() => company.sharing.shareFolder(as(ann), { path: '/Folder/a.txt' }))).toMatchObject({
      bad_path: { '.tag': 'is_file' },
    });
    expect(refusal(() => company.sharing.shareFolder(as(ann), { path: '/Folder/Inner' }))).toMatchObject({
      bad_path: { '.tag': 'inside_shared_folder' },
    });
  });

  it('answers with a job when force_async is set', () => {
    const { company, ann, as } = smallCompany('A');
    const job = company.sharing.shareFolder(as(ann), { path: '/Folder', force_async: true });
    if (job['.tag'] !== 'async_job_id') throw new Error('expected a job');
    expect(company.sharing.checkShareJob(job.async_job_id)).toEqual({ '.tag': 'in_progress' });
    expect(company.sharing.checkShareJob(job.async_job_id)).toMatchObject({ '.tag': 'complete', name: 'Folder' });
    expect(refusal(() => company.sharing.checkJob(job.async_job_id))).toEqual({ '.tag': 'invalid_async_job_id' });
  });

  it('can be undone by the owner, which leaves a plain folder at the same path', () => {
    const world = started();
    const { sharing, ann, bob, as, arg } = world;
    expect(refusal(() => sharing.unshareFolder(as(bob), arg))).toEqual({ '.tag': 'no_permission' });
    expect(sharing.unshareFolder(as(ann), { ...arg, leave_a_copy: true })).toEqual({ '.tag': 'complete' });
    expect(paths(world, ann)).toEqual(['/shared', '/shared/a.txt']);
    expect(paths(world, bob)).toEqual(['/shared', '/shared/a.txt']);
    expect(refusal(() => sharing.getFolderMetadata(as(ann), arg))).toEqual({ '.tag': 'invalid_id' });
  });
});

describe('members of a folder', () => {
  it('are added and changed at once, and removed by a job', () => {
    const { sharing, ann, bob, cid, as, arg } = started();
    sharing.addFolderMember(as(bob), { ...arg, members: [{ member: id(cid), access_level: { '.tag': 'viewer' } }] });
    const change = { ...arg, member: id(cid), access_level: { '.tag': 'editor' } } as const;
    expect(sharing.updateFolderMember(as(ann), change)).toEqual({ access_level: { '.tag': 'editor' } });
    const { users } = sharing.listFolderMembers(as(cid), arg);
    expect(users.map(({ user, access_type }) => [user.email, access_type['.tag']])).toEqual([
      ['ann@a.test', 'owner'],
      ['bob@a.test', 'editor'],
      ['cid@a.test', 'editor'],
    ]);
    const job = sharing.removeFolderMember(as(ann), { ...arg, member: id(cid), leave_a_copy: false });
    expect(job['.tag']).toBe('async_job_id');
    expect(refusal(() => sharing.listFolderMembers(as(cid), arg))).toEqual({ '.tag': 'not_a_member' });
    expect(
      refusal(() => sharing.removeFolderMember(as(ann), { ...arg, member: id(ann), leave_a_copy: false })),
    ).toEqual({
      '.tag': 'folder_owner',
    });
  });

  it('are managed only by the owner and only within the team under a strict policy', () => {
    const { sharing, ann, bob, eve, as, arg } = started();
    const strict = { ...arg, acl_update_policy: { '.tag': 'owner' }, member_policy: { '.tag': 'team' } } as const;
    sharing.updateFolderPolicy(as(ann), strict);
    const add = { ...arg, members: [{ member: id(eve) }] };
    expect(refusal(() => sharing.addFolderMember(as(bob), add))).toEqual({ '.tag': 'no_permission' });
    expect(refusal(() => sharing.addFolderMember(as(ann), add))).toEqual({ '.tag': 'cant_share_outside_team' });
  });

  it('are listed with their effective level, and by path also with inherited members', () => {
    const { company, ann, bob, cid, as } = smallCompany('C');
    const team = company.build.teamFolder('Team');
    company.build.folderMember(team, ann, 'editor');
    company.build.folderMember(team, bob, 'editor');
    const nested = company.build.nestedFolder(team.root, 'Nested', true);
    company.build.folderMember(nested, bob, 'viewer');
    company.build.folderMember(nested, cid, 'viewer');
    const arg = { shared_folder_id: nested.id };
    const plain = (members: ReturnType<typeof company.sharing.listFolderMembers>) =>
      members.users.map(({ user, access_type, is_inherited }) => [user.email[0], access_type['.tag'], is_inherited]);
    expect(plain(company.sharing.listFolderMembers(as(ann), arg))).toEqual([
      ['b', 'editor', true],
      ['c', 'viewer', false],
    ]);
    expect(plain(company.sharing.listFolderMembers(as(ann), { ...arg, path: `ns:${nested.id}` }))).toEqual([
      ['b', 'editor', true],
      ['c', 'viewer', false],
      ['a', 'editor', true],
    ]);
    company.sharing.setAccessInheritance(as(bob), { ...arg, access_inheritance: { '.tag': 'no_inherit' } });
    expect(refusal(() => company.sharing.listFolderMembers(as(ann), arg))).toEqual({ '.tag': 'not_a_member' });
  });

  it('leave by unmounting and relinquishing, the owner only after a transfer of ownership', () => {
    const { sharing, ann, bob, as, arg } = started();
    expect(refusal(() => sharing.relinquishFolderMembership(as(ann), arg))).toEqual({ '.tag': 'folder_owner' });
    expect(refusal(() => sharing.relinquishFolderMembership(as(bob), arg))).toEqual({ '.tag': 'mounted' });
    sharing.unmountFolder(as(bob), arg);
    const transfer = { ...arg, to_dropbox_id: bob.accountId };
    expect(refusal(() => sharing.transferFolder(as(ann), transfer))).toEqual({ '.tag': 'new_owner_unmounted' });
    sharing.mountFolder(as(bob), arg);
    expect(refusal(() => sharing.mountFolder(as(bob), arg))).toEqual({ '.tag': 'already_mounted' });
    sharing.transferFolder(as(ann), transfer);
    sharing.unmountFolder(as(ann), arg);
    sharing.relinquishFolderMembership(as(ann), arg);
    expect(sharing.listFolders(as(ann))).toEqual([]);
    expect(sharing.listFolders(as(bob))).toMatchObject([{ access_type: { '.tag': 'owner' } }]);
  });

  it('claim the invitations to their address when they join the team', () => {
    const { company, sharing, ann, as, arg } = started();
    sharing.addFolderMember(as(ann), { ...arg, members: [{ member: { '.tag': 'email', email: 'new@a.test' } }] });
    expect(sharing.listFolderMembers(as(ann), arg).invitees).toMatchObject([{ invitee: { email: 'new@a.test' } }]);
    const [added] = company.team.addMembers([{ member_email: 'new@a.test', member_given_name: 'New' }]);
    if (added?.['.tag'] !== 'success') throw new Error('the member was not added');
    expect(added.profile).toMatchObject({ status: { '.tag': 'invited' }, name: { given_name: '' } });
    company.team.activateMember(added.profile.team_member_id);
    expect(sharing.listFolderMembers(as(ann), arg).invitees).toEqual([]);
    expect(Object.values(company.truth().files)[0]?.readers).toContain('new@a.test');
  });
});

describe('members of a file', () => {
  it('are added and removed individually, and set has_explicit_shared_members in listings', () => {
    const { company, sharing, ann, bob, cid, as } = started();
    const file = '/Shared/a.txt';
    const results = sharing.addFileMember(as(bob), {
      file,
      members: [id(cid), { '.tag': 'dropbox_id', dropbox_id: 'dbid:unknown' }],
    });
    expect(results.map(({ result }) => result['.tag'])).toEqual(['success', 'member_error']);
    const listed = () =>
      company.files.listFolder(as(ann), { path: '/Shared', include_has_explicit_shared_members: true }).entries[0];
    expect(listed()).toMatchObject({ has_explicit_shared_members: true });
    const direct = sharing.listFileMembers(as(ann), { file, include_inherited: false });
    expect(direct.users).toMatchObject([{ user: { email: 'cid@a.test' }, is_inherited: false }]);
    const all = sharing.listFileMembers(as(ann), { file }).users.map(({ user }) => user.email);
    expect(all.sort()).toEqual(['ann@a.test', 'bob@a.test', 'cid@a.test']);
    expect(sharing.removeFileMember(as(ann), { file, member: id(cid) })).toEqual({ '.tag': 'success' });
    expect(listed()).toMatchObject({ has_explicit_shared_members: false });
    expect(refusal(() => sharing.getFileMetadata(as(cid), { file }))).toMatchObject({
      access_error: { '.tag': 'invalid_file' },
    });
  });
});
