import { BadArgument } from '../../../../sandbox/dropbox/model';
import { smallCompany, content, refusal } from './smallCompany';

function started(choices = {}) {
  const world = smallCompany('A', choices);
  const { company, ann } = world;
  const folder = company.build.folder(ann.home.root, 'Folder');
  company.build.file(folder, 'a.txt', content);
  company.goLive();
  const actor = company.actor(ann);
  return { ...world, folder, actor };
}

describe('a cursor', () => {
  it('is bound to the member and the path root', () => {
    const { company, bob, actor } = started();
    const { cursor } = company.files.listFolder(actor, { path: '' });
    expect(() => company.files.listFolderContinue(company.actor(bob), cursor)).toThrow(BadArgument);
    expect(() => company.files.listFolderContinue(actor, `${cursor}x`)).toThrow(BadArgument);
    const other = started({ foreignCursor: 'reset' });
    const theirs = other.company.files.listFolder(other.actor, { path: '' }).cursor;
    const strange = other.company.actor(other.bob);
    expect(refusal(() => other.company.files.listFolderContinue(strange, theirs))).toEqual({ '.tag': 'reset' });
  });

  it('answers reset on demand until the folder is listed again', () => {
    const { company, ann, actor } = started();
    const { cursor } = company.files.listFolder(actor, { path: '' });
    company.resetCursors(ann.home.id);
    expect(refusal(() => company.files.listFolderContinue(actor, cursor))).toEqual({ '.tag': 'reset' });
    expect(refusal(() => company.files.hasChanges(cursor))).toEqual({ '.tag': 'reset' });
    const fresh = company.files.listFolder(actor, { path: '' });
    expect(company.files.listFolderContinue(actor, fresh.cursor).has_more).toBe(false);
  });

  it('answers path/not_found when the listed folder is gone', () => {
    const { company, actor } = started();
    const { cursor } = company.files.listFolder(actor, { path: '/Folder' });
    company.files.delete(actor, { path: '/folder' });
    expect(refusal(() => company.files.listFolderContinue(actor, cursor))).toEqual({
      '.tag': 'path',
      path: { '.tag': 'not_found' },
    });
  });

  it('follows a folder that is listed by its id and moves', () => {
    const { company, actor } = started();
    const id = company.files.getMetadata(actor, { path: '/Folder' });
    const path = 'id' in id ? id.id : '';
    const { cursor } = company.files.listFolder(actor, { path });
    company.files.move(actor, { from_path: '/Folder', to_path: '/Elsewhere' });
    const { entries } = company.files.listFolderContinue(actor, cursor);
    expect(entries.map((entry) => `${entry['.tag']} ${entry.path_lower ?? ''}`)).toEqual([
      'deleted /folder',
      'file /elsewhere/a.txt',
    ]);
  });

  it('does not deliver a change of case', () => {
    const { company, folder, actor } = started();
    const { cursor } = company.files.listFolder(actor, { path: '', recursive: true });
    company.build.rename(folder, 'FOLDER');
    expect(company.files.listFolderContinue(actor, cursor).entries).toEqual([]);
    expect(company.files.getMetadata(actor, { path: '/folder' }).path_display).toBe('/FOLDER');
  });

  it('delivers the entries after an empty page, and again when the same cursor is used twice', () => {
    const { company, actor } = started({ emptyPages: 1 });
    const first = company.files.listFolder(actor, { path: '', recursive: true });
    expect(first).toMatchObject({ entries: [], has_more: true });
    const second = company.files.listFolderContinue(actor, first.cursor);
    expect(second.entries).toHaveLength(2);
    expect(second.has_more).toBe(false);
    expect(company.files.listFolderContinue(actor, first.cursor).entries).toEqual(second.entries);
  });

  it('delivers deletions without include_deleted, and lists deleted entries with it', () => {
    const { company, actor } = started({ deletesListDescendants: 1 });
    const { cursor } = company.files.listFolder(actor, { path: '', recursive: true });
    company.files.delete(actor, { path: '/folder' });
    const { entries } = company.files.listFolderContinue(actor, cursor);
    expect(entries.map((entry) => `${entry['.tag']} ${entry.path_lower ?? ''}`)).toEqual([
      'deleted /folder',
      'deleted /folder/a.txt',
    ]);
    expect(company.files.listFolder(actor, { path: '', include_deleted: true }).entries).toMatchObject([
      { '.tag': 'deleted', path_lower: '/folder' },
    ]);
  });

  it('omits the content of mounts without include_mounted_folders', () => {
    const { company, ann, actor } = started();
    const shared = company.build.sharedFolder(ann, ann.home.root, 'Shared');
    company.build.file(shared.root, 'b.txt', content);
    const arg = { path: '', recursive: true, include_mounted_folders: false };
    const { entries, cursor } = company.files.listFolder(actor, arg);
    expect(entries.map((entry) => entry.path_lower)).toEqual(['/folder', '/folder/a.txt', '/shared']);
    company.build.file(shared.root, 'c.txt', content);
    expect(company.files.hasChanges(cursor)).toBe(false);
    expect(company.files.listFolderContinue(actor, cursor).entries).toEqual([]);
  });

  it('starts at the current state with get_latest_cursor, and ends a longpoll when there are changes', () => {
    const { company, actor } = started();
    const { cursor } = company.files.getLatestCursor(actor, { path: '', recursive: true });
    expect(company.files.hasChanges(cursor)).toBe(false);
    company.files.upload(actor, { path: '/new.txt' }, content);
    expect(company.files.hasChanges(cursor)).toBe(true);
    expect(company.files.listFolderContinue(actor, cursor).entries).toMatchObject([{ path_lower: '/new.txt' }]);
  });

  it('lists a namespace that is not mounted without paths, or with paths relative to the namespace', () => {
    const { company, bob } = started();
    const shared = company.build.sharedFolder(bob, bob.home.root, 'Shared');
    company.build.file(shared.root, 'b.txt', content);
    company.build.unmount(bob, shared);
    const actor = company.actor(bob);
    const [entry] = company.files.listFolder(actor, { path: `ns:${shared.id}` }).entries;
    expect(entry?.name).toBe('b.txt');
    expect(entry).not.toHaveProperty('path_lower');
    company.state.choices.unmountedPaths = 'namespace';
    expect(company.files.listFolder(actor, { path: `ns:${shared.id}` }).entries).toMatchObject([
      { path_lower: '/b.txt' },
    ]);
  });
});
