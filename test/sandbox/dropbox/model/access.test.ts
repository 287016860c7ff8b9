import { PathRootProblem } from '../../../../sandbox/dropbox/model';
import { smallCompany, content, paths, refusal } from './smallCompany';

describe('team models', () => {
  it('mount a team folder in the home of its members in model A', () => {
    const world = smallCompany('A');
    const { company, ann, bob } = world;
    const team = company.build.teamFolder('Team');
    company.build.folderMember(team, bob, 'viewer');
    expect(company.users.rootInfo(bob)).toEqual({
      '.tag': 'user',
      root_namespace_id: bob.home.id,
      home_namespace_id: bob.home.id,
    });
    expect(paths(world, bob)).toEqual(['/team']);
    expect(paths(world, ann)).toEqual([]);
  });

  it('have one root for all members in model B, where others see only the name of a restricted folder', () => {
    const world = smallCompany('B');
    const { company, ann, bob } = world;
    const team = company.build.teamFolder('Team');
    company.build.folderMember(team, bob, 'viewer');
    company.build.file(team.root, 'a.txt', content);
    expect(company.users.rootInfo(bob)).toMatchObject({ '.tag': 'team', home_path: '/Bob Test' });
    expect(paths(world, bob).sort()).toEqual(['/bob test', '/team', '/team/a.txt']);
    expect(paths(world, ann).sort()).toEqual(['/ann test', '/team']);
    const actor = { account: ann, root: ann.root };
    expect(company.files.getMetadata(actor, { path: '/Team' })).toMatchObject({ sharing_info: { no_access: true } });
    expect(refusal(() => company.files.listFolder(actor, { path: '/Team' }))).toEqual({
      '.tag': 'path',
      path: { '.tag': 'not_found' },
    });
    expect(company.team.teamFolders()).toMatchObject([{ is_team_shared_dropbox: true }]);
    expect(refusal(() => company.team.createTeamFolder({ name: 'X' }))).toEqual({ '.tag': 'other' });
  });

  it('show in model C only the folders that lead to a nested folder that the member may read', () => {
    const world = smallCompany('C');
    const { company, bob } = world;
    const team = company.build.teamFolder('Team');
    const plans = company.build.folder(team.root, 'Plans');
    company.build.file(plans, 'hidden.txt', content);
    const nested = company.build.nestedFolder(plans, 'Nested', false);
    company.build.file(nested.root, 'a.txt', content);
    company.build.folderMember(nested, bob, 'editor');
    expect(paths(world, bob).sort()).toEqual(
      ['/bob test', '/team', '/team/plans', '/team/plans/nested', '/team/plans/nested/a.txt'].sort(),
    );
    const actor = { account: bob, root: bob.root };
    const entry = company.files.getMetadata(actor, { path: '/Team/Plans' });
    expect(entry).toMatchObject({ sharing_info: { traverse_only: true, read_only: true } });
    expect(company.sharing.getFolderMetadata(actor, { shared_folder_id: nested.id })).toMatchObject({
      access_inheritance: { '.tag': 'no_inherit' },
      parent_shared_folder_id: team.id,
      is_inside_team_folder: true,
      path_lower: '/team/plans/nested',
    });
  });

  it('refuse a path root that is not the current root or that the member may not access', () => {
    const { company, ann, bob } = smallCompany('C');
    const root = (pathRoot: Parameters<typeof company.actor>[1]) => () => company.actor(bob, pathRoot ?? {});
    expect(root({ pathRoot: { '.tag': 'root', root: bob.root.id } })()).toMatchObject({ root: bob.root });
    const wrong = root({ pathRoot: { '.tag': 'root', root: bob.home.id } });
    expect(wrong).toThrow(PathRootProblem);
    const foreign = root({ pathRoot: { '.tag': 'namespace_id', namespace_id: ann.home.id } });
    expect(foreign).toThrow('no_permission');
    const admin = company.actor(ann, {
      admin: 'whole_team',
      pathRoot: { '.tag': 'namespace_id', namespace_id: bob.home.id },
    });
    expect(company.files.listFolder(admin, { path: '' }).entries).toEqual([]);
    const limited = { admin: 'team_admin', pathRoot: admin.root.id } as const;
    expect(() =>
      company.actor(ann, { ...limited, pathRoot: { '.tag': 'namespace_id', namespace_id: bob.home.id } }),
    ).toThrow('no_permission');
  });

  it.each([
    ['A', 'B'],
    ['A', 'C'],
    ['B', 'C'],
  ] as const)('can be migrated from %s to %s without a change of who may read which file', (from, to) => {
    const { company, ann, bob } = smallCompany(from);
    const team = company.build.teamFolder('Team');
    company.build.folderMember(team, bob, 'viewer');
    company.build.file(team.root, 'a.txt', content);
    company.build.file(ann.home.root, 'own.txt', content);
    company.goLive();
    const readers = () => Object.entries(company.truth().files).map(([id, file]) => [id, file.readers]);
    const before = readers();
    const oldRoot = bob.root.id;
    company.migrate(to);
    expect(readers()).toEqual(before);
    expect(() => company.actor(bob, { pathRoot: { '.tag': 'root', root: oldRoot } })).toThrow(PathRootProblem);
    const listed = company.files.listFolder({ account: bob, root: bob.root }, { path: '', recursive: true });
    expect(listed.entries.map((entry) => entry.path_lower)).toContain('/team/a.txt');
  });
});

