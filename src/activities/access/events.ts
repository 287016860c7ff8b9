import { log } from '@temporalio/activity';
import type { PhaseInput } from '../../contract/activities';
import type { PartCounts } from '../../contract/counts';
import { failureTypeOf, failureDetailsOf } from '../../failures';
import type { Part } from '../../graph/driver/oneRequest';
import { readWithSyncPoint } from '../../graph/state/syncPoints';
import { runBoth } from '../../mapConcurrently';
import { isTooOld } from '../../sync/age';
import { hintsOf, mergeHints, type Hints } from '../../sync/events';
import { eventCursorNames, type EventCategory } from '../../sync/keys';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';

/** How long before the run reading starts where there is no cursor: events arrive late, and reading twice does no harm. */
const LATE_EVENTS_MS = 60 * 60 * 1000;

/** How long a cursor is kept without events after it. Dropbox does not say how long one can be used. */
const CURSOR_KEPT_MS = 6 * 60 * 60 * 1000;

export interface EventsRead {
  /** To store when everything that the events named has been read again, or the full listing has completed. */
  cursor: string;
  /** The stored cursor that they were read from; its `cursor` is null where there was none. */
  since: { name: string; cursor: string | null };
  hints: Hints;
  /** No usable cursor was stored, so events may be lost: everything of the category has to be read. */
  withoutCursor: boolean;
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
 * Opens a connector, and reads one category of its team's events. `stored` is read with the connector. `list` runs at the
 * same time as the events are read: it reads a list that every run reads whole, so that the next run sees what changes
 * between the two. @throws as `OpenConnector.open`
 */
export async function openWithEvents<Listed = undefined>(
  services: ActivityServices,
  { connectorId, runId, startedAt }: Pick<PhaseInput, 'connectorId' | 'runId' | 'startedAt'>,
  category: EventCategory,
  { list, stored = [] }: { list?: (open: OpenConnector) => Promise<Listed>; stored?: readonly Part[] } = {},
): Promise<{ open: OpenConnector; listed: Listed } & EventsRead> {
  const name = eventCursorNames[category];
  const { connector, point, storedAt } = await readWithSyncPoint(services.graph, connectorId, name, stored);
  const open = OpenConnector.of(services, connector, runId);
  const [events, listed] = await runBoth(
    () => readEvents(open, category, point && { ...point, storedAt }, startedAt),
    async () => (await list?.(open)) as Listed,
  );
  return { open, listed, since: { name, cursor: point?.cursor ?? null }, ...events };
}

/** Reads one category of the team's events to its end. It stores nothing. */
async function readEvents(
  open: OpenConnector,
  category: EventCategory,
  stored: StoredCursor | null,
  startedAt: number,
): Promise<CategoryRead> {
  // Not from now, but from before the run: its listings may have taken hours, and what changed since has to be read.
  const beforeRun = startedAt - LATE_EVENTS_MS;
  // A clock that was wrong by then has left a cursor whose first event lies in the future, too.
  const isUsable = stored !== null && stored.storedAt <= open.services.now() + LATE_EVENTS_MS;
  const read = isUsable
    ? await continueAt(open, category, stored, beforeRun)
    : { ...(await readSince(open, category, beforeRun)), withoutCursor: true };
  const { unknownTypes } = read.hints;
  if (Object.keys(unknownTypes).length > 0) {
    log.info('ignored audit events of unknown types', { category, types: unknownTypes });
  }
  return read;
}

interface StoredCursor {
  cursor: string;
  /** When it was stored, ms. */
  storedAt: number;
}

/**
 * Continues at a stored cursor, which stays while there are no events after it. After a `reset`, reading starts again at
 * the time that Dropbox names: an event that comes twice gives the same hints. A cursor that can't be used counts as none.
 */
async function continueAt(
  open: OpenConnector,
  category: EventCategory,
  { cursor, storedAt }: StoredCursor,
  beforeRun: number,
): Promise<CategoryRead> {
  try {
    const read = await collectHints(open, category, { cursor });
    const isQuiet = Object.values(read.hints.counts).every((count) => count === 0);
    const isKept = isQuiet && !isTooOld(storedAt, open.services.now(), CURSOR_KEPT_MS);
    return { ...read, cursor: isKept ? cursor : read.cursor, withoutCursor: false };
  } catch (error) {
    switch (failureTypeOf(error)) {
      case 'EventCursorReset': {
        const since = newestRead(failureDetailsOf(error)['timestamp'], storedAt);
        const from = Math.min(since - LATE_EVENTS_MS, beforeRun);
        return { ...(await readSince(open, category, Math.max(from, 0))), withoutCursor: false };
      }
      case 'EventCursorInvalid':
        return { ...(await readSince(open, category, beforeRun)), withoutCursor: true };
      default:
        throw error;
    }
  }
}

/**
 * When the newest event happened that a cursor has returned, ms: before the cursor was stored, whatever Dropbox says.
 * From a later time on, the events in between would be lost.
 */
function newestRead(named: unknown, storedAt: number): number {
  const time = typeof named === 'string' ? Date.parse(named) : NaN;
  return Number.isNaN(time) ? storedAt : Math.min(time, storedAt);
}

/** `since`: ms. */
const readSince = (open: OpenConnector, category: EventCategory, since: number): Promise<CollectedHints> =>
  collectHints(open, category, { category, startTime: `${new Date(since).toISOString().slice(0, 19)}Z` });

type CategoryRead = Omit<EventsRead, 'since'>;
type CollectedHints = Omit<CategoryRead, 'withoutCursor'>;

async function collectHints(
  open: OpenConnector,
  category: EventCategory,
  from: { cursor: string } | { category: EventCategory; startTime: string },
): Promise<CollectedHints> {
  let cursor = 'cursor' in from ? from.cursor : '';
  let hints = hintsOf([]);
  for await (const page of open.session.team.events(from)) {
    // A page of events is large. Only its hints are kept, which are ids.
    hints = mergeHints(hints, hintsOf(page.events, category));
    cursor = page.cursor;
    checkpoint();
  }
  return { cursor, hints };
}
