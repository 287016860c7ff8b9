'use strict';
// Publishes record events through the built sources, in a child process: jest cannot load the Kafka client, which is
// an ES module, and the client may need a newer Node than jest runs on. The argument is the broker's settings as JSON.
// Each message is a list of events; the answer is the failure, or null. The process ends when its parent disconnects.
const { openBroker } = require('../../dist/src/outbox/broker');

const broker = openBroker(JSON.parse(process.argv[2]));
process.on('message', async (events) => {
  try {
    await broker.publish(events);
    process.send(null);
  } catch ({ type, nonRetryable, message }) {
    process.send({ type, nonRetryable, message });
  }
});
process.on('disconnect', () => broker.close());
