import { chunks } from '../../chunks';
import type { PhaseInput, SharingDue, SharingEventsInput, SharingEventsResult } from '../../contract/activities';
import { patchMembers } from '../../graph/access/members';
import { entriesHinted, entriesStale, markEntriesDue, staleEntriesPart } from '../../graph/access/sharedEntries';
import {
  dueListsPart,
  nothingOwed,
  sharingStatePart,
  type DueLists,
  type SharingState,
} from '../../graph/access/sharingState';
import { inTransaction } from '../../graph/driver/graph';
import { readInOneRequest } from '../../graph/driver/oneRequest';
import { patchNamespaces, readNamespaces } from '../../graph/state/namespaces';
import { requireKept, storeProgress } from '../../graph/state/progress';
import { writeSyncPoints } from '../../graph/state/syncPoints';
import { staleTimes } from '../../sync/age';
import type { ItemHint } from '../../sync/events';
import { namedByEvent } from '../../sync/memberListState';
import { rejoinHandled } from '../../sync/memberState';
import { hasMemberList, isListed, type NamespacePatch } from '../../sync/namespaceState';
import { receivedFilesHinted } from '../../sync/receivedFiles';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import { each } from '../runtime/each';
import { checkpoint, type ActivityServices, type OpenConnector } from '../runtime/services';
import { countsOf, openWithEvents, type EventsRead } from './events';
import { FILES_PER_ACTIVITY } from './fileMembers';
import { hintedNamespaces } from './hintedNamespaces';
import { ReceivedPlanner } from './received';

/** Most hints that wait for the listings. If there are more, the received files are read without waiting. */
const MAX_WAITING_HINTS = 1000;

/** The activity that reads sharing events. */
export function sharingEventActivities(services: ActivityServices) {
  return {
    /**
     * Marks the namespaces and files that sharing events name as due, in one transaction with the cursor: no event is
     * lost, and what many events name is read once. Everything becomes due if events were lost, and if a removed member
     * has rejoined, since no event says which lists name them again. An incremental run calls it twice: `early`, so that
     * delegates are chosen who can read the namespaces now, and after the listings, which may have stored files that the
     * early events named. A file that is unknown even then lies outside the team.
     */
    async readSharingEvents(input: SharingEventsInput): Promise<SharingEventsResult> {
      const { connectorId, full, early = false } = input;
      let state = nothingOwed;
      const stale: string[] = [];
      const stored = [sharingStatePart(connectorId, (found) => (state = found))];
      if (!early) {
        const times = staleTimes(services.now(), services.membersMaxAge);
        stored.push(staleEntriesPart(connectorId, times, FILES_PER_ACTIVITY, (key) => void stale.push(key)));
      }
      const read = await openWithEvents(services, input, 'sharing', { stored });
      const { open, cursor, since, hints, withoutCursor } = read;
      const { rejoined, received } = state;
      const eventsLost = withoutCursor && !full;
      const everywhere = hints.everything.includes('sharing') || eventsLost || rejoined.length > 0;
      const named: NamespacePatch[] = [];
      for await (const namespace of each(hintedNamespaces(open, hints, { everywhere })))
        if (hasMemberList(namespace)) named.push(namedByEvent(namespace));
      const fileHints = [...(received?.waitingHints ?? []), ...hints.files];
      const files = await hintedFiles(open, fileHints);
      if (everywhere) await markAllFilesDue(open);
      const unlisted = unlistedHints(fileHints, new Set(files.map(({ itemId }) => itemId)));
      const isNamed = everywhere || hints.receivers.length > 0;
      const receivedPatches = await receivedFilesPatches(open, received, unlisted, { early, isNamed });
      await storeDue(open, {
        cursor,
        since,
        namespaces: [...named, ...receivedPatches],
        fileKeys: [...new Set([...files.map(({ _key }) => _key), ...stale])],
        rejoined,
      });
      const counts = { ...countsOf(hints), ...open.calls };
      if (early) return counts;
      return { ...counts, due: await sharingDue(open, input, state) };
    },
  };
}

/** What the sharing phase has to read. */
async function sharingDue(
  { graph, services }: OpenConnector,
  { connectorId, runId, full }: PhaseInput,
  { isEmptied }: SharingState,
): Promise<SharingDue> {
  let lists: DueLists = { lists: false, files: false };
  const planner = new ReceivedPlanner(services, full);
  const listsPart = dueListsPart({ connectorId, runId }, (found) => (lists = found));
  await readInOneRequest(graph, [listsPart, ...planner.parts(connectorId)]);
  return { ...lists, received: isEmptied || planner.plan() !== null };
}

