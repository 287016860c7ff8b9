import { appId, organizationId, recordGroupId } from '../graph/driver/context';
import { allNamespaces } from '../graph/state/namespaces';
import { recordGroupStructures, type RecordGroupStructure } from '../graph/readers/verification';
import type { NamespaceDocument } from '../sync/documents';
import { duplicates, readerFaults } from './edgeFaults';
import type { Findings } from './findings';
import type { StandaloneGraph } from '../graph/driver/graph';

/** Namespaces of a connector by the key of their record group. */
export type NamespacesByGroup = ReadonlyMap<string, NamespaceDocument>;

export async function namespacesByGroup(graph: StandaloneGraph, connectorId: string): Promise<NamespacesByGroup> {
  const found = new Map<string, NamespaceDocument>();
  for await (const batch of allNamespaces(graph, connectorId)) {
    for (const namespace of batch) {
      const known = found.get(namespace.recordGroupKey);
      // A folder that became another namespace has the same group as the one that is on its way out.
      if (known === undefined || known.work === 'remove') found.set(namespace.recordGroupKey, namespace);
    }
  }
  return found;
}

interface Owner {
  connectorId: string;
  orgId: string;
}

/**
 * Whether each namespace has its record group, named as the folder is, in its two places and in no other, and with one
 * edge for each of its readers; and whether there are others: their readers would keep what no member list gives them.
 * `inDropbox` says whether Dropbox has a namespace or member of this id: then only the connector has forgotten it, and
 * the next sync finds it.
 */
export async function checkRecordGroups(
  graph: StandaloneGraph,
  owner: Owner,
  namespaces: NamespacesByGroup,
  inDropbox: (externalGroupId: string) => boolean,
  findings: Findings,
): Promise<void> {
  const missing = new Map([...namespaces].filter(([, namespace]) => isShown(namespace)));
  const external = new Set([...namespaces.values()].map(({ externalGroupId }) => externalGroupId));
  for await (const batch of recordGroupStructures(graph, owner.connectorId)) {
    for (const group of batch) {
      const namespace = namespaces.get(group.key);
      missing.delete(group.key);
      if (namespace !== undefined) {
        checkOne(owner, group, namespace, findings);
      } else if (!external.has(group.externalGroupId) && inDropbox(group.externalGroupId)) {
        findings.placesDiffer = true;
        findings.add({ kind: 'structure', text: `${group.name}: a record group whose folder is not known any more` });
      } else {
        findings.strayRecordGroups.add(group.key);
        findings.add({
          kind: 'shouldBeGone',
          text: `${group.name} (${group.externalGroupId}): a record group of no folder of the team`,
        });
      }
    }
  }
  for (const { name, namespaceId } of missing.values()) {
    findings.placesDiffer = true;
    findings.add({ kind: 'structure', text: `${name} (${namespaceId}) has no record group`, namespaceId });
  }
}

/** Received files get their group with the first of them, and what nobody can see has none. */
const isShown = ({ kind, work, unseenBy }: NamespaceDocument): boolean =>
  kind !== 'received' && work !== 'remove' && unseenBy === undefined;

function checkOne(owner: Owner, group: RecordGroupStructure, namespace: NamespaceDocument, findings: Findings): void {
  for (const fault of faultsOf(owner, group, namespace)) {
    findings.placesDiffer = true;
    findings.add({ kind: 'structure', text: `record group ${group.name} (${namespace.namespaceId}): ${fault}` });
  }
  for (const { key } of duplicates(group.permissions)) findings.strayEdge('permission', key);
}

function* faultsOf(
  { connectorId, orgId }: Owner,
  group: RecordGroupStructure,
  namespace: NamespaceDocument,
): Generator<string> {
  if (namespace.name !== '' && group.name !== namespace.name) yield `is called ${namespace.name} in Dropbox`;
  if (group.orgId !== orgId) yield `is of organization ${group.orgId ?? 'nobody'} instead of ${orgId}`;
  const places = group.belongsTo.map(({ to, entityType }) => `${to} ${entityType ?? ''}`).sort();
  const wanted = [`${appId(connectorId)} `, `${organizationId(orgId)} ORGANIZATION`].sort();
  if (places.join() !== wanted.join()) yield `is not in its app and its organization alone`;
  for (const to of group.inherits) yield `inherits access from ${to === recordGroupId(group.key) ? 'itself' : to}`;
  yield* readerFaults(group.permissions);
}
