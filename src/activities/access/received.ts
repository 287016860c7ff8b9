import type { ReceivedFile } from '../../dropbox';
import { commitSegment } from '../../graph/entries/commit';
import { noCommitCounts, addCounts, type CommitCounts } from '../../graph/entries/commitContext';
import { removeEntries } from '../../graph/entries/removal';
import { readEntriesOfItems, readSubtree, walkEntries } from '../../graph/entries/entries';
import { allMembers, patchMembers } from '../../graph/access/members';
import { putNamespaces, readNamespace } from '../../graph/state/namespaces';
import { groupId, userId } from '../../graph/driver/context';
import { orphanSharers } from '../../graph/entries/orphans';
import { removeRecordGroup, writeRecordGroups } from '../../graph/access/recordGroups';
import { groupKeys } from '../../graph/access/team';
import { putDeadLetters } from '../../graph/state/deadLetters';
import { markEntriesDue, storeNotSeen } from '../../graph/access/sharedEntries';
import { failureTypeOf } from '../../failures';
import { mapConcurrently } from '../../mapConcurrently';
import { higherRole, roleOf } from '../../sync/access';
import type { EntryDocument, NotSeen, Principal } from '../../sync/documents';
import type { LiveEntry } from '../../sync/folderEntries';
import { isActive, receivedFilesNote } from '../../sync/memberState';
import { RECEIVED_NAMESPACE_ID, receivedFilesRead, receivedNamespace } from '../../sync/receivedFiles';
import { TeamIndex } from '../../sync/team';
import { fileMembersOf, openCommit } from '../listing/listingContext';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { each } from '../runtime/each';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { noneUngranted, type UngrantedPart } from './ungranted';
import { chunks } from '../../chunks';

/** Members whose lists are read at the same time. Each member has a rate limit of their own. */
const READ_CONCURRENTLY = 8;

interface Received {
  file: ReceivedFile;
  /** Members only: Dropbox lists received files for each member. */
  principals: Principal[];
}

export interface FoundReceivedFiles {
  files: Map<string, Received>;
  notes: NonNullable<ReturnType<typeof receivedFilesNote>>[];
  /** Whether all active members were asked. */
  everyone: boolean;
  /** Whether a member who was asked could not be read. */
  isIncomplete: boolean;
  /** Names on the lists that grant nothing. */
  ungranted: UngrantedPart;
  team: Pick<TeamIndex, 'vertexOf' | 'isActive'>;
}

/**
 * What the active members have received; null when there is nothing to look for. All members are asked in a full sync,
 * when an event pointed to a received file, and when the last reading is too old. Otherwise only those are asked who
 * became active or changed groups since, and those with whom a file was shared that no listing shows any more, since it
 * may lie outside the team now. What is stored of the others stays.
 *
 * A member who can't be asked is granted nothing: one who has left meanwhile, or whose list can't be read, which is a dead
 * letter.
 */
export async function findReceived(open: OpenConnector, full: boolean): Promise<FoundReceivedFiles | null> {
  const { graph, connector, services } = open;
  const stored = await readNamespace(graph, connector._key, RECEIVED_NAMESPACE_ID);
  const everyone = full || (stored?.membersReadAt ?? 0) <= services.now() - services.membersMaxAge;
  const ask: string[] = [];
  const notes: FoundReceivedFiles['notes'] = [];
  const lost = await orphanSharers(graph, connector._key);
  const lostGroups = new Set<string>();
  if (lost.size > 0) {
    for (const [id, key] of await groupKeys(graph, connector._key)) if (lost.has(groupId(key))) lostGroups.add(id);
  }
  const team = new TeamIndex();
  for await (const member of each(allMembers(graph, connector._key))) {
    const { teamMemberId, accountId, email, status, userKey, groupIds } = member;
    team.add({ teamMemberId, accountId, email, status, userKey });
    const note = receivedFilesNote(member);
    if (note) notes.push(note);
    if (!isActive(member)) continue;
    const hasLost = lost.has(userId(userKey ?? '')) || groupIds.some((id) => lostGroups.has(id));
    if (everyone || hasLost || note) ask.push(teamMemberId);
  }
  if (!everyone && ask.length + notes.length === 0) return null;
  const files = new Map<string, Received>();
  const ungranted = noneUngranted();
  const failed: { teamMemberId: string; error: unknown }[] = [];
  await mapConcurrently(ask, READ_CONCURRENTLY, async (teamMemberId) => {
    try {
      await readReceived(open, teamMemberId, files, ungranted);
    } catch (error) {
      if (!isIsolatable(error)) throw error;
      failed.push({ teamMemberId, error });
    }
    checkpoint();
  });
  if (failed.length > 0 && !shouldIsolate(failed, ask.length)) throw failed[0]?.error;
  const deadLetters = failed.map(({ teamMemberId, error }) => ({
    kind: 'member' as const,
    namespaceId: RECEIVED_NAMESPACE_ID,
    subject: teamMemberId,
    reason: `the files that this member received can't be listed: ${(error as Error).message}`,
  }));
  await putDeadLetters(graph, open.context(), deadLetters);
  const known = new Set([...ask, ...notes.map(({ teamMemberId }) => teamMemberId)]);
  if (!everyone) await addStored(open, known, files);
  const unread = new Set(deadLetters.map(({ subject }) => subject));
  const read = notes.filter(({ teamMemberId }) => !unread.has(teamMemberId));
  return { files, everyone, isIncomplete: unread.size > 0, ungranted, notes: read, team };
}

