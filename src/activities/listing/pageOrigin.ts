import type { DropboxActor, FolderPage } from '../../dropbox';
import { failure } from '../../failures';
import { itemsStoredElsewhere } from '../../graph/entries/entries';
import { enclosingFolder, isMount, type LiveEntry } from '../../sync/folderEntries';
import { hasMemberList } from '../../sync/namespaceState';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { OpenConnector } from '../runtime/services';

/** Most items of a page that are asked for. One of them may have moved since the page was read. */
const QUESTIONS = 3;

/**
 * Dropbox may answer with a page of another namespace, and its items would at once have the readers of this one. What
 * names this namespace as its shared folder is in it. Where Dropbox names none although this is a shared folder, or
 * where the item is stored in another namespace, it is asked for by id: one item that is here vouches for its page.
 * @throws DropboxUnexpected
 */
export async function requireOwnPage(
  open: OpenConnector,
  actor: Pick<DropboxActor, 'contains'>,
  namespace: NamespaceDocument,
  { entries }: FolderPage,
): Promise<void> {
  const { connectorId, namespaceId } = namespace;
  const unnamed = entries.filter(
    (entry): entry is LiveEntry =>
      entry['.tag'] !== 'deleted' && enclosingFolder(entry) === undefined && !isMount(entry, namespaceId),
  );
  if (unnamed.length === 0) return;
  const ids = unnamed.map(({ id }) => id);
  const doubted = hasMemberList(namespace)
    ? ids
    : await itemsStoredElsewhere(open.graph, { connectorId, namespaceId }, ids);
  if (doubted.length === 0) return;
  for (const id of doubted.slice(0, QUESTIONS)) if ((await actor.contains(namespaceId, id)) === true) return;
  throw failure('DropboxUnexpected', 'Dropbox lists items that are in another namespace');
}
