import { failureTypeOf } from '../../failures';
import { cleanupStep } from '../../graph/entries/cleanup';
import { commitSegment } from '../../graph/entries/commit';
import { removeConnector } from '../../graph/state/connectors';
import { listDeadLetters, putDeadLetters, removeDeadLetters } from '../../graph/state/deadLetters';
import { purgeOrphans } from '../../graph/entries/orphans';
import { releaseOrphans } from '../../graph/entries/releaseOrphans';
import { patchNamespaces, readNamespace, readNamespaces } from '../../graph/state/namespaces';
import { nextEvents, removeEvents } from '../../graph/state/outbox';
import { markQueued, queueReindex } from '../../graph/entries/reindex';
import { markEntriesDue } from '../../graph/access/sharedEntries';
import { readEntriesOfItems } from '../../graph/entries/entries';
import { principalsOf } from '../../sync/access';
import type { DeadLetterDocument, Principal } from '../../sync/documents';
import type { PartCounts } from '../../contract/counts';
import type { PurgeInput, RunInput, StepResult } from '../../contract/activities';
import { fileMembersOf, openCommit, readTeam } from '../listing/listingContext';
import { isSmallShare, isIsolatable } from '../runtime/failureIsolation';
import { RECEIVED_NAMESPACE_ID } from '../access/received';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';

/**
 * How long a record that nothing points to waits for a place that can't be read to show it again, ms. Nobody can read it
 * meanwhile; one that comes back later is a new record, and is indexed anew.
 */
const DETACHED_WAITS = 24 * 60 * 60 * 1000;
const EVENTS_PER_BATCH = 200;
const LETTERS_PER_PAGE = 200;
const REINDEX_PER_STEP = 500;

export function settleActivities(services: ActivityServices) {
  return {
    /** After a full sync that found everything: what is the connector's by its id, and is nowhere, is let go. */
    async releaseOrphans({ connectorId, runId }: RunInput): Promise<PartCounts> {
      const { connector } = await OpenConnector.open(services, connectorId);
      const { batchSize } = connector;
      const { graph, now } = services;
      return releaseOrphans(graph, { connectorId, runId, batchSize, now, onBatch: () => checkpoint() });
    },

    /** Removes records that nothing points to any more; one transaction a call. */
    async purgeOrphans({ connectorId, onlyOld }: PurgeInput): Promise<StepResult> {
      const { connector } = await OpenConnector.open(services, connectorId);
      const now = services.now();
      const before = onlyOld ? now - DETACHED_WAITS : Number.MAX_SAFE_INTEGER;
      const batch = { before, limit: connector.batchSize, now };
      const { deleted, done } = await purgeOrphans(services.graph, connectorId, batch);
      checkpoint();
      return { deleted, done };
    },

    /**
     * Publishes the outbox in its order. An event leaves the outbox after the broker has taken it, so each arrives at
     * least once. Without a broker they stay, and are counted in `status`.
     */
    async publishOutbox({ connectorId }: RunInput): Promise<{ published: number }> {
      let published = 0;
      if (!services.broker.isConfigured) return { published };
      for (;;) {
        const events = await nextEvents(services.graph, connectorId, EVENTS_PER_BATCH);
        if (events.length === 0) return { published };
        await services.broker.publish(events);
        await removeEvents(
          services.graph,
          events.map(({ _key }) => _key),
        );
        await markQueued(services.graph, events);
        published += events.length;
        checkpoint();
      }
    },

    /**
     * Tries again what could not be stored: each item is read by its id and committed alone. What is gone leaves the
     * list; what fails again stays on it, with one more attempt and its latest reason. When many fail because Dropbox does
     * not answer, it is not their trouble.
     */
    async retryDeadLetters({ connectorId, runId }: RunInput): Promise<PartCounts> {
      const open = await OpenConnector.open(services, connectorId);
      const counts = { added: 0, updated: 0, moved: 0 };
      let tried = 0;
      let failed = 0;
      for (let after: string | null = null; ;) {
        const letters: DeadLetterDocument[] = await listDeadLetters(open.graph, connectorId, after, LETTERS_PER_PAGE);
        for (const letter of letters) {
          tried += 1;
          const part = await retry(open, letter, runId).catch(async (error: unknown): Promise<PartCounts> => {
            if (!isIsolatable(error)) throw error;
            failed += 1;
            if (!isSmallShare(failed, tried)) throw error;
            const { kind, namespaceId, subject } = letter;
            const again = { kind, namespaceId, subject, reason: (error as Error).message };
            await putDeadLetters(open.graph, open.context(), [again]);
            return {};
          });
          counts.added += part.added ?? 0;
          counts.updated += part.updated ?? 0;
          counts.moved += part.moved ?? 0;
          checkpoint();
        }
        const last = letters.at(-1);
        if (!last || letters.length < LETTERS_PER_PAGE) return { ...counts, ...open.calls };
        after = last._key;
      }
    },

    /** One bounded batch of a connector's removal. */
    async cleanupStep({ connectorId }: { connectorId: string }): Promise<{ removed: number; done: boolean }> {
      const result = await cleanupStep(services.graph, connectorId, REINDEX_PER_STEP, services.now());
      checkpoint();
      return result;
    },

    /**
     * Empties the outbox of a connector that is being removed, a batch a call: what it holds is published, or dropped
     * where no broker is configured. An event that the broker has taken twice is no harm, one that is lost would be.
     */
    async drainOutbox({
      connectorId,
    }: {
      connectorId: string;
    }): Promise<{ published: number; dropped: number; done: boolean }> {
      const { graph, broker } = services;
      const events = await nextEvents(graph, connectorId, EVENTS_PER_BATCH);
      if (broker.isConfigured) await broker.publish(events);
      await removeEvents(
        graph,
        events.map(({ _key }) => _key),
      );
      checkpoint();
      const [published, dropped] = broker.isConfigured ? [events.length, 0] : [0, events.length];
      return { published, dropped, done: events.length < EVENTS_PER_BATCH };
    },

    /** The end of a removal, when nothing else of the connector is left; repeating it changes nothing. */
    async forgetConnector({ connectorId }: { connectorId: string }): Promise<void> {
      await removeConnector(services.graph, connectorId);
    },

    /** Queues the record events of the next records again. */
    async reindexStep(input: { connectorId: string; after: string; recordKeys?: string[] }) {
      const result = await queueReindex(services.graph, { ...input, limit: REINDEX_PER_STEP, now: services.now() });
      checkpoint();
      return result;
    },
  };
}

