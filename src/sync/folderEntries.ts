import type { files } from 'dropbox';
import type { FilterFacts } from './filters';

/** `path_lower` is relative to the namespace. Dropbox may leave it out; `src/dropbox` refuses such an entry. */
interface Placed {
  path_lower: string;
}

/** An entry that a folder listing returns. */
export type FolderEntry = LiveEntry | (files.DeletedMetadataReference & Placed);

/** A file or folder of a listing. A deleted entry names a path only, which `src/graph` resolves from what is stored. */
export type LiveEntry = Item & Placed;

type Item = files.FileMetadataReference | files.FolderMetadataReference;

/** Ids of the files that have a member list of their own. */
export const filesWithMembers = (entries: readonly FolderEntry[]): string[] =>
  entries.flatMap((entry) => (entry['.tag'] === 'file' && entry.has_explicit_shared_members ? [entry.id] : []));

/** Path of the containing folder; '' for the root of the namespace. */
export const parentPath = (pathLower: string): string => pathLower.slice(0, Math.max(0, pathLower.lastIndexOf('/')));

/** Whether a path is below one of these. */
export function isBelowAny(path: string, paths: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    if (paths.has(path.slice(0, at))) return true;
  }
  return false;
}

/** The namespace that is mounted at a folder entry. Its content is in that namespace's own listing. */
export function mountedAt(entry: Item, namespaceId: string): string | undefined {
  if (entry['.tag'] !== 'folder') return undefined;
  const mounted = entry.sharing_info?.shared_folder_id ?? entry.shared_folder_id;
  return mounted === namespaceId ? undefined : mounted;
}

/** The shared folder around an item: of a mount point the one that it is mounted in. undefined: it names none. */
export const enclosingFolder = (item: Item): string | undefined =>
  item.sharing_info?.parent_shared_folder_id ?? item.parent_shared_folder_id;

/**
 * Whether a namespace contains an item that was found relative to it, and not one that is mounted there. What lies in no
 * shared folder names none.
 */
export const isGovernedBy = (item: Item, namespaceId: string): boolean =>
  (enclosingFolder(item) ?? namespaceId) === namespaceId && mountedAt(item, namespaceId) === undefined;

export const isMount = (entry: LiveEntry, namespaceId: string): boolean => mountedAt(entry, namespaceId) !== undefined;

/**
 * Whether an entry leaves nothing of a folder that was at its path: a file has nothing below it, and what is below a
 * mount point is in the listing of the namespace that is mounted there.
 */
export const replacesFolder = (entry: LiveEntry, namespaceId: string): boolean =>
  entry['.tag'] === 'file' || isMount(entry, namespaceId);

/** What the filters look at. A folder has no times in Dropbox, and passes every filter without being checked. */
export function filterFactsOf(entry: LiveEntry): FilterFacts {
  if (entry['.tag'] === 'folder') return { name: entry.name, modified: null, created: null };
  const modified = millisecondsOf(entry.server_modified);
  return { name: entry.name, modified, created: millisecondsOf(entry.client_modified) ?? modified };
}

/** A timestamp of Dropbox in ms; null when it is absent or no date. */
export function millisecondsOf(timestamp: string | undefined): number | null {
  const time = timestamp === undefined ? NaN : Date.parse(timestamp);
  return Number.isNaN(time) ? null : time;
}
