import type { DropboxSession } from '../dropbox';
import type { StandaloneGraph } from '../graph/driver/graph';
import type { TeamIndex } from '../sync/team';
import type { Findings } from './findings';

/** What each part of a verification reads, and where it reports differences. */
export interface Check {
  graph: StandaloneGraph;
  connectorId: string;
  orgId: string;
  session: DropboxSession;
  /** The admin who authorized the app: team_member_id. */
  adminId: string;
  /** The stored members and groups, read once for the whole verification. */
  team: TeamIndex;
  findings: Findings;
}

/** Calls for different namespaces, groups or batches of files that are made at the same time. */
export const CONCURRENT_CALLS = 8;
