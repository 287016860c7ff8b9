import { withGraphErrors } from '../graph/driver/errors';
import { withHeartbeat } from './runtime/heartbeat';
import { filterActivities } from './listing/filters';
import { folderActivities } from './listing/folders';
import { probeActivities } from './listing/probe';
import { namespaceRemovalActivities } from './listing/removal';
import { groupActivities } from './team/groups';
import { memberListActivities } from './access/memberLists';
import { dryRunActivities } from './dryRun';
import { recordGroupActivities } from './team/recordGroups';
import { runActivities } from './runs';
import type { ActivityServices } from './runtime/services';
import { deadLetterActivities } from './finish/deadLetters';
import { orphanActivities } from './finish/orphans';
import { outboxActivities } from './finish/outbox';
import { reindexActivities } from './finish/reindex';
import { removalActivities } from './finish/removal';
import { sharingActivities } from './access/sharing';
import { userActivities } from './team/users';

export type { ActivityServices } from './runtime/services';

/** An error of ArangoDB leaves them as a typed failure, like an error of Dropbox. */
export function createActivities(services: ActivityServices) {
  return guardAll({
    ...runActivities(services),
    ...userActivities(services),
    ...groupActivities(services),
    ...recordGroupActivities(services),
    ...memberListActivities(services),
    ...filterActivities(services),
    ...probeActivities(services),
    ...folderActivities(services),
    ...namespaceRemovalActivities(services),
    ...sharingActivities(services),
    ...deadLetterActivities(services),
    ...orphanActivities(services),
    ...outboxActivities(services),
    ...removalActivities(services),
    ...reindexActivities(services),
    ...dryRunActivities(services),
  });
}

export type SyncActivities = ReturnType<typeof createActivities>;

function guardAll<T extends Record<string, (input: never) => Promise<unknown>>>(activities: T): T {
  const entries = Object.entries(activities).map(([name, activity]) => [
    name,
    (input: never) => withHeartbeat(() => withGraphErrors(() => activity(input))),
  ]);
  return Object.fromEntries(entries) as T;
}
