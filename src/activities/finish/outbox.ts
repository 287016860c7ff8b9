import { Context } from '@temporalio/activity';
import type { RunInput } from '../../contract/activities';
import { workflowTypes } from '../../contract/sync';
import { failure } from '../../failures';
import { markQueued } from '../../graph/entries/reindex';
import { malformedEvents, nextEvents, removeEvents } from '../../graph/state/outbox';
import { graphOfRemoval, graphOfRun } from '../../graph/state/runFence';
import type { OutboxDocument } from '../../sync/syncDocuments';
import { checkpoint, type ActivityServices } from '../runtime/services';

const EVENTS_PER_BATCH = 200;
const STILL_THERE = 'ArangoDB still returns events that it has removed';

/** A reindex is no run of the connector, so it never has the token of one. It changes nothing that a run depends on. */
const isReindex = (): boolean => Context.current().info.workflowType === workflowTypes.reindexRecords;

/** Activities that publish record events. */
export function outboxActivities(services: ActivityServices) {
  return {
    /**
     * Publishes the outbox in its order. An event leaves the outbox after the broker has taken it, so each arrives at
     * least once. Without a broker the events stay, and `status` counts them.
     */
    async publishOutbox({ connectorId, runId }: RunInput): Promise<{ published: number }> {
      const { broker } = services;
      const graph = isReindex() ? services.graph : graphOfRun(services.graph, { connectorId, runId });
      let published = 0;
      if (!broker.isConfigured) return { published };
      for (let before: string | undefined; ;) {
        const events = await nextEvents(graph, connectorId, EVENTS_PER_BATCH);
        const first = events[0]?._key;
        if (first === undefined) return { published };
        // They would be published without end.
        if (first === before) throw failure('GraphUnexpected', STILL_THERE);
        before = first;
        await broker.publish(events);
        // A repeat finds the events again, and marks what this attempt could not.
        await markQueued(graph, events);
        await removeEvents(graph, keysOf(events));
        published += events.length;
        checkpoint();
      }
    },

    /**
     * Publishes the next events of a connector that is being removed, or drops them where no broker is configured. At
     * least once: an event that is published twice does no harm, a lost one would. Those that can't be published are
     * dropped last: their records are gone.
     */
    async drainOutbox({ connectorId, runId }: RunInput) {
      const { broker } = services;
      const graph = graphOfRemoval(services.graph, { connectorId, runId });
      const events = await nextEvents(graph, connectorId, EVENTS_PER_BATCH);
      if (broker.isConfigured) await broker.publish(events);
      const isLast = events.length < EVENTS_PER_BATCH;
      const malformed = isLast ? await malformedEvents(graph, connectorId, EVENTS_PER_BATCH) : [];
      const removed = await removeEvents(graph, [...keysOf(events), ...malformed]);
      const done = isLast && malformed.length < EVENTS_PER_BATCH;
      // They would be published without end.
      if (!done && removed === 0) throw failure('GraphUnexpected', STILL_THERE);
      checkpoint();
      const [published, dropped] = broker.isConfigured ? [events.length, 0] : [0, events.length];
      return { published, dropped: dropped + malformed.length, done };
    },
  };
}

const keysOf = (events: readonly OutboxDocument[]): string[] => events.map(({ _key }) => _key);
