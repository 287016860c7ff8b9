import { ApplicationFailure } from '@temporalio/common';

/**
 * All failure types that activities of this connector raise deliberately, grouped by what has to happen next. The retry
 * policies derive their non-retryable types from this table, and the client its error codes.
 */
export const failureTypes = {
  /** Transient: the retry policy decides. */
  retry: ['DropboxUnavailable', 'GraphUnavailable', 'GraphConflict', 'BrokerUnavailable'],
  /** Transient, and Dropbox said how long to wait: the failure carries that time as its next retry delay. */
  retryAfter: ['DropboxRateLimited'],
  /** Needs another approach: the listing starts from scratch, or another member reads it. */
  decide: [
    'CursorReset',
    'NamespaceUnreachable',
    'PathRootChanged',
    'EventCursorReset',
    'EventCursorInvalid',
    /** Pages without progress: a namespace is a gap, a list of the team is a failed read. */
    'ListEndless',
  ],
  /**
   * The run is over: another run, a removal, or a full sync that PipesHub has ordered comes after it. It must not write
   * any more.
   */
  over: ['RunSuperseded', 'SyncPointsGone'],
  /** Only an operator can fix these. The message says how. */
  operator: [
    'CredentialsRefused',
    'ScopeMissing',
    'AdminRequired',
    'WrongTeam',
    'ConnectorPaused',
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
  /** A defect of the connector, or an undocumented answer. Retried, since the latter may pass. */
  bug: ['DropboxUnexpected', 'GraphUnexpected'],
} as const;

/** The `type` of a failure of an activity. */
export type FailureType = (typeof failureTypes)[keyof typeof failureTypes][number];

/** Failures that a retry of the same activity can't fix, for the retry policies. */
const nonRetryableTypes: FailureType[] = [...failureTypes.decide, ...failureTypes.over, ...failureTypes.operator];

/**
 * Longest text in a failure. What a peer answers may have any length, and Temporal's server refuses a failure of more than
 * 2 MB: the run would know nothing of it but that the activity had sent no more heartbeats.
 */
const LONGEST_TEXT = 2_000;

/** A text without its middle, where it is too long: what to do is said at the end. */
const shortText = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT / 2)} … ${text.slice(-LONGEST_TEXT / 2)}`;

/** A fact about a failure; null for one that is too long, or too deeply nested, to be sent. */
function shortFact(fact: unknown): unknown {
  if (typeof fact === 'string') return shortText(fact);
  try {
    return (JSON.stringify(fact) ?? '').length <= LONGEST_TEXT ? fact : null;
  } catch {
    return null;
  }
}

const shortFacts = (facts: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, shortFact(fact)]));

/** Shortens the texts of an error and of its causes, so that Temporal takes it. */
export function shorten(error: unknown): void {
  for (const at of causes(error)) {
    if (at.message.length <= LONGEST_TEXT) continue;
    // The stack repeats the message.
    at.message = shortText(at.message);
    if (at.stack !== undefined) at.stack = shortText(at.stack);
  }
}

/**
 * Creates a typed failure, whose message is one line, whatever a peer has said. Its type decides whether it can be
 * retried. `retryAfterSeconds` are whole seconds.
 */
export function failure(
  type: FailureType,
  message: string,
  options: { cause?: unknown; details?: Record<string, unknown>; retryAfterSeconds?: number } = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: shortText(message.replace(/\s*[\r\n]+\s*/g, ' ')),
    nonRetryable: nonRetryableTypes.includes(type),
    ...(options.cause instanceof Error ? { cause: options.cause } : {}),
    ...(options.details ? { details: [shortFacts(options.details)] } : {}),
    ...(options.retryAfterSeconds === undefined ? {} : { nextRetryDelay: `${options.retryAfterSeconds}s` as const }),
  });
}

/** An error and its causes, the outermost first: activities and child workflows wrap the errors that they throw. */
export function* causes(error: unknown): Generator<Error> {
  for (let at: unknown = error; at instanceof Error; at = at.cause) yield at;
}

/** The failure type of any error, also inside such wrappers. */
export function failureTypeOf(error: unknown): FailureType | undefined {
  for (const at of causes(error)) if (at instanceof ApplicationFailure && at.type) return at.type as FailureType;
  return undefined;
}

/** The details of a typed failure, also inside such wrappers. */
export function failureDetailsOf(error: unknown): Record<string, unknown> {
  const typed = [...causes(error)].find((at) => at instanceof ApplicationFailure);
  return (typed?.details?.[0] as Record<string, unknown> | undefined) ?? {};
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
