import { chunks } from '../../chunks';
import type {
  PhaseInput,
  RunInput,
  SharingEventsInput,
  SharingEventsResult,
  StepResult,
} from '../../contract/activities';
import type { PartCounts } from '../../contract/counts';
import type { DropboxActor, FileMembers } from '../../dropbox';
import { failureTypeOf } from '../../failures';
import { dueMembers, patchMembers } from '../../graph/access/members';
import { readReaders } from '../../graph/access/readers';
import { regrantPrincipals } from '../../graph/access/regrant';
import {
  dueEntriesPart,
  entriesHinted,
  entriesStale,
  markEntriesDue,
  staleEntriesPart,
  writeFilePrincipals,
  type ReadEntry,
  type SharedEntry,
} from '../../graph/access/sharedEntries';
import { dueListsPart, nothingOwed, sharingStatePart, type DueLists } from '../../graph/access/sharingState';
import { inTransaction } from '../../graph/driver/graph';
import { readTogether } from '../../graph/driver/together';
import { hasDeadLettersPart, putDeadLetters, removeDeadLetters, type DeadLetter } from '../../graph/state/deadLetters';
import { patchNamespaces, readNamespaces } from '../../graph/state/namespaces';
import { requireKept, storeProgress } from '../../graph/state/progress';
import { writeSyncPoints } from '../../graph/state/syncPoints';
import { mapConcurrently } from '../../mapConcurrently';
import { hasUnknownLevel, principalsOf, samePrincipals, unreadableNames } from '../../sync/access';
import { staleTimes } from '../../sync/age';
import type { NamespaceDocument } from '../../sync/documents';
import type { ItemHint } from '../../sync/events';
import { accessApplied, receivedFilesOwed, rejoinHandled } from '../../sync/memberState';
import { hasMemberList, namedByEvent, type NamespacePatch } from '../../sync/namespaceState';
import type { Readers } from '../../sync/readers';
import { receivedFilesHinted } from '../../sync/receivedFiles';
import type { TeamIndex } from '../../sync/team';
import { coalesced } from '../runtime/coalesced';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { openWithTeam } from '../runtime/openWithTeam';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { countsOf, openWithEvents, type EventsRead } from './events';
import { hintedNamespaces } from './hintedNamespaces';
import { ReceivedPlanner, syncReceived } from './received';
import { removeEmptyGroup } from './receivedFiles';
import { addUngranted, noneUngranted, type UngrantedPart } from './ungranted';

const FILES_PER_BATCH = 100;
/** Batches at the same time, also of one delegate: the budget of each member limits their calls. */
const READ_CONCURRENTLY = 8;
const MEMBERS_PER_STEP = 1000;
/** Files whose members one activity reads: fifty calls. */
const FILES_PER_ACTIVITY = 5000;
/** Most hints that wait for the listings. If there are more, the received files are read without waiting. */
const MAX_WAITING_HINTS = 1000;

