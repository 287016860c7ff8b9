import type { FolderEntry } from '../../src/sync/folderEntries';
import { itemsAfter, pathChangeOf } from '../../src/sync/folderEntries';
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
