import { MAX_NAMED_MEMBERS, type SyncAnswer, type SyncRequest } from '../contract/sync';

/**
 * The answer to a request that reaches a running sync. joined: this run does what is asked. queued: this run may have
 * passed the change already, or does less than is asked, so one more run follows. PipesHub may have deleted edges and
 * sync points before it asks, so its requests are queued, too; so is one with filters, which apply when a run begins.
 */
export function answerTo(other: SyncRequest, running: SyncRequest, readsNoMore: boolean): SyncAnswer {
  if (other.requestId !== undefined && other.requestId === running.requestId) return 'started';
  const wantsMore =
    other.reason === 'webhook' ||
    other.reason === 'approval' ||
    other.reason === 'pipeshub' ||
    other.filters !== undefined ||
    (other.mode === 'full' && running.mode !== 'full') ||
    (other.dryRun ?? false) !== (running.dryRun ?? false) ||
    running.members !== undefined;
  return wantsMore || readsNoMore ? 'queued' : 'joined';
}

/** Merges two waiting requests into one that does what both ask for. The filters of a dry run replace none. */
export function merged(waiting: SyncRequest | null, other: SyncRequest): SyncRequest {
  if (!waiting) return other;
  const full = waiting.mode === 'full' || other.mode === 'full';
  const { members: _members, filters: _filters, ...rest } = waiting;
  const { filters } = [other, waiting].find((request) => request.filters && !request.dryRun) ?? {};
  const members = waiting.members && other.members ? [...new Set([...waiting.members, ...other.members])] : [];
  return {
    ...rest,
    ...(other.reason === 'pipeshub' ? { reason: other.reason } : {}),
    ...(filters ? { filters } : {}),
    mode: full ? 'full' : (waiting.mode ?? 'auto'),
    dryRun: (waiting.dryRun ?? false) && (other.dryRun ?? false),
    ...(members.length > 0 && members.length <= MAX_NAMED_MEMBERS ? { members } : {}),
  };
}
