import type { FolderEntry } from '../../src/sync/folderEntries';
import { enclosingFolder, entriesOf, itemsAfter, mountedAt, pathChangeOf } from '../../src/sync/folderEntries';
import { deleted, file, folder } from '../support/entries';

const mount = folder('/a', { id: 'id:mount', sharing_info: { read_only: false, shared_folder_id: '2' } });
const inside = file('/a/x', { id: 'id:x' });
const after = (...entries: FolderEntry[]): string[] =>
  [...itemsAfter(entries.map((entry) => pathChangeOf(entry, '1')))].sort();

describe('the items that entries show in the end', () => {
  it.each<[string, FolderEntry[], string[]]>([
    ['are those that are listed', [folder('/a'), inside], ['id:/a', 'id:x']],
    ['are not those that are deleted later', [inside, file('/b'), deleted('/b')], ['id:x']],
    ['are not those below a folder that is deleted later', [folder('/a'), inside, deleted('/a')], []],
    ['are those that come after a deletion', [deleted('/a'), folder('/a'), inside], ['id:/a', 'id:x']],
    ['are those that moved before a deletion', [file('/b', { id: 'id:x' }), deleted('/a')], ['id:x']],
    ['are not those that another item replaces', [file('/b'), file('/b', { id: 'id:new' })], ['id:new']],
    ['are not those below a file that takes the path', [inside, file('/a')], ['id:/a']],
    ['are not those below a mount point', [inside, mount], ['id:mount']],
    [
      'are those in a folder that is replaced',
      [folder('/a'), inside, folder('/a', { id: 'id:new' })],
      ['id:new', 'id:x'],
    ],
  ])('%s', (_case, entries, expected) => {
    expect(after(...entries)).toEqual(expected);
  });
});

describe.each(['', 7, null, {}])('a shared folder that is named as %p', (id) => {
  const named = { sharing_info: { read_only: false, shared_folder_id: id, parent_shared_folder_id: id } } as object;

  it('is none: nothing is mounted there, and nothing is elsewhere', () => {
    expect(mountedAt(folder('/a', named), '1')).toBeUndefined();
    expect(enclosingFolder(folder('/a', named))).toBeUndefined();
    const entries = [folder('/a', named), file('/b', named)];
    for (const atCursor of [true, false]) expect(entriesOf(entries, '1', { atCursor })).toEqual(entries);
  });
});
