import type { DropboxActor, FileMembers } from '../../dropbox';
import { failureTypeOf } from '../../failures';
import { memberIndex, principalIndex, type MemberIndex } from '../../graph/access/memberIndex';
import { clearAccessDue, dueMembers, clearRejoined, rejoinedMembers } from '../../graph/access/members';
import { putDeadLetters, removeDeadLetters, type DeadLetter } from '../../graph/state/deadLetters';
import { patchNamespaces, readNamespace, readNamespaces } from '../../graph/state/namespaces';
import { regrantPrincipals } from '../../graph/access/regrant';
import {
  entriesDue,
  entriesHinted,
  entriesStale,
  markEntriesDue,
  writeFilePrincipals,
  type ReadEntry,
  type SharedEntry,
} from '../../graph/access/sharedEntries';
import { writeSyncPoints } from '../../graph/state/syncPoints';
import { principalsOf } from '../../sync/access';
import type { ItemHint } from '../../sync/events';
import { eventCursorNames } from '../../sync/keys';
import type { PartCounts } from '../../contract/counts';
import type { PhaseInput, RunInput, SharingEventsInput, StepResult } from '../../contract/activities';
import { readEvents } from './events';
import { hintedNamespaces } from './hintedNamespaces';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { findReceived, putReceived, RECEIVED_NAMESPACE_ID } from './received';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { chunks } from '../../chunks';
import { inTransaction, type Graph, type Transaction } from '../../graph/driver/graph';

const FILES_PER_BATCH = 100;
const MEMBERS_PER_STEP = 1000;
/** Files that one activity reads again: fifty calls. */
const FILES_PER_ACTIVITY = 5000;
/** Hints that wait for the listings; with more of them the received files are read whatever they say. */
const HINTS_WAITING = 1000;

