import { reindexWorkflowId, workflowTypes, type ReindexOutcome, type ReindexRequest } from '../contract/sync';
import { deriveKey } from '../sync/keys';
import { checked, recordKeysSchema } from './arguments';
import type { ClientServices } from './services';
import { startOrJoin } from './startOrJoin';

/** Emits the record events of some records, or of all records of a connector, again. @throws WorkerUnavailable */
export async function reindex(
  { temporal, connectors }: ClientServices,
  connectorId: string,
  keys: string[] | undefined,
): Promise<ReindexOutcome> {
  const recordKeys = keys === undefined ? undefined : checked(recordKeysSchema, keys, 'recordKeys');
  const { orgId } = await connectors.get(connectorId);
  // Two requests for the same records are one run. Requests for other records run in parallel.
  const suffix = recordKeys ? `/${deriveKey(...[...recordKeys].sort()).slice(0, 12)}` : '';
  const request: ReindexRequest = { connectorId, ...(recordKeys ? { recordKeys } : {}) };
  const handle = await startOrJoin(temporal, orgId, request, {
    type: workflowTypes.reindexRecords,
    workflowId: `${reindexWorkflowId(connectorId)}${suffix}`,
    summary: recordKeys ? `Record events of ${recordKeys.length} records again` : 'All record events again',
  });
  return (await handle.result()) as ReindexOutcome;
}
