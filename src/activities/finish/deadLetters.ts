import { activityInfo } from '@temporalio/activity';
import type { RunInput } from '../../contract/activities';
import type { PartCounts } from '../../contract/counts';
import type { DropboxActor } from '../../dropbox';
import { failure, failureDetailsOf, failureTypeOf } from '../../failures';
import { markEntriesDue } from '../../graph/access/sharedEntries';
import { readTeam } from '../../graph/access/team';
import { commitSegment } from '../../graph/entries/commit';
import { readEntries, readEntriesOfItems } from '../../graph/entries/entries';
import { noFileMembers, type FileMembers } from '../../graph/entries/fileMembers';
import {
  isReadableDeadLetter,
  listDeadLetters,
  putDeadLetters,
  removeDeadLetters,
  removeDeadLettersByKey,
} from '../../graph/state/deadLetters';
import { patchNamespaces, readNamespace } from '../../graph/state/namespaces';
import { hasUnknownLevel, principalsOf, unreadableNames } from '../../sync/access';
import { enclosingFolder, type LiveEntry } from '../../sync/folderEntries';
import { entryKey } from '../../sync/keys';
import { relistFromStart } from '../../sync/listingState';
import { isLeaving, isListed, needsRelisting } from '../../sync/namespaceState';
import { RECEIVED_NAMESPACE_ID } from '../../sync/receivedFiles';
import type { DeadLetterDocument, NamespaceDocument } from '../../sync/syncDocuments';
import type { TeamIndex } from '../../sync/team';
import { fileMembersOf, openCommit } from '../listing/listingContext';
import { isIsolatable, isSmallShare } from '../runtime/failureIsolation';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';

const LETTERS_PER_PAGE = 200;

/** The activity that tries dead letters again. */
export function deadLetterActivities(services: ActivityServices) {
  return {
    /**
     * Tries each dead letter again: its item is read by id and committed in a transaction of its own. An item that is
     * gone leaves the list. One that fails again stays, with one more attempt and its latest reason. When many fail
     * because Dropbox does not answer, the activity fails, and the list stays as it is. A repeat continues after the
     * last item that was tried: the list may be too long for the time of one attempt.
     */
    async retryDeadLetters(run: RunInput): Promise<PartCounts> {
      const open = await OpenConnector.open(services, run);
      let teamRead: Promise<TeamIndex> | undefined;
      const team = (): Promise<TeamIndex> => (teamRead ??= readTeam(open.graph, run.connectorId));
      const earlier = activityInfo().heartbeatDetails as RetryProgress | undefined;
      const { after, ...counts } = earlier ?? { after: null, added: 0, updated: 0, moved: 0 };
      let tried = 0;
      let failed = 0;
      for await (const letter of allDeadLetters(open, after)) {
        tried += 1;
        try {
          const part = await retry(open, letter, team);
          counts.added += part.added ?? 0;
          counts.updated += part.updated ?? 0;
          counts.moved += part.moved ?? 0;
        } catch (error) {
          // An answer about the item itself is no sign of an outage, however many items get one.
          if (!isAboutItem(error)) {
            if (!isIsolatable(error)) throw error;
            failed += 1;
            if (!isSmallShare(failed, tried)) throw error;
          }
          const { kind, namespaceId, subject } = letter;
          const again = { kind, namespaceId, subject, reason: (error as Error).message };
          await putDeadLetters(open.graph, open.context(), [again]);
        }
        checkpoint({ after: letter._key, ...counts } satisfies RetryProgress);
      }
      return { ...counts, ...open.calls };
    },
  };
}

/** The key of the dead letter that was tried last, and what became of those up to it. */
type RetryProgress = { after: string } & Record<'added' | 'updated' | 'moved', number>;

const isAboutItem = (error: unknown): boolean => String(failureDetailsOf(error)['reason']).startsWith('path/');

/** Read only when a file has members of its own. */
type ReadTeam = () => Promise<TeamIndex>;

/** All dead letters after a key, read a page at a time. A letter that is put back during the walk is not met again. */
async function* allDeadLetters(
  { graph, connector }: OpenConnector,
  first: string | null,
): AsyncGenerator<DeadLetterDocument> {
  for (let after = first; ;) {
    const letters: DeadLetterDocument[] = await listDeadLetters(graph, connector._key, after, LETTERS_PER_PAGE);
    yield* letters;
    const last = letters.at(-1);
    if (!last || letters.length < LETTERS_PER_PAGE) return;
    after = last._key;
  }
}

async function retry(open: OpenConnector, letter: DeadLetterDocument, team: ReadTeam): Promise<PartCounts> {
  if (!isReadableDeadLetter(letter)) return retryUnreadable(open, letter);
  switch (letter.kind) {
    case 'entry':
      return retryEntry(open, letter, team);
    case 'fileMembers':
      return retryFileMembers(open, letter);
    case 'member':
      // They are asked again in each run until what they received can be read.
      return forget(open, letter);
    case 'group':
      // Every run compares the groups with what their members say. A group that fails again comes back to the list.
      return forget(open, letter);
    default:
      // A kind of another version of this connector stays on the list.
      letter.kind satisfies never;
      return {};
  }
}