export function sharingActivities(services: ActivityServices) {
  return {
    /**
     * Grants and revokes what follows from members who came, went or changed their address, without asking Dropbox
     * again: who was listed where is stored.
     */
    async refreshAccess({ connectorId }: RunInput): Promise<StepResult> {
      const open = await OpenConnector.open(services, connectorId);
      const due = await dueMembers(open.graph, connectorId, MEMBERS_PER_STEP);
      if (due.length === 0) return { done: true };
      const index = await principalIndex(open.graph, connectorId);
      const { granted, revoked } = await regrantPrincipals(open.graph, open.context(), due, index);
      await clearAccessDue(open.graph, connectorId, due);
      checkpoint();
      return { granted, revoked, done: false };
    },

    /**
     * Reads the sharing events and marks what they name: namespaces and files whose members are to be read again. The
     * marks and the cursor are one transaction, so no event is lost, and each thing is read once however many name it.
     * Everything is read again when events were lost, and when a member is back who had been removed: no event says
     * which lists have him again.
     *
     * An incremental run does this twice. `early`, before anybody is chosen to list a namespace, so that it is somebody
     * who can read it now, and what came into view is listed; and after the listings, which may have brought the files
     * that early events named. What is known of nobody even then lies outside the team.
     */
    async readSharingEvents({ connectorId, full, early = false }: SharingEventsInput): Promise<PartCounts> {
      const open = await OpenConnector.open(services, connectorId);
      const { cursor, hints, full: withoutCursor } = await readEvents(open, 'sharing');
      const returned = await rejoinedMembers(open.graph, connectorId);
      const lost = withoutCursor && !full;
      const everywhere = hints.everything.includes('sharing') || lost || returned.length > 0;
      const known = await hintedNamespaces(open, hints, everywhere);
      const waiting = await readWaitingHints(open.graph, connectorId);
      const hinted = [...waiting, ...hints.files];
      const files: { _key: string; itemId: string }[] = [];
      for (const batch of chunks(hinted, 500)) files.push(...(await entriesHinted(open.graph, connectorId, batch)));
      if (everywhere) await markAllFilesDue(open);
      const old = services.now() - services.membersMaxAge;
      const stale = early ? [] : await entriesStale(open.graph, connectorId, old, FILES_PER_ACTIVITY);
      const namespaces = known.filter(({ kind }) => kind === 'team_folder' || kind === 'shared_folder');
      const unlisted = unlistedHints(hinted, new Set(files.map(({ itemId }) => itemId)));
      const wait = early && unlisted.length <= HINTS_WAITING;
      const receivedDue =
        everywhere || hints.receivers.length > 0 || (!wait && (await hasForeignFiles(open, unlisted)));
      const written = ['dropboxNamespaces', 'dropboxEntries', 'dropboxMembers', 'syncPoints'];
      await inTransaction(open.graph, written, async (tx) => {
        // What nobody could see is asked for with the namespaces of the team, where it can still be listed.
        const patches = namespaces.map(({ namespaceId, unseenBy }) =>
          unseenBy === undefined ? { namespaceId, due: true } : { namespaceId, membersReadAt: 0 },
        );
        await patchNamespaces(tx, open.context(), patches);
        const keys = [...new Set([...files.map(({ _key }) => _key), ...stale])];
        for (const batch of chunks(keys, 1000)) await markEntriesDue(tx, batch);
        await patchReceived(open, tx, { waiting: wait ? unlisted : [], due: receivedDue });
        await clearRejoined(tx, connectorId, returned);
        await writeSyncPoints(tx, open.context(), [{ name: eventCursorNames.sharing, cursor }]);
      });
      return open.calls;
    },

    /** Reads the members of files that are due, a call per hundred, by whoever lists the namespace that they are in. */
    async readFileMembers({ connectorId }: RunInput): Promise<StepResult> {
      const open = await OpenConnector.open(services, connectorId);
      const due = await entriesDue(open.graph, connectorId, FILES_PER_ACTIVITY);
      const counts = { granted: 0, revoked: 0 };
      if (due.length === 0) return { ...counts, done: true, ...open.calls };
      const members = await memberIndex(open.graph, connectorId);
      const index = await principalIndex(open.graph, connectorId);
      const write = async ({ read, problems }: FileReading): Promise<void> => {
        const changes = await writeFilePrincipals(open.graph, open.context(), read, index);
        await settleLetters(open, read, problems);
        counts.granted += changes.granted;
        counts.revoked += changes.revoked;
        checkpoint();
      };
      const failed: { batch: SharedEntry[]; error: unknown }[] = [];
      let batches = 0;
      for (const [delegate, entries] of await byDelegate(open, due)) {
        const actor = await open.as(delegate);
        for (const batch of chunks(entries, FILES_PER_BATCH)) {
          batches += 1;
          try {
            await write(readingOf(batch, await answersOf(actor, batch), members));
          } catch (error) {
            if (!isIsolatable(error)) throw error;
            failed.push({ batch, error });
          }
        }
      }
      if (failed.length > 0 && !shouldIsolate(failed, batches)) throw failed[0]?.error;
      for (const { batch, error } of failed) await write(readingOf(batch, noAnswers(batch, error), members));
      return { ...counts, done: due.length < FILES_PER_ACTIVITY, ...open.calls };
    },

    /**
     * Files that members received one by one and that no listing of the team shows, since they lie with somebody outside:
     * readable by exactly those who received them. Read in full syncs, when an event points to one, and when the last
     * reading is too old.
     */
    async syncReceivedFiles({ connectorId, runId, full }: PhaseInput): Promise<PartCounts> {
      const open = await OpenConnector.open(services, connectorId);
      const received = await findReceived(open, full);
      if (received === null) return open.calls;
      const counts = await putReceived(open, received, runId);
      return { ...counts, ...open.calls };
    },
  };
}

/** All files that have members of their own, as far as is known; before the cursor moves, so that none is passed over. */
async function markAllFilesDue(open: OpenConnector): Promise<void> {
  const now = open.services.now();
  for (;;) {
    const stale = await entriesStale(open.graph, open.connector._key, now, FILES_PER_ACTIVITY);
    for (const batch of chunks(stale, 1000)) await markEntriesDue(open.graph, batch);
    if (stale.length < FILES_PER_ACTIVITY) return;
    checkpoint();
  }
}

