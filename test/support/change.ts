import type { Database } from 'arangojs';
import type { AqlQuery } from 'arangojs/aql';
import type { Cursor } from 'arangojs/cursors';

// Tests look into documents of any shape.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyDocument = Record<string, any>;

/** Another program's change of the graph. It is retried after a conflict, which `ARANGODB_CONFLICTS` can cause. */
export function change<T = AnyDocument>(
  db: Database,
  query: string | AqlQuery,
  vars: Record<string, unknown> = {},
): Promise<Cursor<T>> {
  const { query: text, bindVars } = typeof query === 'string' ? { query, bindVars: vars } : query;
  return db.query<T>(text, bindVars, { retryOnConflict: 10 });
}
