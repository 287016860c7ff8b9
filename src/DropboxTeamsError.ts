import type { FailureType } from './failures';

/** Codes that only a client raises; the others are the failure types of src/failures.ts. */
export const clientCodes = [
  'ClientClosed',
  'TemporalUnavailable',
  'TemporalRefused',
  'WorkerUnavailable',
  'SyncNotRunning',
  'NothingHeld',
  'SyncCancelled',
  'SyncFailed',
  'ContentMismatch',
  'RequestAborted',
  'Unexpected',
] as const;

/** Stable codes. docs/errors.md says what each means and what to do. */
export type DropboxTeamsErrorCode = FailureType | (typeof clientCodes)[number];

/** What every method of the client throws: `code` is stable, `message` says what to do. */
export class DropboxTeamsError extends Error {
  override readonly name = 'DropboxTeamsError';

  /** Facts about the error, such as the names of wrong arguments. */
  readonly details: Record<string, unknown>;

  constructor(
    readonly code: DropboxTeamsErrorCode,
    message: string,
    { cause, details = {} }: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.details = details;
  }
}
