import type { DropboxActor, FileMembers } from '../dropbox';
import { failureTypeOf } from '../errors';
import { memberIndex, principalIndex } from '../graph/memberIndex';
import { clearAccessDue, dueMembers, forgetReturned, returnedMembers } from '../graph/members';
import { putDeadLetters, removeDeadLetters, type DeadLetter } from '../graph/deadLetters';
import { readEntries } from '../graph/entries';
import { allNamespaces, patchNamespaces, readNamespaces } from '../graph/namespaces';
import { regrantPrincipals } from '../graph/regrant';
import {
  entriesDue,
  entriesHinted,
  entriesStale,
  markEntriesDue,
  writeFilePrincipals,
  type ReadEntry,
  type SharedEntry,
} from '../graph/sharedEntries';
import { chunks } from '../graph/steps';
import { writeSyncPoints } from '../graph/syncPoints';
import { alone, inTransaction, type Step } from '../graph/transaction';
import { indexMembers, principalsOf, type MemberIndex } from '../sync/access';
import type { NamespaceDocument } from '../sync/documents';
import type { Hints } from '../sync/events';
import { entryKey, eventCursorNames } from '../sync/keys';
import type { PartCounts } from '../workflows/counts';
import type { PhaseInput, RunInput, StepResult } from './contract';
import { readEvents } from './events';
import { findReceived, putReceived, RECEIVED } from './received';
import { checkpoint, OpenConnector, type ActivityServices } from './services';

const FILES_PER_BATCH = 100;
const MEMBERS_PER_STEP = 1000;
/** Files that one activity reads again: fifty calls. */
const FILES_PER_ACTIVITY = 5000;

