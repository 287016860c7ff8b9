import { failure } from '../failures';
import { isEndless, noPages, pageRead } from '../sync/listProgress';

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

/**
 * Checks a page whose cursor is to be stored, even that of the last page. @throws DropboxUnexpected for one without a
 * cursor, or that does not say whether more pages follow: a later run would start nowhere, or take a part for the whole
 */
export function requireContinuable(
  route: string,
  { cursor, has_more: hasMore }: { cursor: unknown; has_more: unknown },
): void {
  if (typeof cursor === 'string' && cursor !== '' && typeof hasMore === 'boolean') return;
  throw failure('DropboxUnexpected', `Dropbox's answer to ${route} does not say where the list continues`);
}

const endless = (route: string): Error =>
  failure('ListEndless', `Dropbox's list ${route} does not end: its pages bring nothing new`);

/** The items of a page of any list: the contents of its arrays, since each list names its items in its own way. */
const itemsOf = (page: object): unknown[] => Object.values(page).filter(Array.isArray).flat();
