/** A page of a listing that says by `has_more` whether another one follows. */
interface Page {
  cursor: string;
  has_more: boolean;
}

/** Walks a listing of this kind to its end: a page may be empty though more follow. */
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

/** Sharing lists have no has_more: another page exists exactly when a cursor is there. */
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
