import { randomUUID } from 'node:crypto';
import { chunks } from '../../chunks';
import type { ReceivedFile } from '../../dropbox';
import { failureTypeOf } from '../../failures';
import { patchMembers } from '../../graph/access/members';
import { removeRecordGroupsOf, writeRecordGroups } from '../../graph/access/recordGroups';
import {
  markEntriesDue,
  receivedBy,
  storeNotSeen,
  writeFilePrincipals,
  type ReadEntry,
} from '../../graph/access/sharedEntries';
import { readSharingState } from '../../graph/access/sharingState';
import { inTransaction } from '../../graph/driver/graph';
import { commitSegment } from '../../graph/entries/commit';
import { addCounts, noCommitCounts, type CommitContext } from '../../graph/entries/commitContext';
import { otherPointers, readSubtree, walkSubtree } from '../../graph/entries/entries';
import { removeEntries } from '../../graph/entries/removal';
import { patchNamespaces, putNamespaces, readNamespace, readNamespaces } from '../../graph/state/namespaces';
import { higherRole, isUnknownLevel, roleOf, samePrincipals } from '../../sync/access';
import { filterFactsOf, type LiveEntry } from '../../sync/folderEntries';
import { entryKey } from '../../sync/keys';
import type { ReceivedNote } from '../../sync/memberState';
import { isClosed, isNotSeen } from '../../sync/namespaceState';
import { isConfirmed, type Miss } from '../../sync/notSeen';
import { LIVE_GENERATION } from '../../sync/planTypes';
import {
  RECEIVED_NAMESPACE_ID,
  receivedFilesRead,
  receivedFilesReading,
  receivedNamespace,
} from '../../sync/receivedFiles';
import type { EntryDocument, NamespaceDocument, Principal } from '../../sync/syncDocuments';
import type { TeamIndex } from '../../sync/team';
import { ReceivedGuard } from '../guard/receivedGuard';
import { fileMembersOf, openCommit } from '../listing/listingContext';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { EntryReadAhead } from './entryReadAhead';
import { earliest, receivedEntryOf, firstInvited, receivedPath } from './receivedEntry';
import { noneUngranted } from './ungranted';

const NOTES_PER_TRANSACTION = 1000;

export type TeamOfReceivers = Pick<TeamIndex, 'vertexOf' | 'isActive'>;

/** The stored files that members received from outside the team, without those that the team's own listings show. */
export class ReceivedFiles {
  readonly counts = { ...noCommitCounts(), ...noneUngranted() };
  /** Members whose lists have files without a name or an id. The access to these stays as it is. */
  readonly readInPart = new Set<string>();
  /** Members whose lists have an access level that is unknown to this version. It grants nothing. */
  readonly levelsUnknown = new Set<string>();
  /** Members whose lists differ from what is stored: one answer may be wrong. */
  readonly changed = new Set<string>();
  /** Whether every list was read to its end, with an id for each file. Otherwise any file may be in a list. */
  isComplete = true;
  /** Whether the record group of received files exists, as it does while one of them is stored. */
  private hasGroup = false;
  /** Files that no list shows any more, by the key of their entry: the next run asks everyone once more. */
  private readonly notSeen = new Set<string>();
  /** Files that a list shows without a name or with an unknown level, by the key of their entry: they are not gone. */
  private readonly listedInPart = new Set<string>();
  /** Several members may have received one file, so their pages are written one at a time. */
  private writing: Promise<unknown> = Promise.resolve();
  private readonly ahead: EntryReadAhead;
  private readonly guard: ReceivedGuard;
  private readonly run: Miss;

  private constructor(
    private readonly open: OpenConnector,
    private readonly team: TeamOfReceivers,
    private readonly namespace: NamespaceDocument,
    /** The namespace as it was stored when the reading began, if it was. */
    private readonly since: ReadonlyMap<string, NamespaceDocument>,
    private readonly commit: CommitContext,
  ) {
    this.guard = new ReceivedGuard(open, namespace.allowed);
    this.run = open.miss();
    this.ahead = new EntryReadAhead(open.graph, open.connector._key);
  }

