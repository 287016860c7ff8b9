import type { Database } from 'arangojs';
import { recordGroupId } from '../graph/context';
import type { Findings } from './findings';
import { itemIdsOf, recordStructures, type RecordStructure } from './storedRecords';

/**
 * Whether each record has what PipesHub's readers need: its files document and the edge to it, exactly one edge to the
 * record group that governs it in belongsTo and in inheritPermissions, and one parent where it has one. A second edge of
 * either kind would let people in; a missing one keeps them out. Records that no entry points to are nobody's.
 * @returns the number of records
 */
export async function checkStructure(db: Database, connectorId: string, findings: Findings): Promise<number> {
  let records = 0;
  for await (const batch of recordStructures(db, connectorId)) {
    records += batch.length;
    const parents = await itemIdsOf(
      db,
      batch.flatMap((record) => record.parents.map((id) => id.slice('records/'.length))),
    );
    for (const record of batch) {
      for (const fault of faultsOf(record, parents)) {
        findings.add({
          kind: 'structure',
          text: `${record.name}: ${fault}`,
          recordKey: record.recordKey,
          itemId: record.itemId,
          namespaceId: record.namespaces[0] ?? null,
        });
      }
      if (record.namespaces.length > 0) continue;
      findings.strayRecords.add(record.recordKey);
      findings.add({
        kind: 'shouldBeGone',
        text: `${record.name}: a record that no listing of Dropbox led to`,
        recordKey: record.recordKey,
        itemId: record.itemId,
      });
    }
  }
  return records;
}

function* faultsOf(record: RecordStructure, parents: ReadonlyMap<string, string>): Generator<string> {
  if (record.isFile === null) yield 'has no files document';
  if (record.typed !== 1) yield `has ${record.typed} edges to its files document`;
  const group = record.recordGroupId === null ? null : recordGroupId(record.recordGroupId);
  if (!isExactly(record.belongsTo, group)) yield `belongs to ${namesOf(record.belongsTo)} instead of ${group}`;
  if (!isExactly(record.inherits, group)) yield `inherits access from ${namesOf(record.inherits)} instead of ${group}`;
  const above = record.parents.map((id) => parents.get(id.slice('records/'.length)) ?? id);
  if (record.externalParentId === null ? above.length > 0 : !isExactly(above, record.externalParentId)) {
    yield `lies under ${namesOf(above)} instead of ${record.externalParentId ?? 'its record group'}`;
  }
}

const isExactly = (found: readonly string[], wanted: string | null): boolean =>
  wanted !== null && found.length === 1 && found[0] === wanted;

const namesOf = (ids: readonly string[]): string => (ids.length === 0 ? 'nothing' : ids.join(' and '));
