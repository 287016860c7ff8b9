import type { RunInput } from '../contract/activities';
import { failureTypeOf, shorten } from '../failures';
import { withGraphErrors } from '../graph/driver/errors';
import { isObject } from '../guards';
import { fileMemberActivities } from './access/fileMembers';
import { memberAccessActivities } from './access/memberAccess';
import { memberListActivities } from './access/memberLists';
import { receivedFileActivities } from './access/received';
import { sharingEventActivities } from './access/sharingEvents';
import { dryRunActivities } from './dryRun';
import { connectorRemovalActivities } from './finish/connectorRemoval';
import { deadLetterActivities } from './finish/deadLetters';
import { orphanActivities } from './finish/orphans';
import { outboxActivities } from './finish/outbox';
import { reindexActivities } from './finish/reindex';
import { assignmentActivities } from './listing/assignment';
import { filterActivities } from './listing/filters';
import { folderActivities } from './listing/folders';
import { namespaceRemovalActivities } from './listing/namespaceRemoval';
import { probeActivities } from './listing/probe';
import { runActivities } from './runs';
import { withHeartbeat } from './runtime/heartbeat';
import { forgetAdmin, type ActivityServices } from './runtime/services';
import { discoveryActivities } from './team/discovery';
import { groupActivities } from './team/groups';
import { userActivities } from './team/users';

export type { ActivityServices } from './runtime/services';

/** All activities, by the names that workflows call. */
export function createActivities(services: ActivityServices) {
  return withRuntime(services, {
    ...runActivities(services),
    ...userActivities(services),
    ...groupActivities(services),
    ...discoveryActivities(services),
    ...memberListActivities(services),
    ...filterActivities(services),
    ...assignmentActivities(services),
    ...probeActivities(services),
    ...folderActivities(services),
    ...namespaceRemovalActivities(services),
    ...memberAccessActivities(services),
    ...sharingEventActivities(services),
    ...receivedFileActivities(services),
    ...fileMemberActivities(services),
    ...deadLetterActivities(services),
    ...orphanActivities(services),
    ...outboxActivities(services),
    ...connectorRemovalActivities(services),
    ...reindexActivities(services),
    ...dryRunActivities(services),
  });
}

/** For `proxyActivities` of the workflows, which import this type and no code. */
export type SyncActivities = ReturnType<typeof createActivities>;

/** A dry run counts what it would write, which is no work for the metrics. */
const WRITES_NOTHING = 'previewSync';

/**
 * Adds to each activity what all of them need: heartbeats, errors of ArangoDB as typed failures, like those of Dropbox,
 * and metrics.
 */
function withRuntime<T extends Record<string, (input: never) => Promise<unknown>>>(
  services: ActivityServices,
  activities: T,
): T {
  const wrapped = (name: string, activity: (input: never) => Promise<unknown>) => async (input: never) => {
    const { connectorId } = input as RunInput;
    try {
      const result = await withHeartbeat(() => withGraphErrors(() => activity(input)));
      if (isObject(result) && name !== WRITES_NOTHING) services.observer?.counted(connectorId, result);
      return result;
    } catch (error) {
      // The member that Dropbox has named as the admin may not be one any more, or was named by mistake.
      if (failureTypeOf(error) === 'AdminRequired') forgetAdmin(services, connectorId);
      shorten(error);
      throw error;
    }
  };
  return Object.fromEntries(Object.entries(activities).map(([name, work]) => [name, wrapped(name, work)])) as T;
}
