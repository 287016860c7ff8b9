import type { RunInput } from '../contract/activities';
import { isObject } from '../contract/checks';
import type { WorkObserver } from '../contract/observer';
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
  return guardAll(services.observer, {
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

/** A dry run counts what it would write. */
const WRITES_NOTHING = 'previewSync';

function guardAll<T extends Record<string, (input: never) => Promise<unknown>>>(
  observer: WorkObserver | undefined,
  activities: T,
): T {
  const guarded = (name: string, activity: (input: never) => Promise<unknown>) => async (input: never) => {
    const result = await withHeartbeat(() => withGraphErrors(() => activity(input)));
    const { connectorId } = input as RunInput;
    if (isObject(result) && name !== WRITES_NOTHING) observer?.counted(connectorId, result);
    return result;
  };
  return Object.fromEntries(Object.entries(activities).map(([name, work]) => [name, guarded(name, work)])) as T;
}
