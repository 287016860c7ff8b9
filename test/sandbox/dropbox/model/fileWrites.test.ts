import { GeneratedContent, StoredContent, contentHash } from '../../../../sandbox/dropbox/model';
import { smallCompany, content, paths, refusal } from './smallCompany';

function started() {
  const world = smallCompany('A');
  world.company.goLive();
  return { ...world, actor: world.as(world.ann), files: world.company.files };
}

const bytes = (text: string) => new StoredContent(Buffer.from(text));

describe('upload', () => {
  it('creates missing folders, refuses a conflict, and renames with autorename', () => {
    const world = started();
    const { files, actor } = world;
    const first = files.upload(actor, { path: '/New/a.txt' }, bytes('one'));
    expect(first).toMatchObject({ name: 'a.txt', path_lower: '/new/a.txt', size: 3 });
    expect(first).not.toHaveProperty('.tag');
    expect(files.upload(actor, { path: '/new/A.TXT' }, bytes('one')).rev).toBe(first.rev);
    expect(refusal(() => files.upload(actor, { path: '/New/a.txt' }, bytes('two')))).toMatchObject({
      '.tag': 'path',
      path: { '.tag': 'conflict', conflict: { '.tag': 'file' } },
    });
    expect(files.upload(actor, { path: '/New/a.txt', autorename: true }, bytes('two')).name).toBe('a (1).txt');
    expect(refusal(() => files.upload(actor, { path: '/New/a.txt/b' }, bytes('x')))).toMatchObject({
      path: { '.tag': 'conflict', conflict: { '.tag': 'file_ancestor' } },
    });
    expect(paths(world, world.ann)).toEqual(['/new', '/new/a.txt', '/new/a (1).txt']);
  });

  it('updates only the revision that it names, and keeps the older revisions', () => {
    const { files, actor } = started();
    const first = files.upload(actor, { path: '/a.txt' }, bytes('one'));
    const second = files.upload(actor, { path: '/a.txt', mode: { '.tag': 'update', update: first.rev } }, bytes('two'));
    expect(second.id).toBe(first.id);
    expect(second.rev > first.rev).toBe(true);
    const late = () =>
      files.upload(actor, { path: '/a.txt', mode: { '.tag': 'update', update: first.rev } }, bytes('x'));
    expect(refusal(late)).toMatchObject({ path: { '.tag': 'conflict' } });
    const { entries } = files.listRevisions(actor, { path: '/a.txt' });
    const other = files.upload(actor, { path: '/b.txt' }, bytes('other'));
    const before = (before_rev: string, mode: 'path' | 'id') =>
      files.listRevisions(actor, { path: '/a.txt', before_rev, mode: { '.tag': mode } });
    expect(before(second.rev, 'path').entries.map(({ rev }) => rev)).toEqual([first.rev]);
    expect(refusal(() => before(other.rev, 'path'))).toEqual({ '.tag': 'invalid_before_rev' });
    expect(refusal(() => before(second.rev, 'id'))).toEqual({ '.tag': 'before_rev_not_supported' });
    expect(entries.map(({ rev }) => rev)).toEqual([second.rev, first.rev]);
    expect(files.download(actor, `rev:${first.rev}`).content.read(0, 3).toString()).toBe('one');
  });
});

describe('delete and restore', () => {
  it('return the deleted item, and restore a file with its id', () => {
    const world = started();
    const { files, actor } = world;
    const { id, rev } = files.upload(actor, { path: '/Folder/a.txt' }, bytes('one'));
    expect(files.delete(actor, { path: '/folder' }).metadata).toMatchObject({ '.tag': 'folder', name: 'Folder' });
    expect(refusal(() => files.getMetadata(actor, { path: '/Folder/a.txt' }))).toEqual({
      '.tag': 'path',
      path: { '.tag': 'not_found' },
    });
    expect(files.getMetadata(actor, { path: '/Folder/a.txt', include_deleted: true })['.tag']).toBe('deleted');
    expect(files.listRevisions(actor, { path: '/Folder/a.txt' })).toMatchObject({
      is_deleted: true,
      entries: [{ rev }],
    });
    files.upload(actor, { path: '/b.txt' }, bytes('two'));
    const lone = files.upload(actor, { path: '/c.txt' }, bytes('three'));
    files.delete(actor, { path: '/c.txt' });
    expect(files.restore(actor, { path: '/c.txt', rev: lone.rev })).toMatchObject({ id: lone.id, rev: lone.rev });
    expect(files.restore(actor, { path: '/Folder/a.txt', rev })).toMatchObject({ path_lower: '/folder/a.txt' });
    expect(id).toMatch(/^id:[A-Za-z0-9_-]{22}$/);
  });
});

