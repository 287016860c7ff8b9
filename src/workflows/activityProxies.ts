import { proxyActivities } from '@temporalio/workflow';
import type { SyncActivities } from '../activities';
import { farewell, lastWord, lists, pages, publish, shortGraph } from './profiles';

/** Activities by the profile that they run under; each is in one of these. */
export const { syncNamespace, removeNamespace } = proxyActivities<SyncActivities>(pages);
export const {
  planSync,
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
  releaseLeftovers,
  purgeDetached,
  cleanupStep,
  reindexStep,
} = proxyActivities<SyncActivities>(lists);
export const { beginRun, assignDelegates, nextDelegates, nextRemovals, countProblems, forgetConnector } =
  proxyActivities<SyncActivities>(shortGraph);
export const { finishRun } = proxyActivities<SyncActivities>(lastWord);
export const { publishOutbox } = proxyActivities<SyncActivities>(publish);
export const { drainOutbox } = proxyActivities<SyncActivities>(farewell);
