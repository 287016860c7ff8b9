import { endpointError } from './errors';
import type { Page } from './pages';
import type { TeamCall, UserCall } from './route';

/** The handlers of a list without a change feed: of its first page, and of each further one. */
export interface List<Call, Argument, Answer> {
  readonly first: (call: Call, arg: Argument) => Answer;
  readonly next: (call: Call, arg: { cursor: string }) => Answer;
}

/** Cursors are valid only for the same caller; another one is `invalid_cursor`, which all continue routes declare. */
export function listOf<Call extends TeamCall | UserCall, Argument extends { limit: number }, Item, Answer>(
  list: string,
  read: (call: Call, arg: Argument) => readonly Item[],
  answer: (page: Page<Item>) => Answer,
): List<Call, Argument, Answer> {
  return {
    first: (call, arg) => answer(call.simulator.pages.first(read(call, arg), arg.limit, { list, reader: call.reader })),
    next: (call, { cursor }) => {
      const page = call.simulator.pages.next<Item>(cursor, { list, reader: call.reader });
      if (!page) throw endpointError({ '.tag': 'invalid_cursor' });
      return answer(page);
    },
  };
}

/** Cursor and has_more of the team lists, which have a cursor even on the last page. */
export function teamPaging(page: Page<unknown>): { cursor: string; has_more: boolean } {
  return { cursor: page.next ?? 'end', has_more: page.next !== undefined };
}

/** Cursor of the sharing lists, which have no has_more: there is another page exactly when there is a cursor. */
export function sharingPaging(page: Page<unknown>): { cursor?: string } {
  return page.next === undefined ? {} : { cursor: page.next };
}