/** Activities for what sharing events make stale: events, members of files, received files, access of members. */
export function sharingActivities(services: ActivityServices) {
  return {
    /** Members who joined, left or changed their address. Stored lists name them, so Dropbox is not called. */
    async refreshAccess({ connectorId, runId }: RunInput): Promise<StepResult> {
      const due = await dueMembers(services.graph, connectorId, MEMBERS_PER_STEP);
      if (due.length === 0) return { done: true };
      const { open, team } = await openWithTeam(services, { connectorId, runId });
      const { granted, revoked } = await regrantPrincipals(open.graph, open.context(), due, team);
      await patchMembers(open.graph, connectorId, due.map(accessApplied));
      checkpoint();
      return { granted, revoked, done: false };
    },

    /**
     * Marks the namespaces and files that sharing events name as due. What is due and the cursor are stored in one
     * transaction, so no event is lost, and a thing that many events name is read once. Everything becomes due if
     * events were lost, and if a removed member has rejoined, since no event says which lists name them again. An
     * incremental run does this before delegates are chosen, so that a delegate can read the namespace now, and so that
     * folders that became visible are listed; and again after the listings, which may have stored the files that the
     * early events named. A file that is unknown even then lies outside the team.
     */
    async readSharingEvents(input: SharingEventsInput): Promise<SharingEventsResult> {
      const { connectorId, runId, full, early = false } = input;
      let state = nothingOwed;
      const stale: string[] = [];
      const stored = [sharingStatePart(connectorId, (found) => (state = found))];
      if (!early) {
        const times = staleTimes(services.now(), services.membersMaxAge);
        stored.push(staleEntriesPart(connectorId, times, FILES_PER_ACTIVITY, (key) => void stale.push(key)));
      }
      const read = await openWithEvents(services, input, 'sharing', { stored });
      const { open, cursor, since, hints, withoutCursor } = read;
      const { rejoined, received, isEmptied } = state;
      const eventsLost = withoutCursor && !full;
      const everywhere = hints.everything.includes('sharing') || eventsLost || rejoined.length > 0;
      const namespaces = (await hintedNamespaces(open, hints, { everywhere })).filter(hasMemberList);
      const fileHints = [...(received?.waitingHints ?? []), ...hints.files];
      const files = await hintedFiles(open, fileHints);
      if (everywhere) await markAllFilesDue(open);
      const unlisted = unlistedHints(fileHints, new Set(files.map(({ itemId }) => itemId)));
      const isNamed = everywhere || hints.receivers.length > 0;
      const receivedPatches = await receivedFilesPatches(open, received, unlisted, { early, isNamed });
      await storeDue(open, {
        cursor,
        since,
        namespaces: [...namespaces.map(namedByEvent), ...receivedPatches],
        fileKeys: [...new Set([...files.map(({ _key }) => _key), ...stale])],
        rejoined,
      });
      const counts = { ...countsOf(hints), ...open.calls };
      if (early) return counts;
      let lists: DueLists = { lists: false, files: false };
      const planner = new ReceivedPlanner(services, full);
      const due = dueListsPart({ connectorId, runId }, (found) => (lists = found));
      await readTogether(open.graph, [due, ...planner.parts(connectorId)]);
      return { ...counts, due: { ...lists, received: isEmptied || planner.plan() !== null } };
    },

    /** Reads the members of the files that are due, a call per hundred files, as the delegate of their namespace. */
    async readFileMembers({ connectorId, runId }: RunInput): Promise<StepResult> {
      const due: SharedEntry[] = [];
      let hasDeadLetters = false;
      const { open, team } = await openWithTeam(services, { connectorId, runId }, [
        dueEntriesPart(connectorId, FILES_PER_ACTIVITY, (entry) => void due.push(entry)),
        hasDeadLettersPart(connectorId, () => (hasDeadLetters = true)),
      ]);
      const counts = { granted: 0, revoked: 0, ...noneUngranted() };
      if (due.length === 0) return { ...counts, done: true };
      let readers: Promise<Readers> | undefined;
      const groups = () => (readers ??= readReaders(open.graph, connectorId)).then(({ byGroup }) => byGroup);
      const writeLists = coalesced<FileLists>(async (lists) => {
        const read = lists.flatMap((one) => one.read);
        const changes = await writeFilePrincipals(open.graph, open.context(), read, team, { onlyDue: true });
        const deadLetters = lists.flatMap((one) => one.deadLetters);
        hasDeadLetters ||= deadLetters.length > 0;
        if (hasDeadLetters) await updateDeadLetters(open, read, deadLetters);
        counts.granted += changes.granted;
        counts.revoked += changes.revoked;
        checkpoint();
      });
      const write = async (entries: SharedEntry[], answers: ReadonlyMap<string, FileMembers>): Promise<void> => {
        await askForUnread(open, entries, answers, groups);
        await writeLists(fileMembersRead(entries, answers, team, counts));
      };
      const failed: { batch: SharedEntry[]; error: unknown }[] = [];
      const batches = [...(await byDelegate(open, due))].flatMap(([delegate, entries]) =>
        [...chunks(entries, FILES_PER_BATCH)].map((batch) => ({ delegate, batch })),
      );
      await mapConcurrently(batches, READ_CONCURRENTLY, async ({ delegate, batch }) => {
        try {
          await write(batch, await askForMembers(await open.as(delegate), batch));
        } catch (error) {
          if (!isIsolatable(error)) throw error;
          failed.push({ batch, error });
        }
      });
      if (failed.length > 0 && !shouldIsolate(failed, batches.length)) throw failed[0]?.error;
      for (const { batch, error } of failed) await write(batch, noAnswers(batch, error));
      return { ...counts, done: due.length < FILES_PER_ACTIVITY, ...open.calls };
    },

    /**
     * Files that were shared with single members from outside the team, which no listing of the team shows. They are
     * read in full syncs, when an event points to one, and when the last reading is too old.
     */
    async syncReceivedFiles({ connectorId, runId, full }: PhaseInput): Promise<PartCounts> {
      const planner = new ReceivedPlanner(services, full);
      const open = await OpenConnector.open(services, { connectorId, runId }, planner.parts(connectorId));
      const plan = planner.plan();
      if (plan === null) {
        await removeEmptyGroup(open);
        return open.calls;
      }
      const counts = await syncReceived(open, plan, { runId, full });
      return { ...counts, ...open.calls };
    },
  };
}

/** Stores what is due, and the cursor behind the events that say so, all or nothing. */
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
    // A cursor that is kept must not look as if it was new.
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

