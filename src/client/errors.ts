import {
  isGrpcServiceError,
  ScheduleNotFoundError,
  ServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  NamespaceNotFoundError,
  TerminatedFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { DropboxTeamsError, type DropboxTeamsErrorCode } from '../DropboxTeamsError';
import { causes, failureTypes, messageOf, type FailureType } from '../failures';
import { graphFailure, isGraphError } from '../graph/driver/errors';

const known = new Set<string>(Object.values(failureTypes).flat());

/** The first failure of this connector in a chain of causes. */
function ownFailure(error: unknown): ApplicationFailure | undefined {
  for (const at of causes(error)) if (at instanceof ApplicationFailure && known.has(at.type ?? '')) return at;
  return undefined;
}

const has = (error: unknown, kind: abstract new (...args: never[]) => Error): boolean =>
  [...causes(error)].some((at) => at instanceof kind);

/** The gRPC status codes that the client handles. */
export const grpc = {
  cancelled: 1,
  invalidArgument: 3,
  deadline: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
};

interface GrpcRefusal {
  code: number;
  details: string;
}

/** The server's own answer in a chain of causes. */
export function grpcCause(error: unknown): GrpcRefusal | undefined {
  for (const at of causes(error)) if (isGrpcServiceError(at)) return at;
  return undefined;
}

export const lacksSearchAttribute = ({ code, details }: GrpcRefusal): boolean =>
  code === grpc.invalidArgument && /search attribute/i.test(details);

/** Converts any error into the client's one error type. */
export function clientError(error: unknown): DropboxTeamsError {
  if (error instanceof DropboxTeamsError) return error;
  const as = (code: DropboxTeamsErrorCode, message: string): DropboxTeamsError =>
    new DropboxTeamsError(code, message, { cause: error });
  const own = ownFailure(error);
  if (own) {
    const [details] = own.details ?? [];
    return new DropboxTeamsError(own.type as FailureType, own.message, {
      cause: error,
      ...(typeof details === 'object' && details !== null ? { details: details as Record<string, unknown> } : {}),
    });
  }
  if (isGraphError(error)) return clientError(graphFailure(error));
  const service = grpcCause(error);
  if (service) return as(...meaningOf(service));
  if (error instanceof NamespaceNotFoundError) return as('TemporalRefused', noNamespace(error.namespace));
  if (error instanceof WorkflowNotFoundError) return as('SyncNotRunning', 'no sync of this connector is running');
  if (error instanceof WorkflowFailedError) {
    if (has(error, CancelledFailure)) return as('SyncCancelled', 'the sync was cancelled before its end');
    if (has(error, TerminatedFailure)) return as('SyncCancelled', 'the sync was terminated by an operator');
  }
  if (error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError) {
    return as('SyncFailed', `the sync failed: ${messageOf(error.cause instanceof Error ? error.cause : error)}`);
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || error instanceof ServiceError) {
    return as('TemporalUnavailable', `Temporal does not answer: ${error.message}`);
  }
  return as('Unexpected', messageOf(error));
}

/** What to do about a namespace that Temporal does not have. */
export const noNamespace = (namespace: string): string =>
  `Temporal has no namespace ${namespace}: check TEMPORAL_NAMESPACE, or create it: temporal operator namespace create --namespace ${namespace}`;

const REGISTER =
  'temporal operator search-attribute create --namespace NAMESPACE ' +
  ['DropboxConnector', 'DropboxOrganization', 'DropboxPhase'].map((name) => `--name ${name} --type Keyword`).join(' ');

/** What a refusal of Temporal's server means to a caller. */
function meaningOf(refusal: GrpcRefusal): [code: DropboxTeamsErrorCode, message: string] {
  const { code, details } = refusal;
  if (lacksSearchAttribute(refusal)) {
    return [
      'TemporalRefused',
      `Temporal's namespace lacks a search attribute (${details}): register all three: ${REGISTER} (Temporal Cloud: tcld namespace search-attributes add)`,
    ];
  }
  if (code === grpc.permissionDenied || code === grpc.unauthenticated) {
    return ['TemporalRefused', `Temporal refuses the request (${details}): check TEMPORAL_API_KEY`];
  }
  if (code === grpc.unavailable || code === grpc.deadline || code === grpc.cancelled) {
    return [
      'TemporalUnavailable',
      `Temporal does not answer (${details}): check that it runs and that TEMPORAL_ADDRESS is right`,
    ];
  }
  // Its details may be an encoded message, such as for more updates at once than a workflow takes.
  if (code === grpc.resourceExhausted) {
    return ['TemporalUnavailable', 'Temporal has more requests than it takes at a time: try again later'];
  }
  const [, namespace] = /^Namespace (\S+) is not found/.exec(code === grpc.notFound ? details : '') ?? [];
  if (namespace !== undefined) return ['TemporalRefused', noNamespace(namespace)];
  if (/workflow task in failed state/i.test(details)) {
    return ['TemporalRefused', `no worker can continue the workflow; the log of a worker says why (${details})`];
  }
  return ['TemporalRefused', `Temporal refuses the request: ${details}`];
}

/** Runs a method of the client. Every error that it throws becomes a DropboxTeamsError. */
export async function withClientErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw clientError(error);
  }
}

/** The result of `work`; undefined if the workflow or Schedule that it is about does not exist or has ended. */
export async function ifFound<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
