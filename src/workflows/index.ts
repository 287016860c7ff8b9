import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { purgeRecords } from './purgeRecords';
import { syncRecordGroups } from './syncRecordGroups';
import { syncRemovals } from './syncRemovals';
import { syncSharing } from './syncSharing';
import { syncUserFolders } from './syncUserFolders';
import { syncUserGroups } from './syncUserGroups';
import { syncUsers } from './syncUsers';

export { cleanupConnector } from './cleanupConnector';
export { collectNotifications } from './collectNotifications';
export { reindexRecords } from './reindexRecords';
export { runIncrementalSync } from './runIncrementalSync';
export { runSync } from './runSync';

/**
 * With worker versioning, a phase ends on the version that began it. All other workflows move to the current version
 * with their next workflow task: they can follow one another without an end.
 */
const phases = {
  purgeRecords,
  syncRecordGroups,
  syncRemovals,
  syncSharing,
  syncUserFolders,
  syncUserGroups,
  syncUsers,
};
for (const phase of Object.values<(input: never) => Promise<unknown>>(phases)) {
  // A server refuses the tasks of a pinned workflow from a worker without a version, which has no deployment.
  setWorkflowOptions(
    () => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'PINNED' } : {}),
    phase,
  );
}
export { purgeRecords, syncRecordGroups, syncRemovals, syncSharing, syncUserFolders, syncUserGroups, syncUsers };
