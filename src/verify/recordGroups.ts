import type { StandaloneGraph } from '../graph/driver/graph';
import { recordGroupStructures, type RecordGroupStructure } from '../graph/readers/verification';
import { allNamespaces } from '../graph/state/namespaces';
import { isLeaving, isUnseen } from '../sync/namespaceState';
import type { NamespaceDocument } from '../sync/syncDocuments';
import { appVertex, organizationVertex, recordGroupVertex } from '../sync/vertices';
import type { Check } from './check';
import { duplicates, readerFaults } from './edgeFaults';

/** What is compared of a namespace. Its member list is not kept: all of them would be in memory. */
type ComparedNamespace = Omit<NamespaceDocument, 'principals'>;

/** Namespaces of a connector by the key of their record group. */
export type NamespacesByGroup = ReadonlyMap<string, ComparedNamespace>;

export async function namespacesByGroup(graph: StandaloneGraph, connectorId: string): Promise<NamespacesByGroup> {
  const found = new Map<string, ComparedNamespace>();
  for await (const batch of allNamespaces(graph, connectorId)) {
    for (const namespace of batch) {
      const known = found.get(namespace.recordGroupKey);
      // A folder that became another namespace shares its record group with the one that is to be removed.
      if (known === undefined || isLeaving(known)) found.set(namespace.recordGroupKey, compared(namespace));
    }
  }
  return found;
}

const compared = ({ principals: _all, ...namespace }: NamespaceDocument): ComparedNamespace => namespace;

/**
 * Checks that each namespace has its record group, with the name of the folder, exactly one edge to the app and one to
 * the organization, and one edge for each reader. A record group without a namespace is an orphan: no member list would
 * revoke its edges. Where Dropbox has a namespace or member of its id (`inDropbox`), the connector has lost its own
 * document, and the next sync finds the folder again.
 */
export async function checkRecordGroups(
  check: Check,
  namespaces: NamespacesByGroup,
  inDropbox: (externalGroupId: string) => boolean,
): Promise<void> {
  const { graph, connectorId, findings } = check;
  const missing = new Map([...namespaces].filter(([, namespace]) => needsRecordGroup(namespace)));
  const external = new Set([...namespaces.values()].map(({ externalGroupId }) => externalGroupId));
  for await (const batch of recordGroupStructures(graph, connectorId)) {
    for (const group of batch) {
      const namespace = namespaces.get(group.key);
      missing.delete(group.key);
      if (namespace !== undefined) {
        reportFaults(check, group, namespace);
      } else if (!external.has(group.externalGroupId) && inDropbox(group.externalGroupId)) {
        findings.recordGroupsDiffer = true;
        findings.add({ kind: 'structure', text: `${group.name}: a record group whose folder is not known any more` });
      } else {
        findings.orphanRecordGroups.add(group.key);
        findings.add({
          kind: 'shouldBeGone',
          text: `${group.name} (${group.externalGroupId}): a record group of no folder of the team`,
        });
      }
    }
  }
  for (const { name, namespaceId } of missing.values()) {
    findings.recordGroupsDiffer = true;
    findings.add({ kind: 'structure', text: `${name} (${namespaceId}) has no record group`, namespaceId });
  }
}

/** The group of received files is written with the first of them. A namespace that no one can read has no group. */
const needsRecordGroup = (namespace: ComparedNamespace): boolean =>
  namespace.kind !== 'received' && !isLeaving(namespace) && !isUnseen(namespace);

function reportFaults(check: Check, group: RecordGroupStructure, namespace: ComparedNamespace): void {
  const { findings } = check;
  for (const fault of faultsOf(check, group, namespace)) {
    findings.recordGroupsDiffer = true;
    findings.add({ kind: 'structure', text: `record group ${group.name} (${namespace.namespaceId}): ${fault}` });
  }
  for (const { key } of duplicates(group.permissions)) findings.addSurplusEdge('permission', key);
}

function* faultsOf(
  { connectorId, orgId }: Check,
  group: RecordGroupStructure,
  namespace: ComparedNamespace,
): Generator<string> {
  if (namespace.name !== '' && group.name !== namespace.name) yield `is called ${namespace.name} in Dropbox`;
  if (group.orgId !== orgId) yield `has organization ${group.orgId ?? 'none'} instead of ${orgId}`;
  const found = group.belongsTo.map(({ to, entityType }) => `${to} ${entityType ?? ''}`).sort();
  const expected = [`${appVertex(connectorId)} `, `${organizationVertex(orgId)} ORGANIZATION`].sort();
  if (found.join() !== expected.join()) yield 'does not belong to exactly its app and its organization';
  for (const to of group.inherits) yield `inherits access from ${to === recordGroupVertex(group.key) ? 'itself' : to}`;
  yield* readerFaults(group.permissions);
}
