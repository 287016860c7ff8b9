import type { DropboxActor, FolderPage } from '../../dropbox';
import { failure, failureDetailsOf } from '../../failures';
import { readEntries } from '../../graph/entries/entries';
import { enclosingFolder, isMount, type FolderEntry, type LiveEntry } from '../../sync/folderEntries';
import { entryKey } from '../../sync/keys';
import type { EntryDocument, NamespaceDocument } from '../../sync/syncDocuments';
import type { OpenConnector } from '../runtime/services';

/** The reason of a failure that `requireOwnPage` throws. */
export const FOREIGN_PAGE = 'foreign_page';

/** Most items of a page that are asked for. One of them may have changed since the page was read. */
const QUESTIONS = 3;
/** Most deleted paths of a page that are looked up. */
const LOOK_UPS = 100;

/**
 * Dropbox may answer with a page of another namespace, whose items would at once have the readers of this one, and
 * whose deletions would remove what is here. What names this namespace as its shared folder is in it. Of what does not,
 * some are asked for: one that is here, or on a page of deletions one that is gone, vouches for the page.
 * @throws DropboxUnexpected with details {reason: FOREIGN_PAGE}
 */
export async function requireOwnPage(
  open: Pick<OpenConnector, 'graph'>,
  actor: Pick<DropboxActor, 'contains' | 'itemIn'>,
  namespace: Pick<NamespaceDocument, 'connectorId' | 'namespaceId'>,
  { entries }: FolderPage,
): Promise<void> {
  const { namespaceId } = namespace;
  const live = entries.filter(
    (entry): entry is LiveEntry => entry['.tag'] !== 'deleted' && !isMount(entry, namespaceId),
  );
  const unnamed = live.filter((entry) => enclosingFolder(entry) === undefined);
  if (unnamed.length > 0) {
    for (const { id } of unnamed.slice(0, QUESTIONS))
      if ((await unlessRefused(actor.contains(namespaceId, id), true)) === true) return;
    throw foreign('Dropbox lists items that are in another namespace');
  }
  if (live.length > 0) return;
  const stored = await storedAt(open, namespace, entries);
  for (const { path, itemId } of stored)
    if ((await unlessRefused(actor.itemIn(namespaceId, path), null))?.id !== itemId) return;
  if (stored.length > 0) throw foreign('Dropbox lists items as deleted that are still there');
}

/**
 * The answer, or `otherwise` where Dropbox refuses to describe the item, as with restricted content: it is there, and
 * must not stop the listing.
 */
async function unlessRefused<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!String(failureDetailsOf(error).reason).startsWith('path/')) throw error;
    return otherwise;
  }
}

/** Some of the items that are stored at the deleted paths of a page. */
async function storedAt(
  { graph }: Pick<OpenConnector, 'graph'>,
  { connectorId, namespaceId }: Pick<NamespaceDocument, 'connectorId' | 'namespaceId'>,
  entries: readonly FolderEntry[],
): Promise<EntryDocument[]> {
  const paths = entries.flatMap((entry) => (entry['.tag'] === 'deleted' ? [entry.path_lower] : []));
  if (paths.length === 0) return [];
  const keys = paths.slice(0, LOOK_UPS).map((path) => entryKey(connectorId, namespaceId, path));
  return (await readEntries(graph, keys)).filter(({ kind }) => kind !== 'mount').slice(0, QUESTIONS);
}

const foreign = (message: string): Error =>
  failure('DropboxUnexpected', message, { details: { reason: FOREIGN_PAGE } });
