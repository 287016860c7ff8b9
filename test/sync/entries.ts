import type { files } from 'dropbox';

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** A file of a listing. Its id is derived from its path. */
export const file = (path: string, more: Partial<files.FileMetadataReference> = {}): files.FileMetadataReference => ({
  '.tag': 'file',
  id: `id:${path}`,
  name: nameOf(path),
  path_lower: path.toLowerCase(),
  path_display: path,
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
): files.FolderMetadataReference => ({
  '.tag': 'folder',
  id: `id:${path}`,
  name: nameOf(path),
  path_lower: path.toLowerCase(),
  path_display: path,
  ...more,
});

export const deleted = (path: string): files.DeletedMetadataReference => ({
  '.tag': 'deleted',
  name: nameOf(path),
  path_lower: path.toLowerCase(),
});