export function sharingActivities(services: ActivityServices) {
  return {
    /**
     * Grants and revokes what follows from members who came, went or changed their address, without asking Dropbox
     * again: who was listed where is stored.
     */
    async refreshAccess({ connectorId }: RunInput): Promise<StepResult> {
      const open = await OpenConnector.open(services, connectorId);
      const due = await dueMembers(open.db, connectorId, MEMBERS_PER_STEP);
      if (due.length === 0) return { done: true };
      const index = await principalIndex(open.db, connectorId);
      const { granted, revoked } = await regrantPrincipals(open.db, open.context(), due, index);
      await clearAccessDue(open.db, connectorId, due);
      checkpoint();
      return { granted, revoked, done: false };
    },

    /**
     * Reads the sharing events and marks what they name: namespaces and files whose members are to be read again. The
     * marks and the cursor are one transaction, so no event is lost, and each thing is read once however many name it.
     * Everything is read again when events were lost, and when a member is back who had been removed: no event says
     * which lists have him again.
     */
    async readSharingEvents({ connectorId, full }: PhaseInput): Promise<PartCounts> {
      const open = await OpenConnector.open(services, connectorId);
      const { cursor, hints, full: withoutCursor } = await readEvents(open, 'sharing');
      const returned = await returnedMembers(open.db, connectorId);
      const lost = withoutCursor && !full;
      const everywhere = hints.everything.includes('sharing') || lost || returned.length > 0;
      const known = await hintedNamespaces(open, hints, everywhere);
      const files: { _key: string; itemId: string }[] = [];
      for (const batch of chunks(hints.files, 500)) files.push(...(await entriesHinted(open.db, connectorId, batch)));
      if (everywhere) await markAllFilesDue(open);
      const old = services.now() - services.membersMaxAge;
      const stale = await entriesStale(open.db, connectorId, old, FILES_PER_ACTIVITY);
      const namespaces = known.filter(({ kind }) => kind === 'team_folder' || kind === 'shared_folder');
      const receivedDue =
        everywhere ||
        hints.receivers.length > 0 ||
        (await hasForeignFiles(open, hints, new Set(files.map(({ itemId }) => itemId))));
      const written = ['dropboxNamespaces', 'dropboxEntries', 'dropboxMembers', 'syncPoints'];
      await inTransaction(open.db, written, async (step) => {
        // What nobody could see is asked for with the namespaces of the team, where it can still be listed.
        const patches = namespaces.map(({ namespaceId, unseenBy }) =>
          unseenBy === undefined ? { namespaceId, due: true } : { namespaceId, membersReadAt: 0 },
        );
        await patchNamespaces(step, open.db, open.context(), patches);
        const keys = [...new Set([...files.map(({ _key }) => _key), ...stale])];
        for (const batch of chunks(keys, 1000)) await step(() => markEntriesDue(open.db, batch));
        if (receivedDue) await markReceivedDue(open, step);
        await forgetReturned(step, open.db, connectorId, returned);
        await writeSyncPoints(step, open.db, open.context(), [{ name: eventCursorNames.sharing, cursor }]);
      });
      return open.calls;
    },

    /** Reads the members of files that are due, a call per hundred, by whoever lists the namespace that they are in. */
    async readFileMembers({ connectorId }: RunInput): Promise<StepResult> {
      const open = await OpenConnector.open(services, connectorId);
      const due = await entriesDue(open.db, connectorId, FILES_PER_ACTIVITY);
      const counts = { granted: 0, revoked: 0 };
      if (due.length === 0) return { ...counts, done: true, ...open.calls };
      const members = indexMembers((await memberIndex(open.db, connectorId)).values());
      const index = await principalIndex(open.db, connectorId);
      for (const [delegate, entries] of await byDelegate(open, due)) {
        const actor = await open.as(delegate);
        for (const batch of chunks(entries, FILES_PER_BATCH)) {
          const { read, problems } = await readBatch(actor, batch, members);
          const changes = await writeFilePrincipals(open.db, open.context(), read, index);
          await settleLetters(open, read, problems);
          counts.granted += changes.granted;
          counts.revoked += changes.revoked;
          checkpoint();
        }
      }
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

/** Namespaces that events name: by id, by the place where they are mounted, or all, when one did not say. */
async function hintedNamespaces(open: OpenConnector, hints: Hints, everywhere: boolean): Promise<NamespaceDocument[]> {
  const connectorId = open.connector._key;
  if (everywhere) {
    const all: NamespaceDocument[] = [];
    for await (const batch of allNamespaces(open.db, connectorId)) all.push(...batch);
    return all;
  }
  const places = hints.folders.map(({ namespaceId, path }) => entryKey(connectorId, namespaceId, path.toLowerCase()));
  const mounted: string[] = [];
  for (const batch of chunks(places, 1000)) {
    for (const { mounts } of await readEntries(open.db, batch)) if (mounts !== undefined) mounted.push(mounts);
  }
  return [...(await readNamespaces(open.db, connectorId, [...new Set([...hints.namespaces, ...mounted])])).values()];
}

/** All files that have members of their own, as far as is known; before the cursor moves, so that none is passed over. */
async function markAllFilesDue(open: OpenConnector): Promise<void> {
  const now = open.services.now();
  for (;;) {
    const stale = await entriesStale(open.db, open.connector._key, now, FILES_PER_ACTIVITY);
    for (const batch of chunks(stale, 1000)) await markEntriesDue(open.db, batch);
    if (stale.length < FILES_PER_ACTIVITY) return;
    checkpoint();
  }
}

/** Whether events are about files that no listing of the team shows: those that members received from outside. */
async function hasForeignFiles(open: OpenConnector, hints: Hints, listed: ReadonlySet<string>): Promise<boolean> {
  const places: string[] = [];
  for (const hint of hints.files) {
    if (!('fileId' in hint)) places.push(hint.namespaceId);
    else if (!listed.has(hint.fileId)) return true;
  }
  const known = await readNamespaces(open.db, open.connector._key, [...new Set(places)]);
  return places.some((namespaceId) => !known.has(namespaceId));
}

/** The next reading of received files happens in this run. Before the first one there is nothing to mark. */
async function markReceivedDue(open: OpenConnector, step: Step): Promise<void> {
  const received = await readNamespaces(open.db, open.connector._key, [RECEIVED], step);
  if (received.size === 0) return;
  await patchNamespaces(step, open.db, open.context(), [{ namespaceId: RECEIVED, membersReadAt: 0 }]);
}

async function byDelegate(open: OpenConnector, entries: SharedEntry[]): Promise<Map<string, SharedEntry[]>> {
  const ids = [...new Set(entries.map(({ namespaceId }) => namespaceId))];
  const namespaces = await readNamespaces(open.db, open.connector._key, ids);
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
  await removeDeadLetters(alone, open.db, open.connector._key, good);
  await putDeadLetters(alone, open.db, open.context(), problems);
}

interface FileReading {
  read: ReadEntry[];
  problems: DeadLetter[];
}

/** A file whose members can't be read grants nothing by itself; what its folder grants is not touched. */
async function readBatch(actor: DropboxActor, entries: SharedEntry[], members: MemberIndex): Promise<FileReading> {
  const answers = await answersOf(actor, entries);
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
    return new Map(entries.map(({ itemId }) => [itemId, { problem: (error as Error).message }]));
  }
}
