import { chunks } from '../../chunks';
import type { RunInput, StepResult } from '../../contract/activities';
import type { DropboxActor, FileMembersAnswer } from '../../dropbox';
import { failureTypeOf } from '../../failures';
import { patchMembers } from '../../graph/access/members';
import { readReaders } from '../../graph/access/readers';
import {
  dueEntriesPart,
  writeFilePrincipals,
  type ReadEntry,
  type SharedEntry,
} from '../../graph/access/sharedEntries';
import { otherPointers } from '../../graph/entries/entries';
import { hasDeadLettersPart, putDeadLetters, removeDeadLetters, type DeadLetter } from '../../graph/state/deadLetters';
import { readNamespaces } from '../../graph/state/namespaces';
import { mapConcurrently } from '../../mapConcurrently';
import { hasUnknownLevel, principalsOf, samePrincipals, unreadableNames } from '../../sync/access';
import { receivedFilesOwed } from '../../sync/memberState';
import { isClosed } from '../../sync/namespaceState';
import type { Readers } from '../../sync/readers';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { TeamIndex } from '../../sync/team';
import { coalesced } from '../runtime/coalesced';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { openWithTeam } from '../runtime/openWithTeam';
import { checkpoint, type ActivityServices, type OpenConnector } from '../runtime/services';
import { addUngranted, noneUngranted, type UngrantedPart } from './ungranted';

/** Files in one call, Dropbox's limit. */
const FILES_PER_BATCH = 100;
/** Batches at the same time, also of one delegate: the budget of each member limits their calls. */
const CONCURRENT_BATCHES = 8;
/** Files whose members one activity reads: fifty calls. */
export const FILES_PER_ACTIVITY = 5000;

/** The activity that reads the member lists of single files. */
export function fileMemberActivities(services: ActivityServices) {
  return {
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
      const write = async (entries: SharedEntry[], answers: ReadonlyMap<string, FileMembersAnswer>): Promise<void> => {
        await askForUnread(open, entries, answers, groups);
        await writeLists(fileMembersRead(entries, answers, team, { ended, ungranted: counts }));
      };
      const failed: { batch: SharedEntry[]; error: unknown }[] = [];
      const ids = [...new Set(due.map(({ namespaceId }) => namespaceId))];
      const namespaces = await readNamespaces(open.graph, connectorId, ids);
      const ended = await endedLists(open, namespaces, due);
      const batches = [...byDelegate(namespaces, due)].flatMap(([delegate, entries]) =>
        [...chunks(entries, FILES_PER_BATCH)].map((batch) => ({ delegate, batch })),
      );
      await mapConcurrently(batches, CONCURRENT_BATCHES, async ({ delegate, batch }) => {
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
  };
}

function byDelegate(
  namespaces: ReadonlyMap<string, NamespaceDocument>,
  entries: SharedEntry[],
): Map<string, SharedEntry[]> {
  const grouped = new Map<string, SharedEntry[]>();
  for (const entry of entries) {
    const delegate = namespaces.get(entry.namespaceId)?.delegate ?? 'admin';
    const group = grouped.get(delegate);
    if (group) group.push(entry);
    else grouped.set(delegate, [entry]);
  }
  return grouped;
}

/**
 * In a namespace that is gone, a list that can't be read has ended, and the file is no dead letter. What a record grants
 * that another entry points to, too, is the list that is read there. By key of the entry: what to store of it.
 */
async function endedLists(
  { graph }: OpenConnector,
  namespaces: ReadonlyMap<string, NamespaceDocument>,
  due: readonly SharedEntry[],
): Promise<Map<string, SharedEntry>> {
  const closed = due.filter(({ namespaceId }) => {
    const namespace = namespaces.get(namespaceId);
    return namespace !== undefined && isClosed(namespace);
  });
  if (closed.length === 0) return new Map();
  const elsewhere = await otherPointers(graph, closed);
  return new Map(
    closed.map((entry) => [entry._key, elsewhere.has(entry._key) ? { ...entry, recordKey: null } : entry]),
  );
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
 * If the members of a file can't be read, its folder may have left the team. Then the file is among those that its
 * members have received. Once its entry is removed nothing shows who they were, so they are asked in the next run.
 */
async function askForUnread(
  { graph, connector }: OpenConnector,
  entries: readonly SharedEntry[],
  answers: ReadonlyMap<string, FileMembersAnswer>,
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
  answers: ReadonlyMap<string, FileMembersAnswer>,
  team: TeamIndex,
  { ended, ungranted: ungrantedTotal }: { ended: ReadonlyMap<string, SharedEntry>; ungranted: UngrantedPart },
): FileLists {
  const read: ReadEntry[] = [];
  const deadLetters: DeadLetter[] = [];
  for (const entry of entries) {
    const answer = answers.get(entry.itemId) ?? { problem: 'not_answered' };
    const end = 'members' in answer ? undefined : ended.get(entry._key);
    if (end) {
      read.push({ entry: end, principals: [] });
      continue;
    }
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

async function askForMembers(actor: DropboxActor, entries: SharedEntry[]): Promise<Map<string, FileMembersAnswer>> {
  try {
    return await actor.fileMembersBatch(entries.map(({ itemId }) => itemId));
  } catch (error) {
    if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    return noAnswers(entries, error);
  }
}

const noAnswers = (entries: SharedEntry[], error: unknown): Map<string, FileMembersAnswer> =>
  new Map(entries.map(({ itemId }) => [itemId, { problem: (error as Error).message }]));
