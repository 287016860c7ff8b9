import { folderPages, type DropboxActor } from '../dropbox';
import { failureTypeOf } from '../failures';
import type { SyncFilters } from '../sync/connectorDocument';
import { passes } from '../sync/filters';
import { enclosingFolder, filterFactsOf } from '../sync/folderEntries';
import type { MemberDocument } from '../sync/syncDocuments';

/** A file that a member can read in Dropbox. */
export interface VisibleFile {
  itemId: string;
  name: string;
  /** The namespace that contains it; null for a file that was shared with the member singly. */
  namespaceId: string | null;
  /** null for a file that was shared singly: Dropbox's list of these files has neither. */
  revision: string | null;
  size: number | null;
  /** It passes the connector's filters, so the graph should have it. */
  isExpected: boolean;
}

/**
 * Everything that a member can read in Dropbox, in pages: their root with all that is mounted in it; each namespace that
 * they can read and that is not mounted there (shared folders that they have not added or have removed from their root,
 * and app folders, which no list of shared folders names); and at last the files that were shared with them singly, some
 * of which a page before may have had. A member who has been suspended or removed since the last sync can read nothing.
 */
export async function* visibleFiles(
  actor: DropboxActor,
  member: Pick<MemberDocument, 'rootNamespaceId' | 'homeNamespaceId'>,
  filters: SyncFilters,
  appFolders: readonly string[],
): AsyncGenerator<VisibleFile[]> {
  const { rootNamespaceId: root, homeNamespaceId: home } = member;
  const listed = new Set<string>();
  const todo = [home, ...appFolders].filter((id) => id !== null);
  for await (const page of unlessRefused(actor.sharedFolders()))
    todo.push(...page.map(({ sharedFolderId }) => sharedFolderId));
  // The last one is listed first.
  if (root !== null) todo.push(root);
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (listed.has(next)) continue;
    listed.add(next);
    const isRoot = next === root;
    // A file outside of shared folders is in the member's home, wherever the home is mounted.
    const unshared = isRoot ? (home ?? next) : next;
    for await (const { entries } of unlessRefused(folderPages(actor, next, { includeMounted: isRoot }))) {
      const files: VisibleFile[] = [];
      for (const entry of entries) {
        if (entry['.tag'] === 'folder') {
          const mounted = entry.sharing_info?.shared_folder_id;
          if (mounted === undefined) continue;
          // The listing of the root contains what is mounted in it.
          if (isRoot) listed.add(mounted);
          else todo.push(mounted);
        } else if (entry['.tag'] === 'file') {
          const { id: itemId, name, rev: revision, size } = entry;
          const isExpected = passes(filters, filterFactsOf(entry));
          files.push({ itemId, name, namespaceId: enclosingFolder(entry) ?? unshared, revision, size, isExpected });
        }
      }
      yield files;
    }
  }
  yield* receivedFiles(actor, filters);
}

async function* receivedFiles(
  actor: DropboxActor,
  { extensions }: Pick<SyncFilters, 'extensions'>,
): AsyncGenerator<VisibleFile[]> {
  // Dropbox's list has no dates, so filters by date can't be applied here.
  const filters: SyncFilters = extensions ? { extensions } : {};
  for await (const page of unlessRefused(actor.receivedFiles())) {
    yield page.map(({ fileId: itemId, name }) => {
      const isExpected = passes(filters, { name, modified: null, created: null });
      return { itemId, name, namespaceId: null, revision: null, size: null, isExpected };
    });
  }
}

/** All pages of a list; none of a list that Dropbox refuses to the member. */
async function* unlessRefused<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  let isListed = false;
  try {
    for await (const page of pages) {
      isListed = true;
      yield page;
    }
  } catch (error) {
    if (isListed || failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
  }
}
