import type { ConnectorDocument } from '../../sync/connectorDocument';
import { sameFilters } from '../../sync/filters';
import { inTransaction, type StandaloneGraph } from '../driver/graph';
import { updateConnector } from './connectors';
import { endApprovals } from './namespaces';

/**
 * Stores settings of a connector. What was held or approved of the former filters ends where others take their place.
 * `byRun`: the run that has begun stores its own filters, and keeps them. `now`: ms. @throws ConnectorUnknown
 */
export async function storeSettings(
  graph: StandaloneGraph,
  { _key: connectorId, filters: former }: Pick<ConnectorDocument, '_key' | 'filters'>,
  settings: Partial<Omit<ConnectorDocument, '_key'>>,
  { now, byRun = false }: { now: number; byRun?: boolean },
): Promise<void> {
  const isChange = settings.filters !== undefined && !sameFilters(settings.filters, former);
  const changed = isChange ? { filtersChangedAt: now, ...(byRun ? { runChangeAt: now } : {}) } : {};
  await inTransaction(graph, ['dropboxConnectors', 'dropboxNamespaces'], async (tx) => {
    await updateConnector(tx, connectorId, { ...settings, ...changed, updatedAt: now });
    if (isChange) await endApprovals(tx, { connectorId, now }, 'heldFilters');
  });
}
