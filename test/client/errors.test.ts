import { ServiceError, WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  NamespaceNotFoundError,
  RetryState,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { clientError, withClientErrors } from '../../src/client/errors';
import { DropboxTeamsError } from '../../src/DropboxTeamsError';
import { failure } from '../../src/failures';

const grpc = (code: number, details: string): Error =>
  Object.assign(new Error(details), { code, details, metadata: {} });

describe('the client’s one error type', () => {
  it('finds the connector’s own failure below the wrappers of workflows and activities', () => {
    const own = failure('ScopeMissing', 'the scope events.read is missing', { details: { scope: 'events.read' } });
    const activity = new ActivityFailure(
      'activity failed',
      'syncMembers',
      undefined,
      RetryState.NON_RETRYABLE_FAILURE,
      undefined,
      own,
    );
    const error = clientError(new WorkflowFailedError('failed', activity, RetryState.NON_RETRYABLE_FAILURE));
    expect(error).toMatchObject({
      code: 'ScopeMissing',
      message: 'the scope events.read is missing',
      details: { scope: 'events.read' },
    });
  });

  it.each<[string, unknown, string]>([
    [
      'a server that does not answer',
      new ServiceError('no', { cause: grpc(14, 'connect ECONNREFUSED') }),
      'TemporalUnavailable',
    ],
    ['more updates at once than a workflow takes', grpc(8, '\b\x02\x10\x01'), 'TemporalUnavailable'],
    ['a wrong API key', new ServiceError('no', { cause: grpc(16, 'bad key') }), 'TemporalRefused'],
    [
      'a missing search attribute',
      new ServiceError('no', { cause: grpc(3, 'no mapping defined for search attribute X') }),
      'TemporalRefused',
    ],
    ['no running sync', new WorkflowNotFoundError('not found', 'w', undefined), 'SyncNotRunning'],
    [
      'a cancelled sync',
      new WorkflowFailedError('x', new CancelledFailure('cancelled'), RetryState.NON_RETRYABLE_FAILURE),
      'SyncCancelled',
    ],
    [
      'a sync that failed for another reason',
      new WorkflowFailedError('x', new ApplicationFailure('broken', 'Odd'), RetryState.TIMEOUT),
      'SyncFailed',
    ],
    ['anything else', new TypeError('oops'), 'Unexpected'],
    ['a value that is not an error', 'text', 'Unexpected'],
  ])('has a stable code for %s', (_name, error, code) => {
    expect(clientError(error).code).toBe(code);
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown namespace', new NamespaceNotFoundError('n'), /no namespace n: check TEMPORAL_NAMESPACE, or create it/],
    [
      'an unknown namespace, of any call',
      grpc(5, 'Namespace n is not found.'),
      /no namespace n: check TEMPORAL_NAMESP/,
    ],
    [
      'a missing search attribute',
      grpc(3, 'no mapping defined for search attribute X'),
      /temporal operator search-attribute create .*--name DropboxConnector --type Keyword .*--name DropboxPhase/,
    ],
    ['a workflow that a worker fails on', grpc(3, 'Workflow Task in failed state.'), /the log of a worker says why/],
  ])('says what to do about %s', (_name, error, message) => {
    expect(clientError(error)).toMatchObject({ code: 'TemporalRefused', message: expect.stringMatching(message) });
  });

  it('is not wrapped again, and keeps its cause', async () => {
    const own = new DropboxTeamsError('InvalidArgument', 'no');
    expect(clientError(own)).toBe(own);
    const cause = new TypeError('oops');
    await expect(withClientErrors(() => Promise.reject(cause))).rejects.toMatchObject({
      name: 'DropboxTeamsError',
      cause,
    });
  });
});
