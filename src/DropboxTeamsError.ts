import type { FailureType } from './failures';

/** Codes that only a client raises; the others are the failure types of src/failures.ts. */
export const clientCodes = [
  'TemporalUnavailable',
  'TemporalRefused',
  'WorkerUnavailable',
  'ConnectorPaused',
  'SyncNotRunning',
  'SyncCancelled',
  'SyncFailed',
  'ContentMismatch',
  'Unexpected',
] as const;

export type DropboxTeamsErrorCode = FailureType | (typeof clientCodes)[number];

/** What every method of the client throws: `code` is stable, `message` says what to do. */
export class DropboxTeamsError extends Error {
  override readonly name = 'DropboxTeamsError';

  constructor(
    readonly code: DropboxTeamsErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.details = options.details ?? {};
  }

  /** Facts about the error, such as the names of wrong arguments. */
  readonly details: Record<string, unknown>;
}
