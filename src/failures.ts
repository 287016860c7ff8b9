import { ApplicationFailure } from '@temporalio/common';

/**
 * Every failure type that an activity of this connector raises on purpose, by what has to happen next. Temporal's retry
 * policies and the operator's messages are both derived from this table.
 */
export const failureTypes = {
  /** Passing trouble: the retry policy decides. */
  retry: ['DropboxUnavailable', 'GraphUnavailable', 'GraphConflict', 'BrokerUnavailable'],
  /** Dropbox said how long to wait: the failure carries it as its next retry delay. */
  retryAfter: ['DropboxRateLimited'],
  /** The workflow decides: the listing has to begin anew, or somebody else has to read it. */
  decide: ['CursorReset', 'NamespaceUnreachable', 'PathRootChanged', 'EventCursorReset', 'EventCursorInvalid'],
  /** Only a person can mend these; the message says where. */
  operator: [
    'CredentialsRefused',
    'ScopeMissing',
    'AdminRequired',
    'WrongTeam',
    'ConnectorUnknown',
    'ConnectorExists',
    'OrganizationUnknown',
    'AppUnknown',
    'SecretKeyWrong',
    'GraphRefused',
    'AccessDenied',
    'RecordUnknown',
    'InvalidArgument',
  ],
  /** A defect of ours or an answer that the documentation does not know. */
  bug: ['DropboxUnexpected', 'GraphUnexpected'],
} as const;

export type FailureType = (typeof failureTypes)[keyof typeof failureTypes][number];

/** Types that no retry of the same activity can mend: for the retry policies. */
export const nonRetryableTypes: FailureType[] = [...failureTypes.decide, ...failureTypes.operator];

interface FailureOptions {
  cause?: unknown;
  details?: Record<string, unknown>;
  /** Whole seconds that Dropbox asked for. */
  retryAfterSeconds?: number;
}

/** Makes a typed failure; whether it may be retried follows from its type. */
export function failure(type: FailureType, message: string, options: FailureOptions = {}): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: nonRetryableTypes.includes(type),
    ...(options.cause instanceof Error ? { cause: options.cause } : {}),
    ...(options.details ? { details: [options.details] } : {}),
    ...(options.retryAfterSeconds === undefined ? {} : { nextRetryDelay: `${options.retryAfterSeconds}s` as const }),
  });
}

/** The failure type of anything thrown, looking through the wrappers of activities and children. */
export function failureTypeOf(error: unknown): FailureType | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure && at.type) return at.type as FailureType;
  }
  return undefined;
}

/** What a typed failure carries beside its message. */
export function failureDetailsOf(error: unknown): Record<string, unknown> {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure) return (at.details?.[0] as Record<string, unknown> | undefined) ?? {};
  }
  return {};
}
