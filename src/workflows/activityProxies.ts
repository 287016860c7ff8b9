import { proxyActivities } from '@temporalio/workflow';
import type { SyncActivities } from '../activities';
import { drain, finalize, lists, listing, publish, shortGraph } from './profiles';

/** Activities by the profile that they run under; each is in one of these. */
export const { syncNamespace, removeNamespace } = proxyActivities<SyncActivities>(listing);
export const {
  previewSync: previewSync,
  applyFilters,
  syncMembers,
  syncGroups,
  discoverNamespaces,
  readNamespaceMembers,
  refreshAccess,
  probeNamespaces,
  readSharingEvents,
  readFileMembers,
  syncReceivedFiles,
  retryDeadLetters,
  releaseOrphans,
  purgeOrphans,
  cleanupStep,
  reindexStep,
} = proxyActivities<SyncActivities>(lists);
export const { beginRun, assignDelegates, nextDelegates, nextRemovals, countProblems, forgetConnector } =
  proxyActivities<SyncActivities>(shortGraph);
export const { finishRun } = proxyActivities<SyncActivities>(finalize);
export const { publishOutbox } = proxyActivities<SyncActivities>(publish);
export const { drainOutbox } = proxyActivities<SyncActivities>(drain);
