import type { files } from 'dropbox';
import { isText } from '../guards';
import type { FolderEntry } from '../sync/folderEntries';
import { requireContinuable } from './paging';
import type { FolderPage, RefusedEntry } from './types';
import { listIn } from './unchecked';
import { tagOf } from './unions';

type ListedEntry = files.ListFolderResult['entries'][number];
type UncheckedEntry = Partial<Record<'id' | 'name' | 'path_lower' | 'rev', unknown>> & { '.tag': string };

/**
 * The page of a listing. An entry without a path has no place in the graph, and several of them would share one; a file
 * without a revision would look changed. So each is refused alone. @throws DropboxUnexpected for a page that can't be
 * continued
 */
export function folderPageOf(page: files.ListFolderResult): FolderPage {
  requireContinuable('files/list_folder', page);
  const { entries, cursor, has_more } = page;
  const usable: FolderEntry[] = [];
  const refused: RefusedEntry[] = [];
  for (const listed of listIn<ListedEntry | null>('files/list_folder', entries)) {
    const entry = entryOf(listed);
    if (entry !== null) usable.push(entry);
    else refused.push(refusalOf(listed));
  }
  return { entries: usable, cursor, hasMore: has_more, ...(refused.length > 0 ? { refused } : {}) };
}

/**
 * Returns an entry that has every field on which its place in the graph depends, and by which a change of its content is
 * seen; null for any other. A deleted entry needs only its path. A path that starts elsewhere than at the root of the
 * namespace would be outside of the range in which a sweep looks.
 */
export function entryOf(entry: ListedEntry | null): FolderEntry | null {
  const { id, name, path_lower: path, rev } = (entry ?? {}) as UncheckedEntry;
  if (!isText(path) || !path.startsWith('/')) return null;
  const isNamed = typeof name === 'string' && name.isWellFormed() && isText(id);
  switch (tagOf('metadata', entry)) {
    case 'deleted':
      return entry as FolderEntry;
    case 'file':
      return isNamed && isText(rev) ? (entry as FolderEntry) : null;
    case 'folder':
      return isNamed ? (entry as FolderEntry) : null;
    default:
      return null;
  }
}

const needed = {
  file: 'a path, a name, an id or a revision',
  folder: 'a path, a name or an id',
  deleted: 'a path',
} as const;

function refusalOf(entry: ListedEntry | null): RefusedEntry {
  const { id, path_lower: path } = (entry ?? {}) as UncheckedEntry;
  // It is looked for by its subject: by what can be asked for, if there is anything.
  const named = [id, path].filter((text): text is string => typeof text === 'string' && text !== '');
  const subject = (named.find(isText) ?? named[0])?.toWellFormed();
  const kind = tagOf('metadata', entry);
  const reason =
    kind === 'other'
      ? 'Dropbox lists it as something unknown'
      : `Dropbox lists this ${kind} without ${needed[kind]} that can be stored`;
  return { subject: subject ?? null, reason };
}