async function retry(open: OpenConnector, letter: DeadLetterDocument, runId: string): Promise<PartCounts> {
  const { graph, connector } = open;
  const forget = () => removeDeadLetters(graph, connector._key, [letter]);
  switch (letter.kind) {
    case 'entry':
      break;
    case 'fileMembers': {
      const entries = await readEntriesOfItems(graph, connector._key, [letter.subject]);
      if (entries.length === 0) await forget();
      // The sharing phase reads them again, and takes them off the list or counts one more attempt.
      await markEntriesDue(
        graph,
        entries.map(({ _key }) => _key),
      );
      return {};
    }
    case 'member': {
      // The sharing phase asks for what he received.
      const place = await readNamespaces(graph, connector._key, [RECEIVED_NAMESPACE_ID]);
      if (place.size > 0)
        await patchNamespaces(graph, open.context(), [{ namespaceId: RECEIVED_NAMESPACE_ID, membersReadAt: 0 }]);
      await forget();
      return {};
    }
    case 'group':
      // Every run compares the groups with what their members say; one that fails again comes back to the list.
      await forget();
      return {};
    default:
      return letter.kind satisfies never;
  }
  const namespace = letter.namespaceId === null ? null : await readNamespace(graph, connector._key, letter.namespaceId);
  if (!namespace || namespace.work === 'remove' || namespace.delegate === null) {
    await forget();
    return {};
  }
  const actor = await open.as(namespace.delegate);
  try {
    const entry = await actor.metadata(letter.subject, { namespaceId: namespace.namespaceId });
    if (!entry?.path_lower) {
      await forget();
      return {};
    }
    const explicit = new Map<string, Principal[]>();
    const team = await readTeam(open);
    if (entry['.tag'] === 'file' && entry.has_explicit_shared_members) {
      const answer = (await actor.fileMembersBatch([entry.id])).get(entry.id);
      if (answer && 'members' in answer) explicit.set(entry.id, principalsOf(answer.members, team).principals);
    }
    const segment = { kind: 'live' as const, entries: [entry] };
    const fileMembers = fileMembersOf(explicit, team);
    const counts = await commitSegment(openCommit(open, namespace, runId), segment, fileMembers);
    if (counts.deadLetters === 0) await forget();
    return { ...counts, deadLetters: 0 };
  } catch (error) {
    if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    return {};
  }
}
