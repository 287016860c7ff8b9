import type { ReceivedFile } from '../../dropbox';
import { commitSegment, noCommitCounts, addCounts, removeEntries, type CommitCounts } from '../../graph/entries/commit';
import { readEntriesOfItems, readSubtree, walkSubtree } from '../../graph/entries/entries';
import { walkEntries } from '../../graph/entries/filterEntries';
import { allMembers, storeReceivedFilesKeys } from '../../graph/access/members';
import { putNamespaces, readNamespace } from '../../graph/state/namespaces';
import { groupId, userId } from '../../graph/driver/context';
import { orphanSharers } from '../../graph/entries/orphans';
import { groupKeys, principalIndex } from '../../graph/access/memberIndex';
import { removeRecordGroup, writeRecordGroups } from '../../graph/access/recordGroups';
import { putDeadLetters } from '../../graph/state/deadLetters';
import { markEntriesDue } from '../../graph/access/sharedEntries';
import { failureTypeOf } from '../../failures';
import { higherRole, roleOf } from '../../sync/access';
import type { EntryDocument, NamespaceDocument, Principal } from '../../sync/documents';
import { keyOfSet } from '../../sync/keys';
import type { LiveEntry } from '../../sync/folderEntries';
import { newNamespace } from '../team/discovery';
import { fileMembersOf, openCommit } from '../listing/listingContext';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { chunks } from '../../chunks';

/** The place of files that lie outside the team: a record group that grants nobody anything by itself. */
export const RECEIVED_NAMESPACE_ID = 'received';
const READ_TOGETHER = 8;

interface Received {
  file: ReceivedFile;
  principals: Principal[];
}

/** What was found in the lists of received files, and what is to be noted of those whose lists they are. */
export interface Found {
  files: Map<string, Received>;
  notes: { teamMemberId: string; receivedAs: string | null }[];
  /** Whether all active members were asked. */
  everybody: boolean;
}

/**
 * What the active members have received; null when there is nothing to look for. All are asked in a full sync, when an
 * event pointed to a received file, and when the last reading is too old; else only those who became active or belong to
 * other groups since, and those with whom a file was shared that no listing shows any more, since it may lie outside now;
 * beside what is stored of the others. A member who can't be asked grants nothing: one who has left meanwhile, or whose
 * list can't be read whatever is tried, which is a dead letter.
 */
export async function findReceived(open: OpenConnector, full: boolean): Promise<Found | null> {
  const { graph, connector, services } = open;
  const place = await readNamespace(graph, connector._key, RECEIVED_NAMESPACE_ID);
  const everybody = full || (place?.membersReadAt ?? 0) <= services.now() - services.membersMaxAge;
  const ask: string[] = [];
  const notes: Found['notes'] = [];
  const lost = await orphanSharers(graph, connector._key);
  const lostGroups = new Set<string>();
  if (lost.size > 0) {
    for (const [id, key] of await groupKeys(graph, connector._key)) if (lost.has(groupId(key))) lostGroups.add(id);
  }
  for await (const batch of allMembers(graph, connector._key)) {
    for (const { teamMemberId, status, userKey, groupIds, receivedAs: before } of batch) {
      const receivedAs = keyOfSet(groupIds);
      if (status !== 'active') {
        if (typeof before === 'string') notes.push({ teamMemberId, receivedAs: null });
        continue;
      }
      if (before !== receivedAs) notes.push({ teamMemberId, receivedAs });
      const hasLost = lost.has(userId(userKey ?? '')) || groupIds.some((id) => lostGroups.has(id));
      if (everybody || hasLost || before !== receivedAs) ask.push(teamMemberId);
    }
  }
  if (!everybody && ask.length + notes.length === 0) return null;
  const files = new Map<string, Received>();
  const failed: { teamMemberId: string; error: unknown }[] = [];
  for (const batch of chunks(ask, READ_TOGETHER)) {
    await Promise.all(
      batch.map(async (teamMemberId) => {
        try {
          await readReceived(open, teamMemberId, files);
        } catch (error) {
          if (!isIsolatable(error)) throw error;
          failed.push({ teamMemberId, error });
        }
      }),
    );
    checkpoint();
  }
  if (failed.length > 0 && !shouldIsolate(failed, ask.length)) throw failed[0]?.error;
  const letters = failed.map(({ teamMemberId, error }) => ({
    kind: 'member' as const,
    namespaceId: RECEIVED_NAMESPACE_ID,
    subject: teamMemberId,
    reason: `what was shared with this member can't be read (${(error as Error).message})`,
  }));
  await putDeadLetters(graph, open.context(), letters);
  const known = new Set([...ask, ...notes.map(({ teamMemberId }) => teamMemberId)]);
  if (!everybody) await addStored(open, known, files);
  const unread = new Set(letters.map(({ subject }) => subject));
  return { files, everybody, notes: notes.filter(({ teamMemberId }) => !unread.has(teamMemberId)) };
}