/** Hints without a stored entry. One by path is always kept: a listing of its namespace would show the file. */
const unlistedHints = (hints: readonly ItemHint[], listed: ReadonlySet<string>): ItemHint[] =>
  hints.filter((hint) => !('fileId' in hint) || !listed.has(hint.fileId));

/** Whether hints are about files that no listing of the team shows: those that members received from outside. */
async function hasForeignFiles(open: OpenConnector, unlisted: readonly ItemHint[]): Promise<boolean> {
  if (unlisted.some((hint) => 'fileId' in hint)) return true;
  const namespaceIds = [...new Set(unlisted.flatMap((hint) => ('fileId' in hint ? [] : [hint.namespaceId])))];
  const known = await readNamespaces(open.graph, open.connector._key, namespaceIds);
  return namespaceIds.some((namespaceId) => !known.has(namespaceId));
}

async function byDelegate(open: OpenConnector, entries: SharedEntry[]): Promise<Map<string, SharedEntry[]>> {
  const ids = [...new Set(entries.map(({ namespaceId }) => namespaceId))];
  const namespaces = await readNamespaces(open.graph, open.connector._key, ids);
  const grouped = new Map<string, SharedEntry[]>();
  for (const entry of entries) {
    const delegate = namespaces.get(entry.namespaceId)?.delegate ?? 'admin';
    const group = grouped.get(delegate);
    if (group) group.push(entry);
    else grouped.set(delegate, [entry]);
  }
  return grouped;
}

async function updateDeadLetters(open: OpenConnector, read: ReadEntry[], failed: DeadLetter[]): Promise<void> {
  const failedItems = new Set(failed.map(({ subject }) => subject));
  const solved = read.flatMap(({ entry }) =>
    failedItems.has(entry.itemId)
      ? []
      : [{ kind: 'fileMembers' as const, namespaceId: entry.namespaceId, subject: entry.itemId }],
  );
  await removeDeadLetters(open.graph, open.connector._key, solved);
  await putDeadLetters(open.graph, open.context(), failed);
}

/**
 * The folder of a file whose members can't be read may be gone for the team. Then the file is among those that its
 * members have received, and after it is gone from the folder nothing says who they were: they are asked in the next run.
 */
async function askForUnread(
  { graph, connector }: OpenConnector,
  entries: readonly SharedEntry[],
  answers: ReadonlyMap<string, FileMembers>,
  groups: () => Promise<Readers['byGroup']>,
): Promise<void> {
  const unread = entries.filter(({ itemId }) => !('members' in (answers.get(itemId) ?? {})));
  const ids = new Set<string>();
  for (const { id, kind } of unread.flatMap(({ principals }) => principals)) {
    if (kind === 'user') ids.add(id);
    else for (const member of (await groups()).get(id) ?? []) ids.add(member);
  }
  await patchMembers(graph, connector._key, [...ids].map(receivedFilesOwed));
}

interface FileLists {
  read: ReadEntry[];
  deadLetters: DeadLetter[];
}

/** A file whose members can't be read grants nothing beyond what its folder grants. */
function fileMembersRead(
  entries: SharedEntry[],
  answers: ReadonlyMap<string, FileMembers>,
  team: TeamIndex,
  ungrantedTotal: UngrantedPart,
): FileLists {
  const read: ReadEntry[] = [];
  const deadLetters: DeadLetter[] = [];
  for (const entry of entries) {
    const answer = answers.get(entry.itemId) ?? { problem: 'not_answered' };
    if ('members' in answer) {
      const { principals, ungranted } = principalsOf(answer.members, team, entry.principals);
      const readAgain = hasUnknownLevel(answer.members) || !samePrincipals(entry.principals, principals);
      read.push({ entry, principals, readAgain });
      addUngranted(ungrantedTotal, ungranted);
    } else read.push({ entry, principals: [] });
    const problem = 'members' in answer ? unreadableNames(answer.members) : answer.problem;
    if (problem === undefined) continue;
    const reason = `the member list can't be read: ${problem}`;
    deadLetters.push({ kind: 'fileMembers', namespaceId: entry.namespaceId, subject: entry.itemId, reason });
  }
  return { read, deadLetters };
}

async function askForMembers(actor: DropboxActor, entries: SharedEntry[]): Promise<Map<string, FileMembers>> {
  try {
    return await actor.fileMembersBatch(entries.map(({ itemId }) => itemId));
  } catch (error) {
    if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    return noAnswers(entries, error);
  }
}

const noAnswers = (entries: SharedEntry[], error: unknown): Map<string, FileMembers> =>
  new Map(entries.map(({ itemId }) => [itemId, { problem: (error as Error).message }]));