describe('access', () => {
  it('is the highest level of direct, group, inherited and file membership', () => {
    const { company, ann, bob, cid } = smallCompany('A');
    const team = company.build.teamFolder('Team');
    const group = company.build.group({ name: 'G' });
    company.build.groupMember(group, cid);
    company.build.folderMember(team, group, 'viewer');
    company.build.folderMember(team, cid, 'editor');
    const closed = company.build.nestedFolder(team.root, 'Closed', false);
    const file = company.build.file(closed.root, 'a.txt', content);
    const open = company.build.nestedFolder(team.root, 'Open', true);
    company.build.file(open.root, 'b.txt', content);
    company.build.fileMember(file, bob, 'viewer');
    const readers = Object.fromEntries(
      Object.values(company.truth().files).map(({ path, readers }) => [path, readers]),
    );
    expect(readers).toEqual({ '/a.txt': ['bob@a.test'], '/b.txt': ['cid@a.test'] });
    const cidActor = { account: cid, root: cid.root };
    expect(company.sharing.getFolderMetadata(cidActor, { shared_folder_id: open.id }).access_type).toEqual({
      '.tag': 'editor',
    });
    const bobActor = { account: bob, root: bob.root };
    expect(company.sharing.listReceivedFiles(bobActor)).toMatchObject([{ name: 'a.txt' }]);
    expect(company.sharing.listReceivedFiles({ account: ann, root: ann.root })).toEqual([]);
    expect(company.files.download(bobActor, 'id:' + company.state.itemIds.encode(file.number).slice(3)).content).toBe(
      content,
    );
  });

  it('does not make suspended, invited and removed members readers', () => {
    const { company, ann, bob, cid, eve } = smallCompany('A');
    const shared = company.build.sharedFolder(ann, ann.home.root, 'Shared');
    for (const account of [bob, cid, eve]) company.build.folderMember(shared, account, 'viewer');
    company.build.file(shared.root, 'a.txt', content);
    company.team.suspendMember({ user: { '.tag': 'team_member_id', team_member_id: bob.memberId ?? '' } });
    company.team.removeMember({ user: { '.tag': 'team_member_id', team_member_id: cid.memberId ?? '' } });
    expect(Object.values(company.truth().files)[0]?.readers).toEqual(['ann@a.test']);
    company.team.unsuspendMember({ user: { '.tag': 'email', email: 'bob@a.test' } });
    company.team.recoverMember({ user: { '.tag': 'email', email: 'cid@a.test' } });
    expect(Object.values(company.truth().files)[0]?.readers).toEqual(['ann@a.test', 'bob@a.test', 'cid@a.test']);
  });
});
