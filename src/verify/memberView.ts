import type { DropboxActor, FolderEntry } from '../dropbox';
import { failureTypeOf } from '../failures';
import { passes } from '../sync/filters';
import { filterFactsOf } from '../sync/folderEntries';
import type { MemberDocument, SyncFilters } from '../sync/documents';

/** A file that a member sees in Dropbox. */
export interface SeenFile {
  itemId: string;
  name: string;
  /** The namespace that it lies in; null for one that was shared with him by itself. */
  namespaceId: string | null;
  /** null for one that was shared with him by itself: Dropbox tells neither in that list. */
  revision: string | null;
  size: number | null;
}

/** What a member may open, by file id, and what of it the connector's filters let through. */
export interface MemberView {
  /** Every file that he can read. */
  readable: Set<string>;
  /** Those that belong into the graph. */
  wanted: Map<string, SeenFile>;
}

/**
 * Everything that a member can read, as Dropbox shows it to him: his root with all that is mounted in it, which is what
 * he sees when he opens Dropbox; besides, each namespace that he can read and that is not mounted there (shared folders
 * that he has not added or has taken out, folders of apps, which no list of shared folders names); and files that were
 * shared with him one by one.
 */
export async function viewOf(
  actor: DropboxActor,
  member: Pick<MemberDocument, 'rootNamespaceId' | 'homeNamespaceId'>,
  filters: SyncFilters,
  appFolders: readonly string[],
): Promise<MemberView> {
  const view: MemberView = { readable: new Set(), wanted: new Map() };
  const { rootNamespaceId: root, homeNamespaceId: home } = member;
  const listed = new Set<string>();
  if (root !== null) {
    listed.add(root);
    for await (const entries of pagesOf(actor, root, true)) {
      for (const entry of entries) {
        if (entry['.tag'] === 'folder') {
          const mounted = entry.sharing_info?.shared_folder_id;
          if (mounted !== undefined) listed.add(mounted);
        } else if (entry['.tag'] === 'file') {
          // A file that lies in no shared folder lies in his home, wherever that is mounted.
          see(view, entry, entry.sharing_info?.parent_shared_folder_id ?? home ?? root, filters);
        }
      }
    }
  }
  const todo = [home, ...appFolders].filter((id) => id !== null);
  for await (const page of actor.sharedFolders()) todo.push(...page.map(({ sharedFolderId }) => sharedFolderId));
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (listed.has(next)) continue;
    listed.add(next);
    for await (const entries of pagesOf(actor, next, false)) {
      for (const entry of entries) {
        if (entry['.tag'] === 'folder') {
          const mounted = entry.sharing_info?.shared_folder_id;
          if (mounted !== undefined) todo.push(mounted);
        } else if (entry['.tag'] === 'file') {
          see(view, entry, next, filters);
        }
      }
    }
  }
  for await (const page of actor.receivedFiles()) {
    for (const { fileId, name } of page) {
      if (view.readable.has(fileId)) continue;
      view.readable.add(fileId);
      // Dates are not told here; what has none of its own passes by its name alone.
      const { extensions } = filters;
      if (passes(extensions ? { extensions } : {}, { name, modified: null, created: null })) {
        view.wanted.set(fileId, { itemId: fileId, name, namespaceId: null, revision: null, size: null });
      }
    }
  }
  return view;
}

function see(
  view: MemberView,
  entry: Extract<FolderEntry, { '.tag': 'file' }>,
  namespaceId: string,
  filters: SyncFilters,
): void {
  view.readable.add(entry.id);
  if (passes(filters, filterFactsOf(entry))) {
    const { id: itemId, name, rev: revision, size } = entry;
    view.wanted.set(itemId, { itemId, name, namespaceId, revision, size });
  }
}

/** A folder that he is named on and can't open holds nothing for him. */
async function* pagesOf(
  actor: DropboxActor,
  namespaceId: string,
  includeMounted: boolean,
): AsyncGenerator<FolderEntry[]> {
  let page;
  try {
    page = await actor.listFolder(namespaceId, { includeMounted });
  } catch (error) {
    if (failureTypeOf(error) === 'NamespaceUnreachable') return;
    throw error;
  }
  yield page.entries;
  while (page.hasMore) {
    page = await actor.continueFolder(namespaceId, page.cursor);
    yield page.entries;
  }
}
