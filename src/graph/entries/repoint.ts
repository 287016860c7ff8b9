import { planRepoint, storedFolder, touched, type PlannedWrites } from '../../sync/hierarchyEdges';
import type { Known, KnownRecord } from '../../sync/planTypes';
import { RECEIVED_NAMESPACE_ID } from '../../sync/receivedFiles';
import type { EntryDocument } from '../../sync/syncDocuments';
import { markEntriesDue } from '../access/sharedEntries';
import type { Transaction } from '../driver/graph';
import { listedNamespace, readNamespace } from '../state/namespaces';
import type { CommitContext } from './commitContext';
import { readEntries } from './entries';

/**
 * A file that moved is stored in two places for a while, and its direct access is what was read last, in either of them.
 * At the former one it may be what Dropbox no longer says, or nothing. So the members of the file are read again.
 */
async function readMembersAgain(
  tx: Transaction,
  { file, permissions }: KnownRecord,
  staying: KnownRecord['entries'],
): Promise<void> {
  const listed = staying.filter(({ namespaceId }) => namespaceId !== RECEIVED_NAMESPACE_ID);
  const isShared = permissions.length > 0 || listed.some(({ hasMembers }) => hasMembers);
  if (!file?.isFile || !isShared) return;
  await markEntriesDue(
    tx,
    listed.map(({ _key }) => _key),
  );
}

/**
 * A record takes its name, path and record group from one of its entries. When that entry is one of `leaving`, the
 * record takes them from the first of `staying` instead. The record is written in any case, so that another transaction
 * that decides about it conflicts with this one.
 */
export async function repoint(
  context: CommitContext,
  tx: Transaction,
  known: KnownRecord,
  { leaving, staying }: { leaving: readonly Pick<EntryDocument, 'path'>[]; staying: KnownRecord['entries'] },
  planned: PlannedWrites,
): Promise<void> {
  planned.writes.records.push(touched(known.record._key, planned.now));
  await readMembersAgain(tx, known, staying);
  const isInNamespace = known.record.externalGroupId === context.namespace.externalGroupId;
  const isDescribedByLeaving = isInNamespace && leaving.some(({ path }) => path === known.file?.path);
  if (!isDescribedByLeaving) return;
  const [entry] = await readEntries(
    tx,
    staying.slice(0, 1).map(({ _key }) => _key),
  );
  const namespace = entry && (await readNamespace(tx, context.namespace.connectorId, entry.namespaceId));
  // A namespace that is about to be removed describes no record: its removal decides about the records of its entries.
  if (!entry || !namespace || namespace.work === 'remove') return;
  const [parent] = await readEntries(tx, [entry.parentKey]);
  const listed = listedNamespace(context.namespace.orgId, namespace);
  planRepoint(known, { entry, parent: storedFolder(parent), namespace: listed }, planned);
}

/**
 * An entry is the path of one item, so an item that a batch writes replaces the item that was stored under its path.
 * The record of the replaced item is repointed if the item has an entry elsewhere.
 */
export async function repointReplaced(
  context: CommitContext,
  tx: Transaction,
  known: Known,
  planned: PlannedWrites,
): Promise<void> {
  const { writes } = planned;
  const writtenKeys = new Set(writes.entries.map(({ _key }) => _key));
  const writtenRecords = new Set(writes.entries.map(({ recordKey }) => recordKey));
  for (const stored of known.entries.values()) {
    const record = stored.recordKey === null ? undefined : known.records.get(stored.itemId);
    if (!record || !writtenKeys.has(stored._key) || writtenRecords.has(stored.recordKey)) continue;
    const staying = record.entries.filter(({ _key }) => !writtenKeys.has(_key));
    if (staying.length > 0) await repoint(context, tx, record, { leaving: [stored], staying }, planned);
  }
}
