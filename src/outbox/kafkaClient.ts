import { failure } from '../failures';

/**
 * The oldest Node on which @platformatic/kafka runs, as the `engines` of its package say. Node 20 can load it, but
 * lacks functions that it calls.
 */
export const MINIMUM_NODE = '22.22.0';

export const isNodeSupported = (node: string): boolean =>
  node.localeCompare(MINIMUM_NODE, 'en', { numeric: true }) >= 0;

/**
 * Loads the Kafka client with the first event, so that a worker without Kafka runs on an older Node too.
 * @throws BrokerUnavailable when Node is too old for the client
 */
export async function loadKafkaClient(node = process.versions.node) {
  if (!isNodeSupported(node)) {
    throw failure(
      'BrokerUnavailable',
      `Kafka needs Node ${MINIMUM_NODE} or later, and this is Node ${node}: restart the worker on a newer Node; record events wait in the outbox`,
    );
  }
  // The client is an ES module: `require` would refuse it.
  return import('@platformatic/kafka');
}

export type KafkaClient = Awaited<ReturnType<typeof loadKafkaClient>>;
