import { itemIdsOf, recordStructures, storedItems, type RecordStructure } from '../graph/readers/recordStructure';
import { recordGroupVertex } from '../sync/vertices';
import type { Check } from './check';
import { duplicates, readerFaults } from './edgeFaults';
import type { NamespacesByGroup } from './recordGroups';

/**
 * Checks that each record has its files document and the edge to it, exactly one belongsTo and one inheritPermissions
 * edge, both to the record group that governs it, and one parent where it has one. A missing edge takes access away. A
 * second one grants access that no member list gives, as does a permission edge to a record without a member list. Of two
 * entries of one item, one is wrong. A record that no entry points to is an orphan. @returns the number of records
 */
export async function checkStructure(check: Check, namespaces: NamespacesByGroup): Promise<number> {
  const { graph, connectorId, orgId, findings } = check;
  let records = 0;
  for await (const batch of recordStructures(graph, connectorId)) {
    records += batch.length;
    const parents = await itemIdsOf(
      graph,
      batch.flatMap((record) => record.parents.map((id) => id.slice('records/'.length))),
    );
    const orphans = batch.filter(({ namespaces: found }) => found.length === 0);
    const listed = await listedItems(check, orphans);
    for (const { recordKey, itemId, name, recordGroupId: group } of orphans) {
      findings.orphanRecords.add(recordKey);
      findings.add({
        kind: 'shouldBeGone',
        text: `${name}: a record that no listing of Dropbox led to`,
        recordKey,
        itemId,
        // Unless it is a duplicate, only the connector's own entry may be lost: its folder is to be listed again.
        namespaceId: listed.has(itemId) ? null : (namespaces.get(group ?? '')?.namespaceId ?? null),
      });
    }
    for (const record of batch) {
      if (record.namespaces.length === 0) continue;
      for (const fault of faultsOf(record, orgId, parents)) findings.addFault(record, fault);
      for (const key of record.typed.slice(1)) findings.addSurplusEdge('isOfType', key);
      for (const { key } of duplicates(record.permissions)) findings.addSurplusEdge('permission', key);
    }
  }
  return records;
}

/** The ids of the items that have a record to which an entry points. */
async function listedItems(
  { graph, connectorId }: Check,
  records: readonly Pick<RecordStructure, 'itemId'>[],
): Promise<Set<string>> {
  const stored = await storedItems(graph, connectorId, records);
  return new Set(stored.filter(({ namespaces }) => namespaces.length > 0).map(({ itemId }) => itemId));
}

function* faultsOf(record: RecordStructure, orgId: string, parents: ReadonlyMap<string, string>): Generator<string> {
  if (record.orgId !== orgId) yield `has organization ${record.orgId ?? 'none'} instead of ${orgId}`;
  if (record.isDeleted === true) yield 'is marked as deleted';
  if (record.paths.length > 1) yield `has entries at ${record.paths.length} paths, and is at one in Dropbox`;
  if (record.isFile === null) yield 'has no files document';
  else if (record.paths.length > 0 && !record.paths.includes(record.path ?? '')) {
    yield 'has a files document with another path than it has in Dropbox';
  }
  if (record.typed.length !== 1) yield `has ${record.typed.length} edges to its files document`;
  const { permissions } = record;
  if (!record.hasMembers && permissions.length > 0) yield `names ${permissions.length} readers and has no member list`;
  yield* readerFaults(permissions);
  const group = record.recordGroupId === null ? null : recordGroupVertex(record.recordGroupId);
  if (!isExactly(record.belongsTo, group)) yield `belongs to ${namesOf(record.belongsTo)} instead of ${group}`;
  if (!isExactly(record.inherits, group)) yield `inherits access from ${namesOf(record.inherits)} instead of ${group}`;
  const above = record.parents.map((id) => parents.get(id.slice('records/'.length)) ?? id);
  if (record.externalParentId === null ? above.length > 0 : !isExactly(above, record.externalParentId)) {
    yield `has the parent ${namesOf(above)} instead of ${record.externalParentId ?? 'its record group'}`;
  }
}

const isExactly = (found: readonly string[], expected: string | null): boolean =>
  expected !== null && found.length === 1 && found[0] === expected;

const namesOf = (ids: readonly string[]): string => (ids.length === 0 ? 'nothing' : ids.join(' and '));
