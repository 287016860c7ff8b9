import { failure } from '../failures';
import { isEndless, noPages, pageRead } from '../sync/listProgress';
import type { DropboxActor } from './actor';
import type { FolderPage } from './types';

interface Page {
  cursor?: string;
  has_more?: boolean;
}

/**
 * Reads a listing to its last page. A page may be empty although more follow. Sharing lists have no `has_more`: there
 * another page follows exactly when there is a cursor. @throws ListEndless when the pages lead to no end
 */
export async function* pages<T extends Page>(
  route: string,
  first: () => Promise<T>,
  next: (cursor: string) => Promise<T>,
): AsyncGenerator<T> {
  let page = await first();
  yield page;
  for (let progress = noPages(); page.has_more ?? page.cursor;) {
    // A part of a list must never pass for the whole.
    if (!page.cursor) throw failure('DropboxUnexpected', `Dropbox's answer to ${route} has no cursor for what follows`);
    progress = pageRead(progress, { cursor: page.cursor, items: itemsOf(page) });
    if (isEndless(progress)) throw endless(route);
    page = await next(page.cursor);
    yield page;
  }
}

const endless = (route: string): Error =>
  failure('ListEndless', `Dropbox's list ${route} does not end: its pages bring nothing new`);

/** Whatever a list's items are called, they are what its pages have arrays of. */
const itemsOf = (page: object): unknown[] => Object.values(page).filter(Array.isArray).flat();

/**
 * The pages of a folder's listing from a cursor, or from the start, for readers that store nothing of it.
 * @throws ListEndless, and the failures of `listFolder` and `continueFolder`
 */
export async function* folderPages(
  actor: Pick<DropboxActor, 'listFolder' | 'continueFolder'>,
  namespaceId: string,
  { cursor, includeMounted = false }: { cursor?: string | undefined; includeMounted?: boolean } = {},
): AsyncGenerator<FolderPage> {
  const next = async (at: string) => asPage(await actor.continueFolder(namespaceId, at));
  const first = async () =>
    cursor === undefined ? asPage(await actor.listFolder(namespaceId, { includeMounted })) : next(cursor);
  for await (const { entries, cursor: at, has_more: hasMore } of pages('files/list_folder', first, next))
    yield { entries, cursor: at, hasMore };
}

const asPage = ({ entries, cursor, hasMore }: FolderPage) => ({ entries, cursor, has_more: hasMore });
