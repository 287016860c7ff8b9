import {
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, WorkflowNotFoundError } from '@temporalio/common';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { failureTypes, type FailureType } from '../failures';
import { graphFailure, isGraphError } from '../graph/driver/errors';

const known = new Set<string>(Object.values(failureTypes).flat());

/** An error and its causes, the outermost first. */
function* chain(error: unknown): Generator<Error> {
  for (let at: unknown = error; at instanceof Error; at = at.cause) yield at;
}

/** The first failure of this connector in a chain of causes. */
function ownFailure(error: unknown): ApplicationFailure | undefined {
  for (const at of chain(error)) if (at instanceof ApplicationFailure && known.has(at.type ?? '')) return at;
  return undefined;
}

const has = (error: unknown, kind: abstract new (...args: never[]) => Error): boolean =>
  [...chain(error)].some((at) => at instanceof kind);

/** The gRPC status codes that are handled differently. */
export const grpc = {
  cancelled: 1,
  invalidArgument: 3,
  deadline: 4,
  permissionDenied: 7,
  unavailable: 14,
  unauthenticated: 16,
};

interface GrpcRefusal {
  code: number;
  details: string;
}

/** The server's own answer in a chain of causes. */
export function grpcCause(error: unknown): GrpcRefusal | undefined {
  for (const at of chain(error)) if (isGrpcServiceError(at)) return at;
  return undefined;
}

export const lacksSearchAttribute = ({ code, details }: GrpcRefusal): boolean =>
  code === grpc.invalidArgument && /search attribute/i.test(details);

/** Converts any error into the client's one error type. */
export function clientError(error: unknown): DropboxTeamsError {
  if (error instanceof DropboxTeamsError) return error;
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
  if (service) return temporalError(service, error);
  if (error instanceof WorkflowNotFoundError) {
    return new DropboxTeamsError('SyncNotRunning', 'No sync of this connector is running', { cause: error });
  }
  if (error instanceof WorkflowFailedError) {
    if (has(error, CancelledFailure)) {
      return new DropboxTeamsError('SyncCancelled', 'The sync was cancelled before its end', { cause: error });
    }
    if (has(error, TerminatedFailure)) {
      return new DropboxTeamsError('SyncCancelled', 'The sync was terminated by an operator', { cause: error });
    }
  }
  if (error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError) {
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    return new DropboxTeamsError('SyncFailed', `The sync failed: ${reason}`, { cause: error });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || error instanceof ServiceError) {
    return new DropboxTeamsError('TemporalUnavailable', `Temporal does not answer: ${error.message}`, { cause: error });
  }
  return new DropboxTeamsError('Unexpected', error instanceof Error ? error.message : String(error), { cause: error });
}

function temporalError(refusal: GrpcRefusal, cause: unknown): DropboxTeamsError {
  const { code, details } = refusal;
  if (lacksSearchAttribute(refusal)) {
    return new DropboxTeamsError(
      'TemporalRefused',
      `Temporal's namespace lacks a search attribute (${details}): register DropboxConnector, DropboxOrganization and DropboxPhase as Keyword`,
      { cause },
    );
  }
  if (code === grpc.permissionDenied || code === grpc.unauthenticated) {
    return new DropboxTeamsError(
      'TemporalRefused',
      `Temporal refuses the request (${details}): check TEMPORAL_API_KEY`,
      {
        cause,
      },
    );
  }
  if (code === grpc.unavailable || code === grpc.deadline || code === grpc.cancelled) {
    return new DropboxTeamsError(
      'TemporalUnavailable',
      `Temporal does not answer (${details}): check that it runs and that TEMPORAL_ADDRESS is right`,
      { cause },
    );
  }
  return new DropboxTeamsError('TemporalRefused', `Temporal refuses the request: ${details}`, { cause });
}

/** Runs a method of the client. Every error that it throws becomes a DropboxTeamsError. */
export async function withClientErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw clientError(error);
  }
}