describe('move and copy', () => {
  it('keep the id of a moved item and give a copy a new id', () => {
    const { files, actor } = started();
    const { id } = files.upload(actor, { path: '/a.txt' }, bytes('one'));
    expect(files.move(actor, { from_path: '/a.txt', to_path: '/Sub/b.txt' }).metadata).toMatchObject({ id });
    const copied = files.copy(actor, { from_path: id, to_path: '/c.txt' }).metadata;
    expect(copied).toMatchObject({ '.tag': 'file', name: 'c.txt', content_hash: contentHash(bytes('one')) });
    expect(copied).not.toMatchObject({ id });
  });

  it('give each moved file another rev, and the time of the move', () => {
    const { files, actor, time } = started();
    const before = files.upload(actor, { path: '/F/a.txt' }, bytes('one'));
    time.now += 60_000;
    files.move(actor, { from_path: '/F', to_path: '/G' });
    const after = files.getMetadata(actor, { path: '/G/a.txt' }) as typeof before;
    expect(after).toMatchObject({ id: before.id, content_hash: before.content_hash });
    expect(after.client_modified).toBe(before.client_modified);
    expect(after.server_modified > before.server_modified && after.rev > before.rev).toBe(true);
  });

  it('refuse to move a folder into itself, also through a nested shared folder', () => {
    const { company, ann, as } = smallCompany('B');
    const team = company.build.teamFolder('Team');
    company.build.folderMember(team, ann, 'editor');
    company.build.nestedFolder(company.build.folder(team.root, 'Outer'), 'Nested', true);
    const move = () => company.files.move(as(ann), { from_path: '/Team/Outer', to_path: '/Team/Outer/Nested/Outer' });
    expect(refusal(move)).toEqual({ '.tag': 'cant_move_folder_into_itself' });
  });

  it('move a mount only within the home, and nest a shared folder in team content for its owner', () => {
    const { company, files, actor, ann, bob } = started();
    const team = company.build.teamFolder('Team');
    company.build.folderMember(team, ann, 'editor');
    company.build.folderMember(team, bob, 'viewer');
    const shared = company.build.sharedFolder(ann, ann.home.root, 'Shared');
    company.build.folderMember(shared, bob, 'viewer');
    company.build.file(shared.root, 'a.txt', content);
    expect(files.move(actor, { from_path: '/Shared', to_path: '/Mine/Renamed' }).metadata).toMatchObject({
      sharing_info: { shared_folder_id: shared.id },
      path_display: '/Mine/Renamed',
    });
    expect(bob.mounts.get(shared)?.name).toBe('Shared');
    files.move(actor, { from_path: '/Mine/Renamed', to_path: '/Team/Nested' });
    expect(bob.mounts.has(shared)).toBe(false);
    expect(files.getMetadata({ account: bob, root: bob.root }, { path: '/Team/Nested/a.txt' })['.tag']).toBe('file');
    const nest = company.log.getEvents({ event_type: { '.tag': 'shared_folder_nest' } }).events[0];
    expect(nest?.details).toMatchObject({ new_parent_ns_id: team.id, new_ns_path: '/Nested' });
    expect(refusal(() => files.move(actor, { from_path: '/Team/Nested', to_path: '/Home' }))).toEqual({
      '.tag': 'cant_move_shared_folder',
    });
  });

  it('are refused for viewers, who may still remove their own mount', () => {
    const { company, files, ann, bob, as } = started();
    const shared = company.build.sharedFolder(ann, ann.home.root, 'Shared');
    company.build.folderMember(shared, bob, 'viewer');
    company.build.file(shared.root, 'a.txt', content);
    const denied = { '.tag': 'no_write_permission' };
    expect(refusal(() => files.upload(as(bob), { path: '/Shared/b.txt' }, content))).toMatchObject({ path: denied });
    expect(refusal(() => files.delete(as(bob), { path: '/Shared/a.txt' }))).toMatchObject({ path_write: denied });
    expect(refusal(() => files.move(as(bob), { from_path: '/Shared/a.txt', to_path: '/a.txt' }))).toMatchObject({
      from_write: denied,
    });
    expect(files.delete(as(bob), { path: '/Shared' }).metadata.name).toBe('Shared');
    expect(company.sharing.listMountableFolders(as(bob))).toMatchObject([{ shared_folder_id: shared.id }]);
  });
});

describe('content', () => {
  it('is the same when read whole or in parts, and has the hash that Dropbox documents', () => {
    const made = new GeneratedContent(5_000_000, 7);
    const whole = made.read(0, made.size);
    expect(whole).toHaveLength(5_000_000);
    expect(Buffer.concat([made.read(0, 1_234_567), made.read(1_234_567, 5_000_000)]).equals(whole)).toBe(true);
    expect(made.hash()).toBe(new StoredContent(whole).hash());
    const empty = new StoredContent(Buffer.alloc(0));
    expect(empty.hash()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
