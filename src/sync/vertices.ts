/** The `_id` of a document (`collection/key`): what the `_from` and `_to` of an edge hold. */
export const userVertex = (userKey: string): string => `users/${userKey}`;
export const groupVertex = (groupKey: string): string => `groups/${groupKey}`;
export const recordVertex = (recordKey: string): string => `records/${recordKey}`;
export const fileVertex = (fileKey: string): string => `files/${fileKey}`;
export const recordGroupVertex = (recordGroupKey: string): string => `recordGroups/${recordGroupKey}`;
export const organizationVertex = (orgId: string): string => `organizations/${orgId}`;
/** PipesHub creates the app document of a connector. Its key is the connector's id. */
export const appVertex = (connectorId: string): string => `apps/${connectorId}`;
