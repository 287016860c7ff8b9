import { failure } from '../failures';
import { isEndless, noPages, pageRead } from '../sync/listProgress';

interface Page {
  cursor?: string;
  has_more?: boolean;
}

/** The cursor of what follows; undefined for the last page. @throws DropboxUnexpected for a page that does not say it */
function nextOf(route: string, page: { cursor?: unknown; has_more?: unknown }): string | undefined {
  const { cursor = null, has_more: hasMore = null } = page;
  const isSaid = (cursor === null || typeof cursor === 'string') && (hasMore === null || typeof hasMore === 'boolean');
  if (!isSaid) throw failure('DropboxUnexpected', `Dropbox's answer to ${route} does not say whether the list ends`);
  if (!(hasMore ?? cursor)) return undefined;
  // A part of a list must never pass for the whole.
  if (!cursor) throw failure('DropboxUnexpected', `Dropbox's answer to ${route} has no cursor for what follows`);
  return cursor;
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
  let cursor = nextOf(route, page);
  for (let progress = noPages(); cursor !== undefined; cursor = nextOf(route, page)) {
    progress = pageRead(progress, { cursor, items: itemsOf(page) });
    if (isEndless(progress)) throw endless(route);
    page = await next(cursor);
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
