import type { SearchAttributePair } from '@temporalio/common';
import { connectorAttribute, organizationAttribute } from '../contract/searchAttributes';
import type { TemporalAccess } from './temporal';

/** Search attributes of all workflows of a connector. They have to be registered with the namespace. */
export const searchAttributes = (connectorId: string, orgId: string): SearchAttributePair[] => [
  { key: connectorAttribute, value: connectorId },
  { key: organizationAttribute, value: orgId },
];

/** Options of every start of a workflow of a connector. Temporal limits the length of a summary. */
export const startOptions = (
  { taskQueue }: TemporalAccess,
  { connectorId, orgId }: { connectorId: string; orgId: string },
  summary: string,
) => ({
  taskQueue,
  staticSummary: summary.slice(0, 200),
  typedSearchAttributes: searchAttributes(connectorId, orgId),
});