  static async open(
    open: OpenConnector,
    team: TeamOfReceivers,
    stored: NamespaceDocument | null,
    { full }: { full: boolean },
  ): Promise<ReceivedFiles> {
    const reading = receivedFilesReading(randomUUID());
    if (stored !== null) await patchNamespaces(open.graph, open.context(), [reading]);
    const known = { ...(stored ?? receivedNamespace(open.context())), ...reading };
    // Until the last write it counts as not read, so that a repeat after a crash looks again.
    const namespace = receivedFilesRead(known, 0);
    const since = new Map(stored === null ? [] : [[RECEIVED_NAMESPACE_ID, known]]);
    const commit = openCommit(open, namespace, reading.attempt);
    const generation = full ? `received/${open.runId}` : LIVE_GENERATION;
    const files = new ReceivedFiles(open, team, namespace, since, { ...commit, generation });
    if (await files.hasEntries()) await files.requireGroup();
    return files;
  }

  /** Stores page by page what a member received, then removes what they no longer receive. */
  async readFilesOf(teamMemberId: string): Promise<void> {
    const seen = new Set<string>();
    let isWhole = true;
    const refuse = (fileId: string | null): void => {
      this.readInPart.add(teamMemberId);
      if (fileId === null) isWhole = false;
      else {
        seen.add(this.keyOf(fileId));
        this.listedInPart.add(this.keyOf(fileId));
      }
    };
    try {
      for await (const page of (await this.open.as(teamMemberId)).receivedFiles(refuse)) {
        this.ahead.announce(page.map(({ fileId }) => fileId));
        await this.inTurn(() => this.writePage(teamMemberId, page, seen));
      }
    } catch (error) {
      if (failureTypeOf(error) !== 'NamespaceUnreachable') throw error;
      seen.clear();
      isWhole = true;
    }
    if (isWhole) await this.inTurn(() => this.removeMissing(teamMemberId, seen));
    else this.isComplete = false;
  }

  /** Takes a member away from the files that they received, except from these entries (by key). */
  async removeMissing(teamMemberId: string, seen: ReadonlySet<string>): Promise<void> {
    if (!this.hasGroup) return;
    for await (const entries of receivedBy(this.open.graph, this.open.connector._key, teamMemberId)) {
      const missing = entries.filter(({ _key }) => !seen.has(_key));
      if (missing.length > 0) this.changed.add(teamMemberId);
      await this.restrict(missing, ({ id }) => id !== teamMemberId && this.team.isActive(id));
    }
  }

  /**
   * Leaves only these members on the files: to be called once all of them were asked. A file that no list shows, in this
   * run and in an earlier one, is gone, if all lists could be read (`isComplete`), unless the deletion guard holds it.
   */
  async keepOnly(members: ReadonlySet<string>): Promise<void> {
    // Nothing is stored.
    if (!this.hasGroup) return;
    const isKept = ({ id }: Principal): boolean => members.has(id);
    const isGone = ({ _key, notSeen }: EntryDocument): boolean =>
      this.isComplete && !this.listedInPart.has(_key) && isConfirmed(notSeen, this.run);
    const isStray = ({ _key, notSeen, principals = [] }: EntryDocument): boolean =>
      principals.length === 0 ? !this.listedInPart.has(_key) || notSeen !== undefined : !principals.every(isKept);
    const mayRemove = await this.guard.mayRemoveConfirmed(isGone);
    for await (const page of walkSubtree(this.open.graph, this.namespace)) {
      if (mayRemove) await this.remove(page.filter(isGone));
      await this.restrict(
        page.filter((entry) => !isGone(entry) && isStray(entry)),
        isKept,
      );
      checkpoint();
    }
  }

