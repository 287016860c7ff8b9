import {
  defaultPayloadConverter,
  type Payload,
  type PayloadCodec,
  type SerializationContext,
} from '@temporalio/common';

/**
 * Takes what any program has sent to a workflow. Of a payload in another encoding than the SDK's own, or with malformed
 * JSON, the SDK makes no value: it fails the workflow task, and every replay of it, without end. Such a payload becomes
 * an object that is malformed as an argument of every workflow, signal and update.
 */
export class ReadableCodec implements PayloadCodec {
  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads);
  }

  decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    // A worker sends the results of activities. One that can't be read must not count as an empty result.
    const isSentByWorker = context?.type === 'activity';
    return Promise.resolve(
      isSentByWorker ? payloads : payloads.map((payload) => (isReadable(payload) ? payload : UNREADABLE)),
    );
  }
}

const UNREADABLE = defaultPayloadConverter.toPayload({ unreadable: true });

function isReadable(payload: Payload): boolean {
  try {
    defaultPayloadConverter.fromPayload(payload);
    return true;
  } catch {
    return false;
  }
}
