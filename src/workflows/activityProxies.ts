import { proxyActivities } from '@temporalio/workflow';
import type { SyncActivities } from '../activities';
import { drain, finalize, lists, listing, preview, publish, shortGraph } from './profiles';

/** Each activity under the one profile that it runs with. */
export const { syncNamespace, removeNamespace } = proxyActivities<SyncActivities>(listing);
export const { previewSync } = proxyActivities<SyncActivities>(preview);
export const {
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
export const {
  beginRun,
  assignDelegates,
  nextDelegates,
  giveUpListings,
  nextRemovals,
  countProblems,
  beginCleanup,
  forgetConnector,
} = proxyActivities<SyncActivities>(shortGraph);
export const { finishRun } = proxyActivities<SyncActivities>(finalize);
export const { publishOutbox } = proxyActivities<SyncActivities>(publish);
export const { drainOutbox } = proxyActivities<SyncActivities>(drain);
