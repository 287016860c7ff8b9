import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';

/** The typed failure in a chain of causes. The wrappers around it only say where it happened. */
function typedFailure(error: unknown): ApplicationFailure | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof ApplicationFailure) return at;
  return undefined;
}

function innermost(error: unknown): Error | undefined {
  let found = error instanceof Error ? error : undefined;
  while (found?.cause instanceof Error) found = found.cause;
  return found;
}

export const reasonOf = (error: unknown): string =>
  typedFailure(error)?.message ?? innermost(error)?.message ?? String(error);

/** Whether an activity has failed with all attempts that it had: what it needs does not answer. */
export const isExhausted = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.retryState === 'MAXIMUM_ATTEMPTS_REACHED';

export const codeOf = (error: unknown): string =>
  isCancellation(error) ? 'Cancelled' : (typedFailure(error)?.type ?? 'SyncFailed');
