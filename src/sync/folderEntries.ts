import type { files } from 'dropbox';

/** A file or folder entry of a listing. Deleted entries are resolved by the graph side, since they name a subtree. */
export type LiveEntry = files.FileMetadataReference | files.FolderMetadataReference;

/** Path of the containing folder; '' for the root of the namespace. */
export const parentPath = (pathLower: string): string => pathLower.slice(0, Math.max(0, pathLower.lastIndexOf('/')));

/** The namespace that is mounted at a folder entry; its content is in that namespace's own listing. */
export function mountedAt(entry: LiveEntry, namespaceId: string): string | undefined {
  if (entry['.tag'] !== 'folder') return undefined;
  const mounted = entry.sharing_info?.shared_folder_id ?? entry.shared_folder_id;
  return mounted === namespaceId ? undefined : mounted;
}
/**
 * Whether an entry leaves nothing of a folder that was at its path: a file has nothing below it, and what is below a
 * mount point is in the listing of the namespace that is mounted there.
 */
export const replacesFolder = (entry: LiveEntry, namespaceId: string): boolean =>
  entry['.tag'] === 'file' || isMount(entry, namespaceId);

export const isMount = (entry: LiveEntry, namespaceId: string): boolean => mountedAt(entry, namespaceId) !== undefined;
