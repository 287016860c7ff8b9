import type { SyncRequest } from './contract';

/** Two requests that wait become one that does what both ask for. */
export function merged(waiting: SyncRequest | null, other: SyncRequest): SyncRequest {
  if (!waiting) return other;
  const full = waiting.mode === 'full' || other.mode === 'full';
  const { members: _first, ...rest } = waiting;
  const members = waiting.members && other.members ? [...new Set([...waiting.members, ...other.members])] : undefined;
  return {
    ...rest,
    mode: full ? 'full' : (waiting.mode ?? 'auto'),
    dryRun: (waiting.dryRun ?? false) && (other.dryRun ?? false),
    ...(members ? { members } : {}),
  };
}
