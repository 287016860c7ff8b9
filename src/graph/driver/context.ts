/** For whom and when something is written. */
export interface GraphContext {
  connectorId: string;
  orgId: string;
  /** Milliseconds since the Unix epoch: the time that documents and edges of this write carry. */
  now: number;
}

/** PipesHub makes the app document of a connector, with the connector's id as its key. */
export const appId = (connectorId: string): string => `apps/${connectorId}`;
export const organizationId = (orgId: string): string => `organizations/${orgId}`;
export const userId = (userKey: string): string => `users/${userKey}`;
export const groupId = (groupKey: string): string => `groups/${groupKey}`;
export const recordId = (recordKey: string): string => `records/${recordKey}`;
export const recordGroupId = (recordGroupKey: string): string => `recordGroups/${recordGroupKey}`;
