/**
 * Whether the pages of a list lead to its end. Dropbox decides when a list ends, so a fault there could make a reader
 * loop endlessly. Pages without an item are honest answers ("has_more may be true, even if entries is empty"), so only
 * many of them in a row count.
 */
import { deriveKey } from './keys';
import type { NamespaceDocument } from './syncDocuments';

/** Most pages in a row that bring nothing new. */
export const MAX_IDLE_PAGES = 100;
/** Most pages in a row with the same items. Unlike empty pages, these are never correct answers. */
export const MAX_REPEATED_PAGES = 5;

/** What is known after some pages, in constant size. Plain JSON, so that the next attempt can continue with it. */
export interface ListProgress {
  /** Pages in a row that brought nothing new. */
  idle: number;
  /** Pages in a row with the items of the page before. */
  repeated: number;
  /** Hash of the items of the last page that had some. */
  content: string;
  /** Hash of the last cursor. */
  last: string;
  /**
   * Brent's cycle detection: an earlier page, and the number of pages since it. It moves in ever longer steps, so it
   * finds a circle of any length. `content` is that of the page, and `again` counts the pages with the same items since,
   * for a circle whose cursors are new each time. Both are missing in what former versions have left.
   */
  anchor: { cursor: string; content?: string; again?: number; pages: number; limit: number };
  /** A cursor, or several times the same items, came back after others: the pages run in a circle. */
  circular: boolean;
}

export const noPages = (): ListProgress => ({
  idle: 0,
  repeated: 0,
  content: deriveKey('[]'),
  last: '',
  anchor: { cursor: '', pages: 0, limit: 1 },
  circular: false,
});

/** Counts a page after which more follow. `items`: all that it lists, for a comparison with the page before. */
export function pageRead(before: ListProgress, page: { cursor: string; items: readonly unknown[] }): ListProgress {
  const cursor = deriveKey(page.cursor);
  const isSameCursor = cursor === before.last;
  const isEmpty = page.items.length === 0;
  // Empty pages between others hide no repetition.
  const content = isEmpty ? before.content : deriveKey(textOf(page.items));
  const isRepeated = !isEmpty && content === before.content;
  const isIdle = isSameCursor || isEmpty || isRepeated;
  const { anchor } = before;
  const isBack = !isEmpty && !isRepeated && content === anchor.content;
  const again = (anchor.again ?? 0) + (isBack ? 1 : 0);
  const isDue = anchor.pages + 1 >= anchor.limit;
  return {
    idle: isIdle ? before.idle + 1 : 0,
    repeated: isRepeated ? before.repeated + 1 : isEmpty ? before.repeated : 0,
    content,
    last: cursor,
    anchor: isDue
      ? { cursor, content, again: 0, pages: 0, limit: anchor.limit * 2 }
      : { ...anchor, again, pages: anchor.pages + 1 },
    circular: before.circular || (!isSameCursor && cursor === anchor.cursor) || again >= MAX_REPEATED_PAGES,
  };
}

/** Items that are nested too deeply for JSON.stringify all count as the same. No real list of Dropbox has any. */
function textOf(items: readonly unknown[]): string {
  try {
    return JSON.stringify(items);
  } catch {
    return '';
  }
}

/** Whether a list has to be given up: its pages bring nothing new, or run in a circle. */
export const isEndless = ({ idle, repeated, circular }: ListProgress): boolean =>
  circular || idle >= MAX_IDLE_PAGES || repeated >= MAX_REPEATED_PAGES;

/** Most entries on a page of list_folder. The limit is "approximate": a page may hold a few more. */
export const MOST_ENTRIES_PER_PAGE = 2000;
const ENTRIES_PER_PAGE = [MOST_ENTRIES_PER_PAGE, 200, 20];
const TIMEOUTS_PER_SIZE = 2;

/** The page size to list a namespace with: smaller after two pages that did not arrive in time, and after two more. */
export function entriesPerPage({ timeouts }: Pick<NamespaceDocument, 'timeouts'>): number {
  const step = Math.floor((timeouts ?? 0) / TIMEOUTS_PER_SIZE);
  return ENTRIES_PER_PAGE[step] ?? Math.min(...ENTRIES_PER_PAGE);
}
