/** PipesHub's document collections that this connector reads or writes. */
export const pipesHubDocuments = [
  'organizations',
  'apps',
  'users',
  'groups',
  'records',
  'files',
  'recordGroups',
  'syncPoints',
] as const;

/** PipesHub's edge collections that this connector reads or writes. */
export const pipesHubEdges = [
  'belongsTo',
  'inheritPermissions',
  'isOfType',
  'permission',
  'recordRelations',
  'userAppRelation',
] as const;

/**
 * Edge collections that other parts of PipesHub fill for records. The connector never creates them, and removes a
 * record's edges from those that exist.
 */
export const foreignEdges = [
  'entityRelations',
  'belongsToDepartment',
  'belongsToCategory',
  'belongsToLanguage',
  'belongsToTopic',
] as const;

/** The connector's own collections. */
export const ownCollections = [
  'dropboxConnectors',
  'dropboxMembers',
  'dropboxNamespaces',
  'dropboxEntries',
  'dropboxDetached',
  'dropboxOutbox',
  'dropboxDeadLetters',
  'dropboxLeases',
] as const;

export interface IndexDefinition {
  collection: string;
  fields: string[];
  /**
   * The index leaves out documents without one of its fields. For a field that few documents have. ArangoDB uses it only
   * for conditions on all of its fields, so the field of a range comes last.
   */
  sparse?: boolean;
}

const index = (collection: string, ...fields: string[]): IndexDefinition => ({ collection, fields });

/**
 * One persistent index for each way in which src/graph finds documents. None is unique, since keys already are. Those of
 * `connectorId` alone are not only for look-ups by it: without their estimate, the optimizer assumes that the first field
 * of any other index leaves a twentieth of the documents, and reads all of the connector's instead of the few wanted ones.
 */
export const indexes: readonly IndexDefinition[] = [
  index('records', 'externalRecordId', 'connectorId'),
  index('records', 'connectorId'),
  index('recordGroups', 'externalGroupId', 'connectorId'),
  index('recordGroups', 'connectorId'),
  index('groups', 'externalGroupId', 'connectorId'),
  index('groups', 'connectorId'),
  index('users', 'email'),
  index('users', 'userId'),
  index('users', 'orgId'),
  index('syncPoints', 'syncPointKey'),
  index('syncPoints', 'connectorId'),
  index('dropboxMembers', 'connectorId'),
  index('dropboxMembers', 'connectorId', 'teamMemberId'),
  index('dropboxMembers', 'connectorId', 'userKey'),
  index('dropboxMembers', 'connectorId', 'groupIds[*]'),
  index('dropboxMembers', 'connectorId', 'accessDue'),
  index('dropboxNamespaces', 'connectorId'),
  index('dropboxNamespaces', 'connectorId', 'namespaceId'),
  index('dropboxNamespaces', 'connectorId', 'work', 'delegate'),
  index('dropboxNamespaces', 'connectorId', 'parentNamespaceId'),
  index('dropboxNamespaces', 'connectorId', 'recordGroupKey'),
  index('dropboxNamespaces', 'connectorId', 'membersReadAt'),
  index('dropboxNamespaces', 'connectorId', 'due'),
  index('dropboxEntries', 'connectorId'),
  index('dropboxEntries', 'connectorId', 'namespaceId', 'position'),
  index('dropboxEntries', 'parentKey'),
  index('dropboxEntries', 'recordKey'),
  index('dropboxEntries', 'connectorId', 'itemId'),
  index('dropboxEntries', 'connectorId', 'sharedWith[*]'),
  { collection: 'dropboxEntries', fields: ['connectorId', 'membersDue'], sparse: true },
  { collection: 'dropboxEntries', fields: ['connectorId', 'membersReadAt'], sparse: true },
  index('dropboxDetached', 'connectorId', 'runId'),
  index('dropboxOutbox', 'connectorId', 'sequence'),
  index('dropboxDeadLetters', 'connectorId'),
];