/** Hints that no stored entry answers. By path only the namespace matters: a listing of it would show the file. */
const unlistedHints = (hints: readonly ItemHint[], listed: ReadonlySet<string>): ItemHint[] =>
  hints.filter((hint) => !('fileId' in hint) || !listed.has(hint.fileId));

/** Whether hints are about files that no listing of the team shows: those that members received from outside. */
async function hasForeignFiles(open: OpenConnector, unlisted: readonly ItemHint[]): Promise<boolean> {
  if (unlisted.some((hint) => 'fileId' in hint)) return true;
  const places = [...new Set(unlisted.flatMap((hint) => ('fileId' in hint ? [] : [hint.namespaceId])))];
  const known = await readNamespaces(open.graph, open.connector._key, places);
  return places.some((namespaceId) => !known.has(namespaceId));
}

const readWaitingHints = async (graph: Graph, connectorId: string): Promise<ItemHint[]> =>
  (await readNamespace(graph, connectorId, RECEIVED_NAMESPACE_ID))?.waitingHints ?? [];

/** The next reading of received files happens in this run. Before the first one there is nothing to mark. */
async function patchReceived(
  open: OpenConnector,
  tx: Transaction,
  { waiting, due }: { waiting: ItemHint[]; due: boolean },
): Promise<void> {
  const received = (await readNamespaces(tx, open.connector._key, [RECEIVED_NAMESPACE_ID])).get(RECEIVED_NAMESPACE_ID);
  if (!received || (!due && waiting.length === 0 && (received.waitingHints ?? []).length === 0)) return;
  const patch = { namespaceId: RECEIVED_NAMESPACE_ID, waitingHints: waiting, ...(due ? { membersReadAt: 0 } : {}) };
  await patchNamespaces(tx, open.context(), [patch]);
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

/** Files that could be read leave the dead letters, the others go there. */
async function settleLetters(open: OpenConnector, read: ReadEntry[], problems: DeadLetter[]): Promise<void> {
  const bad = new Set(problems.map(({ subject }) => subject));
  const good = read.flatMap(({ entry }) =>
    bad.has(entry.itemId)
      ? []
      : [{ kind: 'fileMembers' as const, namespaceId: entry.namespaceId, subject: entry.itemId }],
  );
  await removeDeadLetters(open.graph, open.connector._key, good);
  await putDeadLetters(open.graph, open.context(), problems);
}

interface FileReading {
  read: ReadEntry[];
  problems: DeadLetter[];
}

/** A file whose members can't be read grants nothing by itself; what its folder grants is not touched. */
function readingOf(
  entries: SharedEntry[],
  answers: ReadonlyMap<string, FileMembers>,
  members: MemberIndex,
): FileReading {
  const reading: FileReading = { read: [], problems: [] };
  for (const entry of entries) {
    const answer = answers.get(entry.itemId) ?? { problem: 'not_answered' };
    if ('members' in answer) {
      reading.read.push({ entry, principals: principalsOf(answer.members, members).principals });
    } else {
      const reason = `its members can't be read (${answer.problem})`;
      reading.read.push({ entry, principals: [] });
      reading.problems.push({ kind: 'fileMembers', namespaceId: entry.namespaceId, subject: entry.itemId, reason });
    }
  }
  return reading;
}

async function answersOf(actor: DropboxActor, entries: SharedEntry[]): Promise<Map<string, FileMembers>> {
  try {
    return await actor.fileMembersBatch(entries.map(({ itemId }) => itemId));
  } catch (error) {
    if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    return noAnswers(entries, error);
  }
}

const noAnswers = (entries: SharedEntry[], error: unknown): Map<string, FileMembers> =>
  new Map(entries.map(({ itemId }) => [itemId, { problem: (error as Error).message }]));
