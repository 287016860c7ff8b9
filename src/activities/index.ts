import { withGraphErrors } from '../graph/driver/errors';
import { withHeartbeat } from './runtime/heartbeat';
import { filterActivities } from './listing/filters';
import { folderActivities } from './listing/folders';
import { groupActivities } from './team/groups';
import { memberListActivities } from './access/memberLists';
import { dryRunActivities } from './dryRun';
import { recordGroupActivities } from './team/recordGroups';
import { runActivities } from './runs';
import type { ActivityServices } from './runtime/services';
import { settleActivities } from './finish/settle';
import { sharingActivities } from './access/sharing';
import { userActivities } from './team/users';

export type { ActivityServices } from './runtime/services';

/** All activities over the given services. Errors of ArangoDB leave them as typed failures, as Dropbox's do already. */
export function createActivities(services: ActivityServices) {
  return guardAll({
    ...runActivities(services),
    ...userActivities(services),
    ...groupActivities(services),
    ...recordGroupActivities(services),
    ...memberListActivities(services),
    ...filterActivities(services),
    ...folderActivities(services),
    ...sharingActivities(services),
    ...settleActivities(services),
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
