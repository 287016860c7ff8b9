import type { SearchAttributePair } from '@temporalio/common';
import { connectorAttribute, organizationAttribute } from '../contract/searchAttributes';

/** Search attributes of all workflows of a connector. They have to be registered with the namespace. */
export const searchAttributes = (connectorId: string, orgId: string): SearchAttributePair[] => [
  { key: connectorAttribute, value: connectorId },
  { key: organizationAttribute, value: orgId },
];
