/** What each log line of a workflow or an activity is about. */
export interface LogAttributes {
  /** The connector's id. */
  connector?: string;
  /** The organization's id. Unknown until a run has read the connector, if its starter did not say. */
  organization?: string;
  /** The run of `runSync`, which all of its children and activities share. */
  run?: string;
}

/** Header in which a workflow names the organization to its activities. */
export const ORGANIZATION_HEADER = 'dropbox-organization';
