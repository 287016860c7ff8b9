import { recordGroupId } from '../graph/driver/context';
import { itemIdsOf, recordStructures, storedItems, type RecordStructure } from '../graph/readers/recordStructure';
import { duplicates, readerFaults } from './edgeFaults';
import type { Findings } from './findings';
import type { NamespacesByGroup } from './recordGroups';
import type { Graph, StandaloneGraph } from '../graph/driver/graph';

/**
 * Whether each record has what PipesHub's readers need: its files document and the edge to it, exactly one edge to the
 * record group that governs it in belongsTo and in inheritPermissions, and one parent where it has one. A second edge
 * of either kind would let people in; a missing one keeps them out, and so does an edge to the record itself that no
 * member list of its own stands for. An item lies in one place: of two entries one is wrong. Records that no entry
 * points to are nobody's.
 * @returns the number of records
 */
export async function checkStructure(
  graph: StandaloneGraph,
  { connectorId, orgId }: { connectorId: string; orgId: string },
  namespaces: NamespacesByGroup,
  findings: Findings,
): Promise<number> {
  let records = 0;
  for await (const batch of recordStructures(graph, connectorId)) {
    records += batch.length;
    const parents = await itemIdsOf(
      graph,
      batch.flatMap((record) => record.parents.map((id) => id.slice('records/'.length))),
    );
    const strays = batch.filter(({ namespaces: places }) => places.length === 0);
    const listed = await listedItems(graph, connectorId, strays);
    for (const { recordKey, itemId, name, recordGroupId: group } of strays) {
      findings.strayRecords.add(recordKey);
      findings.add({
        kind: 'shouldBeGone',
        text: `${name}: a record that no listing of Dropbox led to`,
        recordKey,
        itemId,
        // If it is no double, only the connector's own entry may be lost: where it was, it is looked for again.
        namespaceId: listed.has(itemId) ? null : (namespaces.get(group ?? '')?.namespaceId ?? null),
      });
    }
    for (const record of batch) {
      if (record.namespaces.length === 0) continue;
      for (const fault of faultsOf(record, orgId, parents)) findings.addFault(record, fault);
      for (const key of record.typed.slice(1)) findings.strayEdge('isOfType', key);
      for (const { key } of duplicates(record.permissions)) findings.strayEdge('permission', key);
    }
  }
  return records;
}

/** Those of the items for which there is a record that a listing led to. */
async function listedItems(
  graph: Graph,
  connectorId: string,
  records: readonly RecordStructure[],
): Promise<Set<string>> {
  const stored = await storedItems(graph, connectorId, [...new Set(records.map(({ itemId }) => itemId))]);
  return new Set(stored.filter(({ namespaces }) => namespaces.length > 0).map(({ itemId }) => itemId));
}

function* faultsOf(record: RecordStructure, orgId: string, parents: ReadonlyMap<string, string>): Generator<string> {
  if (record.orgId !== orgId) yield `is of organization ${record.orgId ?? 'nobody'} instead of ${orgId}`;
  if (record.isDeleted === true) yield 'is marked as deleted';
  if (record.paths.length > 1)
    yield `is in ${record.paths.length} places as the connector has it, and in one in Dropbox`;
  if (record.isFile === null) yield 'has no files document';
  else if (record.paths.length > 0 && !record.paths.includes(record.path ?? '')) {
    yield 'has a files document with another path than it has in Dropbox';
  }
  if (record.typed.length !== 1) yield `has ${record.typed.length} edges to its files document`;
  const { permissions } = record;
  if (!record.hasMembers && permissions.length > 0)
    yield `names ${permissions.length} readers and has no list of its own`;
  yield* readerFaults(permissions);
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
