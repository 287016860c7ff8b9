import { guarded } from '../graph/errors';
import { keptAlive } from './alive';
import { filterActivities } from './filters';
import { folderActivities } from './folders';
import { groupActivities } from './groups';
import { memberListActivities } from './memberLists';
import { planActivities } from './plan';
import { recordGroupActivities } from './recordGroups';
import { runActivities } from './runs';
import type { ActivityServices } from './services';
import { settleActivities } from './settle';
import { sharingActivities } from './sharing';
import { userActivities } from './users';

export type { ActivityServices } from './services';

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
    ...planActivities(services),
  });
}

export type SyncActivities = ReturnType<typeof createActivities>;

function guardAll<T extends Record<string, (input: never) => Promise<unknown>>>(activities: T): T {
  const entries = Object.entries(activities).map(([name, activity]) => [
    name,
    (input: never) => keptAlive(() => guarded(() => activity(input))),
  ]);
  return Object.fromEntries(entries) as T;
}
