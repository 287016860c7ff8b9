import type { SearchAttributePair } from '@temporalio/common';
import { connectorAttribute, organizationAttribute } from '../contract/searchAttributes';

/** What a workflow of this connector is found by. The namespace has to know both names. */
export const searchAttributes = (connectorId: string, orgId: string): SearchAttributePair[] => [
  { key: connectorAttribute, value: connectorId },
  { key: organizationAttribute, value: orgId },
];
