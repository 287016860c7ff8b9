import type { EntryDocument } from '../../sync/documents';
import { planRepoint, touched } from '../../sync/hierarchyEdges';
import type { Transaction } from '../driver/graph';
import { listedNamespace, readNamespace } from '../state/namespaces';
import type { CommitContext } from './commitContext';
import { readEntries } from './entries';
import type { BatchWrites, Known, KnownRecord, ListedNamespace } from '../../sync/planTypes';

/** Items whose path another one has taken over, and which another entry still points to. */
export async function repointReplaced(
  context: CommitContext,
  tx: Transaction,
  known: Known,
  now: number,
  writes: BatchWrites,
): Promise<void> {
  const written = new Set(writes.entries.map(({ _key }) => _key));
  const staying = new Set(writes.entries.map(({ recordKey }) => recordKey));
  for (const stored of known.entries.values()) {
    const record = stored.recordKey === null ? undefined : known.records.get(stored.itemId);
    if (!record || !written.has(stored._key) || staying.has(stored.recordKey)) continue;
    const others = record.entries.filter(({ _key }) => !written.has(_key));
    if (others.length === 0) continue;
    writes.records.push(touched(record.record._key, now));
    if (describedByAny(record, [stored], context.namespace)) await repoint(context, tx, record, others, now, writes);
  }
}

export const describedByAny = (
  known: KnownRecord,
  entries: readonly Pick<EntryDocument, 'path'>[],
  namespace: ListedNamespace,
): boolean =>
  known.record.externalGroupId === namespace.externalGroupId && entries.some(({ path }) => path === known.file?.path);

export async function repoint(
  context: CommitContext,
  tx: Transaction,
  known: KnownRecord,
  others: KnownRecord['entries'],
  now: number,
  writes: BatchWrites,
): Promise<void> {
  const [entry] = await readEntries(
    tx,
    others.slice(0, 1).map(({ _key }) => _key),
  );
  const namespace = entry && (await readNamespace(tx, context.namespace.connectorId, entry.namespaceId));
  // Described by a namespace that is not known any more: its own removal decides about the record.
  if (!entry || !namespace || namespace.work === 'remove') return;
  const [parent] = await readEntries(tx, [entry.parentKey]);
  const folder =
    parent?.kind === 'folder' && parent.recordKey ? { itemId: parent.itemId, recordKey: parent.recordKey } : null;
  planRepoint(known, entry, folder, listedNamespace(context.namespace.orgId, namespace), now, writes);
}
