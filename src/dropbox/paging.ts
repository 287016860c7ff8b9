interface Page {
  cursor?: string;
  has_more?: boolean;
}

/**
 * Reads a listing to its last page. A page may be empty although more follow. Sharing lists have no `has_more`: there
 * another page follows exactly when there is a cursor.
 */
export async function* pages<T extends Page>(
  first: () => Promise<T>,
  next: (cursor: string) => Promise<T>,
): AsyncGenerator<T> {
  let page = await first();
  yield page;
  while (page.cursor && page.has_more !== false) {
    page = await next(page.cursor);
    yield page;
  }
}
