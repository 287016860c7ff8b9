/**
 * The search attributes that the connector's workflows carry, by name and type. A server refuses a workflow that sets
 * an attribute which its namespace does not know, so they are registered before the first workflow starts.
 */
export const SEARCH_ATTRIBUTES = {
  /** Id of the connector that a workflow works for. */
  DropboxConnector: 'Keyword',
  /** Key of the organization in PipesHub. */
  DropboxOrganization: 'Keyword',
  /** What the sync is doing now: users, groups, record groups, folders, sharing. */
  DropboxPhase: 'Keyword',
} as const;