/** Stores what is due, and the cursor behind the events that say so, atomically. */
async function storeDue(
  open: OpenConnector,
  {
    cursor,
    since,
    namespaces,
    fileKeys,
    rejoined,
  }: Pick<EventsRead, 'cursor' | 'since'> & { namespaces: NamespacePatch[]; fileKeys: string[]; rejoined: string[] },
): Promise<void> {
  const points = [{ name: since.name, cursor }];
  if (fileKeys.length + rejoined.length === 0) {
    await storeProgress(open.graph, open.context(), { points, namespaces, since: [since] });
    return;
  }
  const written = ['dropboxNamespaces', 'dropboxEntries', 'dropboxMembers', 'syncPoints'];
  await inTransaction(open.graph, written, async (tx) => {
    await requireKept(tx, open.context(), { since: [since], points });
    await patchNamespaces(tx, open.context(), namespaces);
    for (const batch of chunks(fileKeys, 1000)) await markEntriesDue(tx, batch);
    await patchMembers(tx, open.connector._key, rejoined.map(rejoinHandled));
    // A cursor that has not moved keeps the time at which it was stored.
    if (cursor !== since.cursor) await writeSyncPoints(tx, open.context(), points);
  });
}

/** The stored entries of the files that events name. */
async function hintedFiles(
  open: OpenConnector,
  hints: readonly ItemHint[],
): Promise<{ _key: string; itemId: string }[]> {
  const files: { _key: string; itemId: string }[] = [];
  for (const batch of chunks(hints, 500)) files.push(...(await entriesHinted(open.graph, open.connector._key, batch)));
  return files;
}

/**
 * What hints without a stored entry mean for received files. Before the listings they wait, since a listing may show the
 * files; after them, a file that no listing has shown lies outside the team, and everyone is asked what they received.
 * `isNamed`: events say that received files are stale, whatever the hints are.
 */
async function receivedFilesPatches(
  open: OpenConnector,
  received: NamespaceDocument | null,
  unlisted: readonly ItemHint[],
  { early, isNamed }: { early: boolean; isNamed: boolean },
): Promise<NamespacePatch[]> {
  // Before received files were read for the first time there is nothing to patch: that reading asks everyone.
  if (received === null) return [];
  const waits = early && unlisted.length <= MAX_WAITING_HINTS;
  const isStale = isNamed || (!waits && (await hasForeignFiles(open, unlisted)));
  const waiting = waits ? [...unlisted] : [];
  const waitedBefore = (received.waitingHints ?? []).length;
  return isStale || waiting.length + waitedBefore > 0 ? [receivedFilesHinted(waiting, isStale)] : [];
}

const AT_ANY_TIME = { before: Number.MAX_SAFE_INTEGER, after: Number.MAX_SAFE_INTEGER };

/** Marks every file that is known to have a member list. Called before the cursor is stored, so that none is missed. */
async function markAllFilesDue(open: OpenConnector): Promise<void> {
  for (;;) {
    const stale = await entriesStale(open.graph, open.connector._key, AT_ANY_TIME, FILES_PER_ACTIVITY);
    for (const batch of chunks(stale, 1000)) await markEntriesDue(open.graph, batch);
    if (stale.length < FILES_PER_ACTIVITY) return;
    checkpoint();
  }
}

/**
 * Hints without a stored entry. Those by path are all kept: `hasForeignFiles` decides about them by their namespace.
 */
const unlistedHints = (hints: readonly ItemHint[], listed: ReadonlySet<string>): ItemHint[] =>
  hints.filter((hint) => !('fileId' in hint) || !listed.has(hint.fileId));

/** Whether hints are about files that no listing of the team shows: those that members received from outside. */
async function hasForeignFiles(open: OpenConnector, unlisted: readonly ItemHint[]): Promise<boolean> {
  if (unlisted.some((hint) => 'fileId' in hint)) return true;
  const namespaceIds = [...new Set(unlisted.flatMap((hint) => ('fileId' in hint ? [] : [hint.namespaceId])))];
  const known = await readNamespaces(open.graph, open.connector._key, namespaceIds);
  return namespaceIds.some((namespaceId) => {
    const namespace = known.get(namespaceId);
    return namespace === undefined || !isListed(namespace);
  });
}
