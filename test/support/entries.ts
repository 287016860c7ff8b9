import type { files } from 'dropbox';

/** Entries of a folder listing. An item's id is derived from its path, unless a test gives it another one. */

export const file = (path: string, more: Partial<files.FileMetadataReference> = {}): files.FileMetadataReference => ({
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

export const folder = (
  path: string,
  more: Partial<files.FolderMetadataReference> = {},
): files.FolderMetadataReference => ({ '.tag': 'folder', id: `id:${path}`, ...names(path), ...more });

export const deleted = (path: string): files.DeletedMetadataReference => ({ '.tag': 'deleted', ...names(path) });

const names = (path: string) => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  path_lower: path.toLowerCase(),
  path_display: path,
});
