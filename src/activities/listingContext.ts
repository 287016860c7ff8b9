import type { CommitContext } from '../graph/commit';
import { principalIndex } from '../graph/memberIndex';
import { allNamespaces } from '../graph/namespaces';
import type { NamespaceDocument } from '../sync/documents';
import { LIVE, type ListedNamespace } from '../sync/plan';
import { checkpoint, type OpenConnector } from './services';

/** The namespace as records need it. */
export const listedNamespace = (orgId: string, namespace: NamespaceDocument): ListedNamespace => ({
  connectorId: namespace.connectorId,
  orgId,
  namespaceId: namespace.namespaceId,
  kind: namespace.kind,
  name: namespace.name,
  externalGroupId: namespace.externalGroupId,
  recordGroupKey: namespace.recordGroupKey,
});

/** Everything that commits of one namespace share. Reads members, groups and namespaces once. */
export async function openCommit(
  open: OpenConnector,
  namespace: NamespaceDocument,
  runId: string,
): Promise<CommitContext> {
  const { connector, db, services } = open;
  const others = new Map<string, ListedNamespace>();
  for await (const batch of allNamespaces(db, connector._key)) {
    for (const one of batch)
      if (one.work !== 'remove') others.set(one.namespaceId, listedNamespace(connector.orgId, one));
  }
  const index = await principalIndex(db, connector._key);
  return {
    db,
    namespace: listedNamespace(connector.orgId, namespace),
    namespaceById: (id) => others.get(id),
    filters: connector.filters,
    batchSize: connector.batchSize,
    mark: namespace.mark ?? LIVE,
    runId,
    explicit: new Map(),
    vertexOf: (principal) => index.vertexOf(principal),
    now: services.now,
    onBatch: () => checkpoint(),
  };
}
