/**
 * Names and types of the search attributes that the connector's workflows set. A server refuses a workflow that sets an
 * attribute which is not registered in its namespace, so they are registered before the first workflow starts.
 */
export const SEARCH_ATTRIBUTES = {
  /** Id of the connector. */
  DropboxConnector: 'Keyword',
  /** Key of the organization in PipesHub. */
  DropboxOrganization: 'Keyword',
  /** The current phase of the sync: users, groups, record groups, folders, sharing. */
  DropboxPhase: 'Keyword',
} as const;