/** Adds what is stored of the members who were not asked, `known` being the others. */
async function addStored(open: OpenConnector, known: ReadonlySet<string>, files: Map<string, Received>): Promise<void> {
  const stored = walkEntries(open.graph, open.connector._key, RECEIVED_NAMESPACE_ID);
  for await (const { itemId, facts, principals = [] } of each(stored)) {
    const others = principals.filter(({ id }) => !known.has(id));
    if (others.length === 0) continue;
    const file = files.get(itemId);
    if (file) for (const principal of others) addPrincipal(file.principals, principal);
    else files.set(itemId, { file: storedFile(itemId, facts), principals: others });
  }
}

const storedFile = (fileId: string, { name, modified }: EntryDocument['facts']): ReceivedFile => ({
  fileId,
  name,
  parentSharedFolderId: null,
  pathLower: null,
  accessLevel: null,
  ownerTeamId: null,
  timeInvited: modified === null ? null : new Date(modified).toISOString(),
});

async function readReceived(
  open: OpenConnector,
  teamMemberId: string,
  found: Map<string, Received>,
  ungranted: UngrantedPart,
): Promise<void> {
  try {
    for await (const file of each((await open.as(teamMemberId)).receivedFiles())) {
      const role = roleOf(file.accessLevel ?? 'other');
      if (role === null) {
        ungranted.ungrantedLevels += 1;
        continue;
      }
      const known = found.get(file.fileId);
      const principal: Principal = { id: teamMemberId, kind: 'user', role };
      if (!known) found.set(file.fileId, { file, principals: [principal] });
      else addPrincipal(known.principals, principal);
    }
  } catch (error) {
    if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
  }
}