/** What is stored of those of whom nothing else is known now. */
async function addStored(open: OpenConnector, known: ReadonlySet<string>, files: Map<string, Received>): Promise<void> {
  for await (const page of walkEntries(open.graph, open.connector._key, RECEIVED_NAMESPACE_ID)) {
    for (const { itemId, facts, principals = [] } of page) {
      const others = principals.filter(({ id }) => !known.has(id));
      if (others.length === 0) continue;
      const file = files.get(itemId);
      if (file) for (const principal of others) addPrincipal(file.principals, principal);
      else files.set(itemId, { file: storedFile(itemId, facts), principals: others });
    }
  }
}

/** As much of a received file as its entry keeps. */
const storedFile = (fileId: string, { name, modified }: EntryDocument['facts']): ReceivedFile => ({
  fileId,
  name,
  parentSharedFolderId: null,
  pathLower: null,
  accessLevel: null,
  ownerTeamId: null,
  timeInvited: modified === null ? null : new Date(modified).toISOString(),
});

async function readReceived(open: OpenConnector, teamMemberId: string, found: Map<string, Received>): Promise<void> {
  try {
    for await (const page of (await open.as(teamMemberId)).receivedFiles()) {
      for (const file of page) {
        const role = roleOf(file.accessLevel ?? 'other');
        if (role === null) continue;
        const known = found.get(file.fileId);
        const principal: Principal = { id: teamMemberId, kind: 'user', role };
        if (!known) found.set(file.fileId, { file, principals: [principal] });
        else addPrincipal(known.principals, principal);
      }
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

/** Makes the record group of received files equal to what was found, less what the team's own listings show. */
export async function putReceived(
  open: OpenConnector,
  { files: found, notes, everybody }: Found,
  runId: string,
): Promise<CommitCounts> {
  const { graph, connector, services } = open;
  const total = noCommitCounts();
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
  const place = await readNamespace(graph, connector._key, RECEIVED_NAMESPACE_ID);
  // Read is what has been stored: a repeat after a crash has to look again.
  const namespace = { ...(place ?? receivedNamespace(open)), membersReadAt: 0 };
  const read = { ...namespace, membersReadAt: everybody ? services.now() : (place?.membersReadAt ?? 0) };
  if (found.size === 0 && !(await hasEntries(open))) {
    // Nothing to show: only that it was looked for. The record group comes with the first file.
    await putNamespaces(graph, [read]);
    await storeReceivedFilesKeys(graph, connector._key, notes);
    return total;
  }
  const index = await principalIndex(graph, connector._key);
  await writeRecordGroups(graph, open.context(), [namespace], index);
  const explicit = new Map([...found].map(([id, { principals }]) => [id, principals]));
  const fileMembers = fileMembersOf(explicit, index);
  const commit = openCommit(open, namespace, runId);
  for (const batch of chunks([...found.values()], commit.batchSize)) {
    const segment = { kind: 'live' as const, entries: batch.map(({ file }) => entryOf(file)) };
    addCounts(total, await commitSegment(commit, segment, fileMembers));
  }
  for await (const page of walkSubtree(graph, connector._key, RECEIVED_NAMESPACE_ID, '')) {
    const gone = page.filter(({ itemId }) => !found.has(itemId));
    for (const batch of chunks(gone, commit.batchSize)) addCounts(total, await removeEntries(commit, batch));
  }
  if (found.size === 0) {
    // An empty place is shown to nobody.
    const { revoked } = await removeRecordGroup(graph, connector._key, RECEIVED_NAMESPACE_ID);
    total.revoked += revoked;
  }
  await putNamespaces(graph, [read]);
  await storeReceivedFilesKeys(graph, connector._key, notes);
  return total;
}

/** A file of the team that somebody received, though its stored list does not name him: the list is to be read again. */
const isGrantedOtherwise = ({ principals = [] }: EntryDocument, receivers: readonly Principal[]): boolean =>
  receivers.some(({ id }) => !principals.some((principal) => principal.id === id));

const receivedNamespace = (open: OpenConnector): NamespaceDocument => ({
  ...newNamespace(open, {
    namespaceId: RECEIVED_NAMESPACE_ID,
    kind: 'received',
    name: 'Files received from outside',
    ownerMemberId: null,
    externalGroupId: RECEIVED_NAMESPACE_ID,
    principals: [],
  }),
  work: 'none',
});

const hasEntries = async (open: OpenConnector): Promise<boolean> =>
  (await readSubtree(open.graph, open.connector._key, RECEIVED_NAMESPACE_ID, '', 1)).length > 0;

/**
 * A received file as an entry. Dropbox tells its name and id, not its size or revision: asking for those would be a call
 * for each file. Its content is read when it is asked for.
 */
function entryOf(file: ReceivedFile): LiveEntry {
  const invited = file.timeInvited ?? '1970-01-01T00:00:00Z';
  return {
    '.tag': 'file',
    id: file.fileId,
    name: file.name,
    path_lower: `/${file.fileId.toLowerCase()}`,
    path_display: `/${file.name}`,
    rev: '000000000',
    size: 0,
    client_modified: invited,
    server_modified: invited,
    is_downloadable: true,
    has_explicit_shared_members: true,
  };
}
