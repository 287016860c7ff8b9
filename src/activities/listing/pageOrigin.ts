import { chunks } from '../../chunks';
import type { DropboxActor } from '../../dropbox';
import { failure, failureDetailsOf } from '../../failures';
import { readEntries } from '../../graph/entries/entries';
import { enclosingFolder, isMount, type FolderEntry, type LiveEntry } from '../../sync/folderEntries';
import { entryKey } from '../../sync/keys';
import type { EntryDocument, NamespaceDocument } from '../../sync/syncDocuments';
import type { OpenConnector } from '../runtime/services';
import type { OwnPage } from './reader';

/** The reason of a failure that `requireOwnPage` throws. */
export const FOREIGN_PAGE = 'foreign_page';

/** Most items of a page that are asked for. One of them may have changed since the page was read. */
const QUESTIONS = 3;
const KEYS_PER_QUERY = 1000;

/**
 * Dropbox may answer with a page of another namespace, whose items would at once have the readers of this one, and
 * whose deletions would remove what is here. What names this namespace as its shared folder is in it. Of what does not,
 * some are asked for: one that is here vouches for the page, and on a page of deletions and mounts, one that is gone.
 * @throws DropboxUnexpected with details {reason: FOREIGN_PAGE}
 */
export async function requireOwnPage(
  open: Pick<OpenConnector, 'graph'>,
  actor: Pick<DropboxActor, 'contains' | 'itemIn' | 'reaches'>,
  namespace: Pick<NamespaceDocument, 'connectorId' | 'namespaceId'>,
  { entries, listed = entries }: OwnPage,
): Promise<void> {
  const { namespaceId } = namespace;
  const isHere = (id: string): Promise<boolean | null> => unlessRefused(actor.contains(namespaceId, id), true);
  const isBelow = (id: string): Promise<boolean | null> => unlessRefused(actor.reaches(namespaceId, id), true);
  const live = entries.filter(isLive).filter((entry) => !isMount(entry, namespaceId));
  const unnamed = live.filter((entry) => enclosingFolder(entry) === undefined);
  if (unnamed.length > 0) return requireOne(unnamed, isHere);
  if (live.length > 0) return;
  // What names another shared folder is listed here where that one is nested.
  const nested = listed.filter(isLive).filter((entry) => enclosingFolder(entry) !== undefined);
  if (nested.length > 0) return requireOne(nested, isBelow);
  const stored = await storedWhereCleared(open, namespace, entries);
  for (const { path, itemId } of stored) {
    const item = await unlessRefused(actor.itemIn(namespaceId, path), null);
    if (item?.id !== itemId || isMount(item, namespaceId)) return;
  }
  if (stored.length > 0) throw foreign('Dropbox lists items as deleted that are still there');
}

const isLive = (entry: FolderEntry): entry is LiveEntry => entry['.tag'] !== 'deleted';

/** The first, the middle and the last of a list: neighbours may be changed together. */
const samples = <T>(list: readonly T[]): T[] =>
  list.length <= QUESTIONS ? [...list] : [0, list.length >> 1, list.length - 1].map((at) => list[at] as T);

async function requireOne(
  entries: readonly LiveEntry[],
  vouches: (id: string) => Promise<boolean | null>,
): Promise<void> {
  for (const { id } of samples(entries)) if ((await vouches(id)) === true) return;
  throw foreign('Dropbox lists items that are in another namespace');
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

/** Some of the items that are stored at the paths that a page clears: where it deletes something, or has a mount. */
async function storedWhereCleared(
  { graph }: Pick<OpenConnector, 'graph'>,
  { connectorId, namespaceId }: Pick<NamespaceDocument, 'connectorId' | 'namespaceId'>,
  entries: readonly FolderEntry[],
): Promise<EntryDocument[]> {
  const keys = entries.map(({ path_lower }) => entryKey(connectorId, namespaceId, path_lower));
  const stored: EntryDocument[] = [];
  for (const batch of chunks(keys, KEYS_PER_QUERY)) {
    stored.push(...(await readEntries(graph, batch)).filter(({ kind }) => kind !== 'mount'));
    if (stored.length >= QUESTIONS) break;
  }
  return samples(stored);
}

const foreign = (message: string): Error =>
  failure('DropboxUnexpected', message, { details: { reason: FOREIGN_PAGE } });
