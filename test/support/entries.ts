import type { FolderEntry } from '../../src/sync/folderEntries';

/** Entries of a folder listing. An item's id is derived from its path, unless a test gives it another one. */

type Tagged<Tag extends FolderEntry['.tag']> = Extract<FolderEntry, { '.tag': Tag }>;

export const file = (path: string, more: Partial<Tagged<'file'>> = {}): Tagged<'file'> => ({
  '.tag': 'file',
  id: `id:${path}`,
  ...names(path),
  rev: '0000000001',
  size: 5,
  client_modified: '2026-01-01T00:00:00Z',
  server_modified: '2026-01-02T00:00:00Z',
  is_downloadable: true,
  ...more,
});

export const folder = (path: string, more: Partial<Tagged<'folder'>> = {}): Tagged<'folder'> => ({
  '.tag': 'folder',
  id: `id:${path}`,
  ...names(path),
  ...more,
});

export const deleted = (path: string): Tagged<'deleted'> => ({ '.tag': 'deleted', ...names(path) });

const names = (path: string) => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  path_lower: path.toLowerCase(),
  path_display: path,
});