async function forget({ graph, connector }: OpenConnector, letter: DeadLetterDocument): Promise<PartCounts> {
  await removeDeadLetters(graph, connector._key, [letter]);
  return {};
}

/**
 * Handles a letter that does not say which item it is about: its namespace is listed from the start, which stores the
 * item, or puts it on the list again. Every run compares groups and members anyway. A letter that does not even name
 * its namespace stays.
 */
async function retryUnreadable(open: OpenConnector, letter: DeadLetterDocument): Promise<PartCounts> {
  const { graph, connector } = open;
  const { kind, namespaceId } = letter;
  if (kind !== 'group' && kind !== 'member') {
    if (typeof namespaceId !== 'string') return {};
    const namespace = await readNamespace(graph, connector._key, namespaceId);
    if (namespace && isListed(namespace) && !needsRelisting(namespace))
      await patchNamespaces(graph, open.context(), [relistFromStart(namespace)]);
  }
  await removeDeadLettersByKey(graph, [letter._key]);
  return {};
}

/**
 * The sharing phase reads the members again, and takes the file off the list or counts one more attempt. Where the file is
 * in another namespace by now, its members were read when it was found there. Dropbox does not list those of a received
 * file.
 */
async function retryFileMembers(open: OpenConnector, letter: DeadLetterDocument): Promise<PartCounts> {
  const { subject, namespaceId } = letter;
  const entries = await readEntriesOfItems(open.graph, open.connector._key, [subject]);
  const here = entries.filter(
    (entry) => entry.kind === 'file' && entry.namespaceId === namespaceId && namespaceId !== RECEIVED_NAMESPACE_ID,
  );
  if (here.length === 0) return forget(open, letter);
  const keys = here.map(({ _key }) => _key);
  await markEntriesDue(open.graph, keys);
  return {};
}

async function retryEntry(open: OpenConnector, letter: DeadLetterDocument, team: ReadTeam): Promise<PartCounts> {
  const { graph, connector } = open;
  const { namespaceId } = letter;
  const namespace = namespaceId === null ? null : await readNamespace(graph, connector._key, namespaceId);
  if (namespace?.delegate == null || isLeaving(namespace)) return forget(open, letter);
  const actor = await open.as(namespace.delegate);
  try {
    const entry = await actor.itemIn(namespace.namespaceId, letter.subject);
    // It is gone, or another namespace contains it, whose own listing shows it.
    if (entry === null) {
      await relistIfStored(open, namespace, letter.subject);
      return await forget(open, letter);
    }
    requireKnownPlace(namespace, entry);
    const fileMembers = await fileMembersNow(actor, entry, team);
    // With the fencing token, so that nothing is overwritten that a listing has stored since the namespace was read.
    const commit = openCommit(open, namespace, namespace.attempt);
    const counts = await commitSegment(commit, { kind: 'live', entries: [entry] }, fileMembers);
    if (counts.deadLetters === 0) await forget(open, letter);
    return { ...counts, deadLetters: 0 };
  } catch (error) {
    if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
    return {};
  }
}

/**
 * The cursor has passed an entry that could not be read, and that may have meant that the item is gone. Nothing else
 * would remove what is stored of the item, so the namespace is listed from the start, which asks the deletion guard.
 */
async function relistIfStored(open: OpenConnector, namespace: NamespaceDocument, subject: string): Promise<void> {
  const { graph, connector } = open;
  const { namespaceId } = namespace;
  if (needsRelisting(namespace)) return;
  const atPath = await readEntries(graph, [entryKey(connector._key, namespaceId, subject)]);
  const stored = [...atPath, ...(await readEntriesOfItems(graph, connector._key, [subject]))];
  if (!stored.some((entry) => entry.namespaceId === namespaceId)) return;
  await patchNamespaces(graph, open.context(), [relistFromStart(namespace)]);
}

/**
 * Refuses an item whose place is not known: from the root of a team space its members' folders can be seen, too, and
 * their items name no shared folder. @throws DropboxUnexpected
 */
function requireKnownPlace({ kind }: NamespaceDocument, entry: LiveEntry): void {
  if (kind !== 'team_root' || enclosingFolder(entry) !== undefined) return;
  const details = { reason: 'path/no_shared_folder' };
  throw failure('DropboxUnexpected', 'Dropbox does not say which folder contains it', { details });
}

/** The member list of the file now. If it can't be read completely, the file is due for the sharing phase. */
async function fileMembersNow(actor: DropboxActor, entry: LiveEntry, readTeamOnce: ReadTeam): Promise<FileMembers> {
  if (entry['.tag'] !== 'file' || !entry.has_explicit_shared_members) return noFileMembers;
  const answer = (await actor.fileMembersBatch([entry.id])).get(entry.id);
  const due = new Set([entry.id]);
  if (!answer || !('members' in answer)) return { ...noFileMembers, due };
  const { members } = answer;
  const team = await readTeamOnce();
  const isRead = unreadableNames(members) === undefined && !hasUnknownLevel(members);
  return fileMembersOf(new Map([[entry.id, principalsOf(members, team).principals]]), team, isRead ? undefined : due);
}
