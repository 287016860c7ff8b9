/** The connector that a write belongs to, and its time. */
export interface GraphContext {
  connectorId: string;
  orgId: string;
  /** Milliseconds since the Unix epoch: the timestamp of documents and edges of this write. */
  now: number;
}

/** PipesHub creates the app document of a connector. Its key is the connector's id. */
export const appId = (connectorId: string): string => `apps/${connectorId}`;
export const organizationId = (orgId: string): string => `organizations/${orgId}`;
export const userId = (userKey: string): string => `users/${userKey}`;
export const groupId = (groupKey: string): string => `groups/${groupKey}`;
export const recordId = (recordKey: string): string => `records/${recordKey}`;
export const recordGroupId = (recordGroupKey: string): string => `recordGroups/${recordGroupKey}`;
