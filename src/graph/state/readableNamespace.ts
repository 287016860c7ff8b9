import { isObject } from '../../guards';
import { namespaceKey } from '../../sync/keys';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { isPrincipal } from './storedPrincipals';

type Stored = { readonly [Field in keyof NamespaceDocument]?: unknown };

const works: Readonly<Record<NamespaceDocument['work'], true>> = {
  none: true,
  continue: true,
  relist: true,
  remove: true,
};

/** What awaits approval, and other objects. Former versions may not have written all of them. */
const approvals = ['held', 'heldRevocations', 'heldFilters'] as const;
const objects = ['allowed', 'notSeen', 'leftOut'] as const;

/**
 * Whether a stored namespace can be used: its key matches the namespace that it names, and the fields that decide on
 * access and listings have the right types. An operator or a restored backup may have changed it. Any other document is
 * treated as missing: it grants nothing more, fails no run, and discovery writes it again. Fields that Dropbox returns
 * in each run, such as the name, are not checked.
 */
export function isReadable(connectorId: string, stored: NamespaceDocument): boolean {
  const { _key, connectorId: owner, namespaceId, ...fields }: Stored = stored;
  return (
    owner === connectorId &&
    typeof namespaceId === 'string' &&
    _key === namespaceKey(connectorId, namespaceId) &&
    Object.hasOwn(works, String(fields.work)) &&
    [fields.externalGroupId, fields.recordGroupKey].every((key) => typeof key === 'string' && key !== '') &&
    [fields.delegate, fields.mark].every((id) => id === null || typeof id === 'string') &&
    approvals.every((field) => fields[field] == null || isHeld(fields[field])) &&
    objects.every((field) => fields[field] == null || isObject(fields[field])) &&
    (fields.waitingHints == null || isListOf(fields.waitingHints, isObject)) &&
    (fields.principals == null || isListOf(fields.principals, isPrincipal))
  );
}

const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);

/** Whether it has the figures that an operator is shown, and that an answer is for. */
const isHeld = (value: unknown): boolean =>
  isObject(value) &&
  [value['deletes'], value['revokes'], value['total']].every((figure) => typeof figure === 'number') &&
  isListOf(value['samples'], (path) => typeof path === 'string') &&
  (value['answer'] == null || isObject(value['answer']));

const clearWork = defineQuery<{ keys: string[] }, never>(
  'readableNamespace.clearWork',
  `FOR namespace IN dropboxNamespaces
     FILTER namespace._key IN @keys AND (namespace.due != false OR namespace.work != "none")
     UPDATE namespace WITH { due: false, work: "none" } IN dropboxNamespaces`,
  { keys: ['key'] },
);

/**
 * Clears the pending work of documents that are not readable. Otherwise queries for a limited number of namespaces with
 * work would return the same ones again and again, and delegates would be given them to list.
 */
export async function clearUnreadable(graph: Graph, keys: ReadonlySet<string>): Promise<void> {
  if (keys.size > 0) await graph.run(clearWork, { keys: [...keys] });
}
