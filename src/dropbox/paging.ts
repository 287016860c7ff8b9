/** A page of a listing that reports with `has_more` whether another one follows. */
interface Page {
  cursor: string;
  has_more: boolean;
}

/** Reads a listing to its last page. A page may be empty although more follow. */
export async function* pages<T extends Page>(
  first: () => Promise<T>,
  next: (cursor: string) => Promise<T>,
): AsyncGenerator<T> {
  let page = await first();
  yield page;
  while (page.has_more) {
    page = await next(page.cursor);
    yield page;
  }
}

/** The same for sharing lists, which have no `has_more`: another page follows exactly when there is a cursor. */
export async function* cursorPages<T extends { cursor?: string }>(
  first: () => Promise<T>,
  next: (cursor: string) => Promise<T>,
): AsyncGenerator<T> {
  let page = await first();
  yield page;
  while (page.cursor) {
    page = await next(page.cursor);
    yield page;
  }
}
