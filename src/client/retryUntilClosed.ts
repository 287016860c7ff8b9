import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';
import { grpc } from './errors';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
/** What gRPC calls of a call that an interceptor returns. */
type Call = ReturnType<Parameters<Interceptor>[1]>;

/**
 * One that is refused because the workflow has as many updates as it takes at a time ends these, too, on some servers:
 * its repeats would keep all of them from an answer. Its caller sends a signal.
 */
const UPDATE_WITH_START = '/ExecuteMultiOperation';

export interface RetryUntilClosed {
  /** Interceptors for the options of a connection, in place of the default ones. */
  interceptors: Interceptor[];
  /** Ends the retries. To be called before the connection is closed. */
  close(): void;
}

/**
 * The retries of Temporal's client, which end when the connection is closed. Its own ones start a call of a closed channel
 * from a timer: that error can be caught nowhere, and it ends the process (@temporalio/client 1.24.0).
 */
export function retryUntilClosed(): RetryUntilClosed {
  let isClosed = false;
  const retry = defaultGrpcRetryOptions();
  const retried = (isFinal: (code: number) => boolean): Interceptor =>
    makeGrpcRetryInterceptor({
      ...retry,
      retryableDecider: (attempt, status) =>
        !isClosed && !isFinal(status.code) && retry.retryableDecider(attempt, status),
    });
  const ofUpdates = retried((code) => code === grpc.resourceExhausted);
  const ofOthers = retried(() => false);
  const interceptors: Interceptor[] = [
    (options, nextCall) =>
      (options.method_definition.path.endsWith(UPDATE_WITH_START) ? ofUpdates : ofOthers)(options, nextCall),
    // Each attempt passes here. The declared type is a class, of which gRPC uses only the interface.
    (options, nextCall) => (isClosed ? cancelledCall() : nextCall(options)) as ReturnType<Interceptor>,
  ];
  return { interceptors, close: () => (isClosed = true) };
}

function cancelledCall(): Call {
  const nothing = (): void => undefined;
  return {
    start: (sent, listener) => {
      // An answer without metadata. What was sent holds the API key, and the metadata of an answer becomes part of an error.
      const metadata = sent.clone();
      for (const name of Object.keys(sent.getMap())) metadata.remove(name);
      queueMicrotask(() => {
        listener?.onReceiveMessage?.(null);
        // The retries of Temporal's client end with this status.
        const details = 'the connection to Temporal was closed';
        listener?.onReceiveStatus?.({ code: grpc.cancelled, details, metadata });
      });
    },
    cancelWithStatus: nothing,
    sendMessageWithContext: nothing,
    sendMessage: nothing,
    startRead: nothing,
    halfClose: nothing,
    getPeer: () => '',
    getAuthContext: () => null,
  };
}
