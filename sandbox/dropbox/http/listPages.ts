import { endpointError } from './errors';
import type { Page } from './pages';
import type { TeamCall, UserCall } from './route';

/** First page of a list without a change feed. Its cursor is valid only for the same caller. */
export function firstPage<T>(call: TeamCall | UserCall, list: string, items: readonly T[], limit: number): Page<T> {
  return call.simulator.pages.first(items, limit, { list, reader: call.reader });
}

/** Next page of a list. Throws `invalid_cursor`, which all continue routes declare. */
export function nextPage<T>(call: TeamCall | UserCall, list: string, cursor: string): Page<T> {
  const page = call.simulator.pages.next<T>(cursor, { list, reader: call.reader });
  if (!page) throw endpointError({ '.tag': 'invalid_cursor' });
  return page;
}

/** Cursor and has_more of the team lists, which have a cursor even on the last page. */
export function teamPaging(page: Page<unknown>): { cursor: string; has_more: boolean } {
  return { cursor: page.next ?? 'end', has_more: page.next !== undefined };
}

/** Cursor of the sharing lists, which have no has_more: there is another page exactly when there is a cursor. */
export function sharingPaging(page: Page<unknown>): { cursor?: string } {
  return page.next === undefined ? {} : { cursor: page.next };
}
