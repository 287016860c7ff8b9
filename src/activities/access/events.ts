import { log } from '@temporalio/activity';
import type { PhaseInput } from '../../contract/activities';
import type { PartCounts } from '../../contract/counts';
import { failureTypeOf, failureDetailsOf } from '../../failures';
import { readWithSyncPoint, type SyncPoint } from '../../graph/state/syncPoints';
import { together } from '../../mapConcurrently';
import { hintsOf, mergeHints, type Hints } from '../../sync/events';
import { eventCursorNames, type EventKind } from '../../sync/keys';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';

/** A first cursor starts this long before the run, ms: events arrive late, and reading twice does no harm. */
const LATE_EVENTS = 60 * 60 * 1000;

export interface EventsRead {
  /** To store when everything that the events named has been read again, or the full listing has completed. */
  cursor: string;
  /** The cursor that they were read from, as it is stored. */
  since: { name: string; cursor: string | null };
  hints: Hints;
  /** There was no usable cursor: everything of this kind has to be read. */
  full: boolean;
}

export function countsOf({
  counts: { used, withoutEffect, unknown, unreadable },
}: Hints): Required<Pick<PartCounts, 'usedEvents' | 'eventsWithoutEffect' | 'unknownEvents' | 'unreadableEvents'>> {
  return {
    usedEvents: used,
    eventsWithoutEffect: withoutEffect,
    unknownEvents: unknown,
    unreadableEvents: unreadable,
  };
}

/**
 * Opens a connector, and reads one category of its team's events. `list` runs at the same time: it reads a list that
 * every run reads whole, so that the next run sees what changes between the two. @throws as `OpenConnector.open`
 */
export async function openWithEvents<Listed = undefined>(
  services: ActivityServices,
  { connectorId, runId, startedAt }: Pick<PhaseInput, 'connectorId' | 'runId' | 'startedAt'>,
  kind: EventKind,
  list?: (open: OpenConnector) => Promise<Listed>,
): Promise<{ open: OpenConnector; listed: Listed } & EventsRead> {
  const { connector, point } = await readWithSyncPoint(services.graph, connectorId, eventCursorNames[kind]);
  const open = OpenConnector.of(services, connector, runId);
  const since = { name: eventCursorNames[kind], cursor: point?.cursor ?? null };
  const [events, listed] = await together(
    () => readEvents(open, kind, point, startedAt),
    async () => (await list?.(open)) as Listed,
  );
  return { open, listed, since, ...events };
}

/**
 * Reads one category of the team's events to its end. Without a stored cursor it reads from the start of the run, which
 * is before anything was listed: the listings may have taken hours since. After a `reset` it starts again at the time
 * that Dropbox names; an event that comes twice gives the same hints. A cursor that can't be used is replaced, and its
 * kind is read in full. Access stays as it is meanwhile.
 */
async function readEvents(
  open: OpenConnector,
  kind: EventKind,
  stored: SyncPoint | null,
  startedAt: number,
): Promise<Omit<EventsRead, 'since'>> {
  const read = await readCategory(open, kind, stored, startedAt - LATE_EVENTS);
  const { unknownTypes } = read.hints;
  if (Object.keys(unknownTypes).length > 0) {
    log.info('ignored audit events of unknown types', { category: kind, types: unknownTypes });
  }
  return read;
}

async function readCategory(
  open: OpenConnector,
  kind: EventKind,
  stored: SyncPoint | null,
  beforeRun: number,
): Promise<Omit<EventsRead, 'since'>> {
  if (!stored) return { ...(await readFrom(open, kind, beforeRun)), full: true };
  try {
    return { ...(await collect(open, kind, { cursor: stored.cursor })), full: false };
  } catch (error) {
    switch (failureTypeOf(error)) {
      case 'EventCursorReset': {
        const { timestamp: named } = failureDetailsOf(error);
        const timestamp = typeof named === 'string' ? Date.parse(named) : NaN;
        const since = Number.isNaN(timestamp) ? beforeRun : timestamp - LATE_EVENTS;
        return { ...(await readFrom(open, kind, since)), full: false };
      }
      case 'EventCursorInvalid':
        return { ...(await readFrom(open, kind, beforeRun)), full: true };
      default:
        throw error;
    }
  }
}

const readFrom = (open: OpenConnector, kind: EventKind, since: number): Promise<Omit<EventsRead, 'full' | 'since'>> =>
  collect(open, kind, { category: kind, startTime: `${new Date(since).toISOString().slice(0, 19)}Z` });

async function collect(
  open: OpenConnector,
  kind: EventKind,
  from: { cursor: string } | { category: EventKind; startTime: string },
): Promise<Omit<EventsRead, 'full' | 'since'>> {
  let cursor = 'cursor' in from ? from.cursor : '';
  let hints = hintsOf([]);
  for await (const page of open.session.team.events(from)) {
    // A page of events is large. Only its hints are kept, which are ids.
    hints = mergeHints(hints, hintsOf(page.events, kind));
    cursor = page.cursor;
    checkpoint();
  }
  return { cursor, hints };
}