function addPrincipal(principals: Principal[], principal: Principal): void {
  const known = principals.find(({ id }) => id === principal.id);
  if (known) known.role = higherRole(known.role, principal.role);
  else principals.push(principal);
  principals.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Makes the record group of received files equal to what was found, without the files that the team's own listings show. */
export async function putReceived(
  open: OpenConnector,
  received: FoundReceivedFiles,
  runId: string,
): Promise<CommitCounts & UngrantedPart> {
  const { files: found, notes, everyone, team } = received;
  const { graph, connector, services } = open;
  const total = { ...noCommitCounts(), ...received.ungranted };
  const ids = [...found.keys()];
  for (const batch of chunks(ids, 500)) {
    const due: string[] = [];
    for (const entry of await readEntriesOfItems(graph, connector._key, batch)) {
      if (entry.namespaceId === RECEIVED_NAMESPACE_ID) continue;
      if (isGrantedOtherwise(entry, found.get(entry.itemId)?.principals ?? [])) due.push(entry._key);
      found.delete(entry.itemId);
    }
    await markEntriesDue(graph, due);
  }
  const stored = await readNamespace(graph, connector._key, RECEIVED_NAMESPACE_ID);
  // Until the last write it counts as not read, so that a repeat after a crash looks again.
  const namespace = receivedFilesRead(stored ?? receivedNamespace(open.context()), 0);
  const readAt = everyone ? services.now() : (stored?.membersReadAt ?? 0);
  if (found.size === 0 && !(await hasEntries(open))) {
    // The record group is made with the first file.
    await putNamespaces(graph, [receivedFilesRead(namespace, readAt)]);
    await patchMembers(graph, connector._key, notes);
    return total;
  }
  await writeRecordGroups(graph, open.context(), [namespace], team);
  const explicit = new Map([...found].map(([id, { principals }]) => [id, principals]));
  const fileMembers = fileMembersOf(explicit, team);
  const commit = openCommit(open, namespace, runId);
  for (const batch of chunks([...found.values()], commit.batchSize)) {
    const segment = { kind: 'live' as const, entries: batch.map(({ file }) => entryOf(file)) };
    addCounts(total, await commitSegment(commit, segment, fileMembers));
  }
  const run = { runId, since: services.now() };
  let waiting = 0;
  for await (const page of walkEntries(graph, connector._key, RECEIVED_NAMESPACE_ID)) {
    const { gone, notSeen } = decideNotFound(page, received, run);
    for (const batch of chunks(gone, commit.batchSize)) addCounts(total, await removeEntries(commit, batch));
    for (const batch of chunks(notSeen, commit.batchSize)) {
      total.revoked += (await storeNotSeen(graph, open.context(), batch, run, team)).revoked;
    }
    waiting += notSeen.length;
  }
  if (found.size === 0 && waiting === 0) {
    // No one is shown an empty record group.
    const { revoked } = await removeRecordGroup(graph, connector._key, RECEIVED_NAMESPACE_ID);
    total.revoked += revoked;
  }
  await putNamespaces(graph, [receivedFilesRead(namespace, readAt, waiting)]);
  await patchMembers(graph, connector._key, notes);
  return total;
}

/**
 * Stored files that no list shows any more. A file is gone when everyone was asked twice, or when no active member is
 * left whom it was shared with. Until then it stays, and grants nothing. An entry at another path than that of its id
 * is no longer needed.
 */
function decideNotFound(
  page: readonly EntryDocument[],
  { files, everyone, isIncomplete, team }: FoundReceivedFiles,
  { runId }: NotSeen,
): { gone: EntryDocument[]; notSeen: EntryDocument[] } {
  const gone: EntryDocument[] = [];
  const missing: EntryDocument[] = [];
  for (const entry of page) {
    const { itemId, path, notSeen, principals = [] } = entry;
    if (files.has(itemId)) {
      if (path !== receivedPath(itemId)) gone.push(entry);
      continue;
    }
    const isConfirmed = notSeen && notSeen.runId !== runId && everyone && !isIncomplete;
    const hasReceiver = notSeen !== undefined || principals.some(({ id }) => team.isActive(id));
    if (isConfirmed || !hasReceiver) gone.push(entry);
    else missing.push(entry);
  }
  return { gone, notSeen: missing };
}

/** Whether someone received a file of the team whose stored member list does not name them. It has to be read again. */
const isGrantedOtherwise = ({ principals = [] }: EntryDocument, receivers: readonly Principal[]): boolean =>
  receivers.some(({ id }) => !principals.some((principal) => principal.id === id));

const hasEntries = async (open: OpenConnector): Promise<boolean> =>
  (await readSubtree(open.graph, open.connector._key, RECEIVED_NAMESPACE_ID, '', 1)).length > 0;

/** Its id, as it is: ids that differ in the case of a letter are two files. */
const receivedPath = (fileId: string): string => `/${fileId}`;

/**
 * A received file as an entry. Dropbox lists its name and id. Its size and revision would cost a call for each file, so
 * they are left out. Its content is read when a reader requests it.
 */
function entryOf(file: ReceivedFile): LiveEntry {
  const invited = file.timeInvited ?? '1970-01-01T00:00:00Z';
  return {
    '.tag': 'file',
    id: file.fileId,
    name: file.name,
    path_lower: receivedPath(file.fileId),
    path_display: `/${file.name}`,
    rev: '000000000',
    size: 0,
    client_modified: invited,
    server_modified: invited,
    is_downloadable: true,
    has_explicit_shared_members: true,
  };
}
