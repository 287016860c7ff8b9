import { isObject } from '../../guards';
import type { EntryDocument } from '../../sync/syncDocuments';
import { isPrincipal, namedIn } from '../state/storedPrincipals';

type Fields = { readonly [Field in keyof EntryDocument]?: unknown };

/**
 * A stored entry with fields of the right types. An operator or a restored backup may have changed it. A wrong field
 * gets an empty value, so that the next listing that shows the item writes it again. A correct entry is returned
 * without a copy, since a listing reads every entry.
 */
export function wellFormedEntry<Entry extends EntryDocument>(entry: Entry): Entry {
  const { path, itemId, recordKey, facts, principals }: Fields = entry;
  const isWell =
    typeof path === 'string' &&
    typeof itemId === 'string' &&
    (recordKey === null || typeof recordKey === 'string') &&
    isObject(facts) &&
    (principals === undefined || (Array.isArray(principals) && principals.every(isPrincipal)));
  return isWell ? entry : repaired(entry);
}

function repaired<Entry extends EntryDocument>(entry: Entry): Entry {
  const { path, position, itemId, recordKey, facts, principals, ...others }: Fields = entry;
  const at = typeof position === 'string' ? position : '';
  const named = Array.isArray(principals) ? { principals: namedIn(principals) } : {};
  return {
    ...others,
    path: typeof path === 'string' ? path : Buffer.from(at, 'hex').toString('utf8'),
    position: at,
    itemId: typeof itemId === 'string' ? itemId : '',
    recordKey: typeof recordKey === 'string' ? recordKey : null,
    // The generation of no listing, so that the entry differs from what a listing shows.
    mark: '',
    facts: isObject(facts) ? facts : { name: '', modified: null, created: null },
    ...named,
  } as unknown as Entry;
}