  /**
   * Stores when the lists were read (`readAt`, ms), what is left of problems and approvals, and what is noted of the
   * members.
   */
  async finish(readAt: number, everyone: boolean, notes: readonly ReceivedNote[]): Promise<void> {
    const { graph, connector } = this.open;
    // Most teams need one transaction. One for all members of a large team would exceed its size.
    const [lastNotes = [], ...earlierNotes] = chunks(notes, NOTES_PER_TRANSACTION);
    for (const part of earlierNotes) await patchMembers(graph, connector._key, part);
    // A listing may have taken over the last received file.
    await removeEmptyGroup(this.open);
    const missing = this.notSeen.size;
    // Where a list could not be read, the guard was not asked, and an operator's answer still holds.
    const isHeld = this.guard.isHeld || !this.isComplete;
    await inTransaction(graph, ['dropboxNamespaces', 'dropboxMembers'], async (tx) => {
      // The deletion guard has stored what it holds meanwhile, and an operator may answer at any moment.
      const stored = (await readNamespace(tx, connector._key, RECEIVED_NAMESPACE_ID)) ?? this.namespace;
      const isStale = stored.attempt !== this.namespace.attempt;
      const read = receivedFilesRead({ ...stored, allowed: null }, readAt, { missing, everyone, isHeld, isStale });
      await putNamespaces(tx, [read]);
      await patchMembers(tx, connector._key, lastNotes);
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.writing.then(work);
    this.writing = done.catch(() => undefined);
    return done;
  }

  private async writePage(teamMemberId: string, page: readonly ReceivedFile[], seen: Set<string>): Promise<void> {
    const granted = this.grantsOn(page, teamMemberId);
    if (granted.size === 0) return;
    const { received, listed, mayLeave } = await this.storedEntries(granted);
    if (mayLeave) this.changed.add(teamMemberId);
    for (const itemId of listed) granted.delete(itemId);
    const changed: { entry: LiveEntry; principals: Principal[] }[] = [];
    for (const { file, principals } of granted.values()) {
      const known = received.get(file.fileId) ?? [];
      const others = known.flatMap((entry) => entry.principals ?? []).filter(({ id }) => id !== teamMemberId);
      const entry = receivedEntryOf({ ...file, timeInvited: firstInvited(file, known) });
      const key = this.keyOf(file.fileId);
      const same = known.find(({ _key }) => _key === key);
      // On a page before, the file had another access level.
      if (seen.has(key)) addAll(principals, same?.principals?.filter(({ id }) => id === teamMemberId) ?? []);
      seen.add(key);
      this.notSeen.delete(key);
      addAll(principals, others);
      if (same?.principals?.some(({ id }) => id === teamMemberId) !== true) this.changed.add(teamMemberId);
      if (!same || !this.isWritten(same, entry, principals)) changed.push({ entry, principals });
    }
    for (const batch of chunks(changed, this.commit.batchSize)) {
      await this.requireGroup();
      const explicit = new Map(batch.map(({ entry, principals }) => [entry.id, principals]));
      const segment = { kind: 'live' as const, entries: batch.map(({ entry }) => entry) };
      this.ahead.forget();
      addCounts(this.counts, await commitSegment(this.commit, segment, fileMembersOf(explicit, this.team)));
    }
  }

  /** The files of a page to which the member has access, by id. Other levels are counted and noted. */
  private grantsOn(
    page: readonly ReceivedFile[],
    teamMemberId: string,
  ): Map<string, { file: ReceivedFile; principals: Principal[] }> {
    const granted = new Map<string, { file: ReceivedFile; principals: Principal[] }>();
    for (const file of page) {
      const level = file.accessLevel ?? 'other';
      const role = roleOf(level);
      if (role === null) {
        this.counts.ungrantedLevels += 1;
        if (!isUnknownLevel(level)) continue;
        this.levelsUnknown.add(teamMemberId);
        this.listedInPart.add(this.keyOf(file.fileId));
        continue;
      }
      const before = granted.get(file.fileId);
      const principals = before?.principals ?? [];
      addPrincipal(principals, { id: teamMemberId, kind: 'user', role });
      granted.set(file.fileId, {
        file: { ...file, timeInvited: earliest(before ? [file, before.file] : [file]) },
        principals,
      });
    }
    return granted;
  }

  /**
   * The stored entries of these files as received ones, by file id. `listed`: files that a listing of the team shows.
   * The member list of such a file becomes due if it does not name the receiver; its entry as a received file, if there
   * is one, no longer counts as seen. `mayLeave`: one of them is in a folder that may be gone for the team.
   */
  private async storedEntries(
    granted: ReadonlyMap<string, { principals: readonly Principal[] }>,
  ): Promise<{ received: Map<string, EntryDocument[]>; listed: Set<string>; mayLeave: boolean }> {
    const { graph, connector } = this.open;
    const received = new Map<string, EntryDocument[]>();
    const listed = new Set<string>();
    const due: string[] = [];
    const doubtful = new Set<string>();
    for (const entry of await this.ahead.entriesOf([...granted.keys()])) {
      const { itemId } = entry;
      if (entry.namespaceId === RECEIVED_NAMESPACE_ID) {
        received.set(itemId, [...(received.get(itemId) ?? []), entry]);
        continue;
      }
      // Of two entries that list one file, the first one decides.
      if (!listed.has(itemId) && isGrantedOtherwise(entry, granted.get(itemId)?.principals ?? [])) {
        due.push(entry._key);
        doubtful.add(entry.namespaceId);
      }
      listed.add(itemId);
    }
    await markEntriesDue(graph, due);
    const namespaces = await readNamespaces(graph, connector._key, [...doubtful]);
    return { received, listed, mayLeave: [...namespaces.values()].some((one) => isNotSeen(one) || isClosed(one)) };
  }

  private isWritten(
    { facts, mark, recordKey, ...stored }: EntryDocument,
    entry: LiveEntry,
    principals: Principal[],
  ): boolean {
    const { generation } = this.commit;
    const { name, modified } = filterFactsOf(entry);
    return (
      recordKey !== null &&
      facts.name === name &&
      facts.modified === modified &&
      (generation === LIVE_GENERATION || mark === generation) &&
      samePrincipals(stored.principals ?? [], principals)
    );
  }

  /**
   * A file that is left without a receiver stays, and grants nothing, until a later run confirms that it is gone. It is
   * gone at once when no active member is left whom it was shared with, unless the deletion guard holds it. If the file
   * has another entry, this one is removed. A file that a list shows in part stays, also without a receiver.
   */
  private async restrict(entries: readonly EntryDocument[], isKept: (one: Principal) => boolean): Promise<void> {
    if (entries.length === 0) return;
    this.ahead.forget();
    const { graph } = this.open;
    const listed = await otherPointers(graph, entries);
    const kept: ReadEntry[] = [];
    const listedElsewhere: EntryDocument[] = [];
    const gone: EntryDocument[] = [];
    const notSeen: EntryDocument[] = [];
    for (const entry of entries) {
      const { _key, principals = [] } = entry;
      const left = principals.filter(isKept);
      // An entry without principals is of a file that no list shows, or only in part: it may have receivers.
      const hasReceiver = principals.length === 0 || principals.some(({ id }) => this.team.isActive(id));
      if (listed.has(_key)) listedElsewhere.push(entry);
      else if (this.listedInPart.has(_key)) {
        this.notSeen.delete(_key);
        kept.push({ entry: { ...entry, principals }, principals: left, notSeen: null });
      } else if (!hasReceiver) gone.push(entry);
      else if (left.length === 0) notSeen.push(entry);
      else kept.push({ entry: { ...entry, principals }, principals: left });
    }
    await this.remove(listedElsewhere);
    if (await this.guard.mayRemoveAbandoned(gone)) await this.remove(gone);
    else notSeen.push(...gone);
    for (const { _key } of notSeen) this.notSeen.add(_key);
    const { batchSize } = this.commit;
    for (const batch of chunks(notSeen, batchSize))
      this.counts.revoked += (await storeNotSeen(graph, this.open.context(), batch, this.run, this.team)).revoked;
    for (const batch of chunks(kept, batchSize)) {
      const { granted, revoked } = await writeFilePrincipals(graph, this.open.context(), batch, this.team);
      this.counts.granted += granted;
      this.counts.revoked += revoked;
    }
  }

  private keyOf(fileId: string): string {
    return entryKey(this.open.connector._key, RECEIVED_NAMESPACE_ID, receivedPath(fileId));
  }

  private async remove(entries: readonly EntryDocument[]): Promise<void> {
    if (entries.length > 0) this.ahead.forget();
    for (const batch of chunks(entries, this.commit.batchSize))
      addCounts(this.counts, await removeEntries(this.commit, batch));
  }

  /** Creates the record group, with the first file. */
  private async requireGroup(): Promise<void> {
    if (this.hasGroup) return;
    await writeRecordGroups(this.open.graph, this.open.context(), [this.namespace], this.team, this.since);
    this.hasGroup = true;
  }

  private async hasEntries(): Promise<boolean> {
    return (await readSubtree(this.open.graph, this.namespace, { limit: 1 })).length > 0;
  }
}

/**
 * Removes the record group of received files if none is stored, since PipesHub would show it empty. Their namespace
 * stays, since it holds when everyone was asked.
 */
export async function removeEmptyGroup(open: OpenConnector): Promise<void> {
  const { graph, connector } = open;
  const { received, isEmptied } = await readSharingState(graph, connector._key);
  if (received === null || !isEmptied) return;
  await removeRecordGroupsOf(graph, received);
}

const addAll = (principals: Principal[], more: readonly Principal[]): void => {
  for (const principal of more) addPrincipal(principals, principal);
};

function addPrincipal(principals: Principal[], principal: Principal): void {
  const known = principals.find(({ id }) => id === principal.id);
  if (known) known.role = higherRole(known.role, principal.role);
  else principals.push({ ...principal });
  principals.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whether someone received a file of the team whose stored member list does not name them. It has to be read again. */
const isGrantedOtherwise = ({ principals = [] }: EntryDocument, receivers: readonly Principal[]): boolean =>
  receivers.some(({ id }) => !principals.some((principal) => principal.id === id));
