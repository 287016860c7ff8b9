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
  const mounted = idOf(entry.sharing_info?.shared_folder_id) ?? idOf(entry.shared_folder_id);
  return mounted === namespaceId ? undefined : mounted;
}

/**
 * The shared folder that contains an item; for a mount point, the one that it is mounted in. undefined: the item names
 * none.
 */
export const enclosingFolder = (item: Item): string | undefined =>
  idOf(item.sharing_info?.parent_shared_folder_id) ?? idOf(item.parent_shared_folder_id);

/**
 * An empty id, or one that is no string, counts as absent. As an id it would place the item in another namespace, and
 * the item would count as gone from this one.
 */
const idOf = (id: unknown): string | undefined => (typeof id === 'string' && id !== '' ? id : undefined);

/**
 * Whether a namespace contains an item that was found relative to it, and not one that is mounted there. An item that
 * is in no shared folder names none.
 */
export const isGovernedBy = (item: Item, namespaceId: string): boolean =>
  (enclosingFolder(item) ?? namespaceId) === namespaceId && mountedAt(item, namespaceId) === undefined;

/**
 * The entries of a page that its namespace contains. Dropbox documents that a listing can leave out what is in mounted
 * folders, but not whether a nested folder counts as one. What another namespace contains has that namespace's members
 * and appears in its listing, so it must not be stored here. A listing that continues at a cursor (`atCursor`) turns it
 * into a deletion of its path; a listing from the start leaves it out, and its sweep removes what was stored.
 */
export function entriesOf(entries: FolderEntry[], namespaceId: string, { atCursor }: { atCursor: boolean }) {
  const isElsewhere = (entry: FolderEntry): boolean =>
    entry['.tag'] !== 'deleted' && (enclosingFolder(entry) ?? namespaceId) !== namespaceId;
  if (!entries.some(isElsewhere)) return entries;
  if (!atCursor) return entries.filter((entry) => !isElsewhere(entry));
  return entries.map((entry): FolderEntry => {
    const { name, path_lower } = entry;
    return isElsewhere(entry) ? { '.tag': 'deleted', name, path_lower } : entry;
  });
}

export const isMount = (entry: LiveEntry, namespaceId: string): boolean => mountedAt(entry, namespaceId) !== undefined;

/**
 * Whether an entry removes everything below its path, in case a folder was there: a file has nothing below it, and what
 * is below a mount point belongs to the listing of the mounted namespace.
 */
export const replacesFolder = (entry: LiveEntry, namespaceId: string): boolean =>
  entry['.tag'] === 'file' || isMount(entry, namespaceId);

/** What an entry of a listing does to a path. */
export interface PathChange {
  path: string;
  /** The item that is at the path from then on; null: none. */
  itemId: string | null;
  /** Whether nothing that was below the path is left. */
  clears: boolean;
}

export const pathChangeOf = (entry: FolderEntry, namespaceId: string): PathChange =>
  entry['.tag'] === 'deleted'
    ? { path: entry.path_lower, itemId: null, clears: true }
    : { path: entry.path_lower, itemId: entry.id, clears: replacesFolder(entry, namespaceId) };

/**
 * The ids of the items that are left after all changes, applied in order: not those that a later change deletes or
 * replaces.
 */
export function itemsAfter(changes: readonly PathChange[]): Set<string> {
  const present = new Set<string>();
  const taken = new Set<string>();
  const cleared = new Set<string>();
  for (const { path, itemId, clears } of changes.toReversed()) {
    if (itemId !== null && !taken.has(path) && !isBelowAny(path, cleared)) present.add(itemId);
    taken.add(path);
    if (clears) cleared.add(path);
  }
  return present;
}

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
