import { chunks } from '../../chunks';
import type { DiscoverResult, PhaseInput } from '../../contract/activities';
import { membersPart } from '../../graph/access/members';
import { countAccessChanges, writeRecordGroups } from '../../graph/access/recordGroups';
import { groupKeysPart } from '../../graph/access/team';
import { isDocumentRefused } from '../../graph/driver/errors';
import { namespacesWithCursors } from '../../graph/state/folderCursors';
import { childNamespaces, patchNamespaces } from '../../graph/state/namespaces';
import { storeProgress } from '../../graph/state/progress';
import { clearUnreadable } from '../../graph/state/readableNamespace';
import { together } from '../../mapConcurrently';
import { samePrincipals } from '../../sync/access';
import { isTooOld } from '../../sync/age';
import { discovered, rediscovered, superseded } from '../../sync/discoveryState';
import type { MemberDocument, NamespaceDocument } from '../../sync/documents';
import { gapLine } from '../../sync/gaps';
import { membersStale } from '../../sync/memberListState';
import { isLeaving, isListed, isUnseen } from '../../sync/namespaceState';
import { teamIndexOf, type PrincipalVertices } from '../../sync/team';
import { countsOf, openWithEvents } from '../access/events';
import { MemberListReader } from '../access/memberListReader';
import { isSmallShare } from '../runtime/failureIsolation';
import { checkpoint, type ActivityServices, type OpenConnector } from '../runtime/services';
import { decideMissing, listedAs } from './missingNamespaces';
import {
  activeMembersKey,
  contradictionOf,
  findNamespaces,
  type TeamMembers,
  type TeamNamespaces,
} from './teamNamespaces';

/** Record groups that one transaction writes: few, since each of them brings its whole member list. */
const GROUPS_PER_BATCH = 50;
/** Namespaces with their member lists that are in memory at once, apart from those that are missing. */
const NAMESPACES_IN_MEMORY = 500;

export function discoveryActivities(services: ActivityServices) {
  return {
    /**
     * Compares the team's namespaces with the stored ones. A new namespace is stored as one to be listed. A known one
     * is corrected where it differs. For one that is missing, `decideMissing` decides whether it is gone. Nothing is
     * written when nothing has changed. Stored ones are read page by page.
     */
    async discoverNamespaces(input: PhaseInput): Promise<DiscoverResult> {
      const { connectorId } = input;
      const members = new Map<string, MemberDocument>();
      const groupKeys = new Map<string, string>();
      const storedParts = [
        membersPart(connectorId, (member) => void members.set(member.teamMemberId, member)),
        groupKeysPart(connectorId, ({ groupId, key }) => void groupKeys.set(groupId, key)),
      ];
      const list = async (open: OpenConnector): Promise<TeamNamespaces> => {
        // The member lists of all folders are read next, as the admin: who that is, is asked meanwhile.
        const admin = (): Promise<unknown> => (input.full ? open.admin() : Promise.resolve());
        const [namespaces] = await together(() => findNamespaces(open, members), admin);
        return namespaces;
      };
      const read = await openWithEvents(services, input, 'team_folders', { list, stored: storedParts });
      const { open, cursor, since, hints, withoutCursor, listed: listedNow } = read;
      const full = input.full || withoutCursor || hints.everything.includes('team_folders');
      const { found } = listedNow;
      const active = activeMembersKey(members.values());
      const team = teamIndexOf(members.values(), groupKeys);
      const hinted = new Set([...hints.teamFolders, ...hints.namespaces]);
      const now = services.now();
      const isStale = ({ namespaceId, membersReadAt }: NamespaceDocument): boolean =>
        full || hinted.has(namespaceId) || isTooOld(membersReadAt, now, services.membersMaxAge);
      const isDue = (known: NamespaceDocument): boolean => isStale(known) || known.readAgain === true;
      // No one could see it when it was last read, and neither the list of active members nor an event has changed that.
      const staysUnseen = (known: NamespaceDocument): boolean => known.unseenBy === active && !isStale(known);

      const writer = new NamespaceWriter(open, team, found.size);
      const relistAll = input.relistAll ?? false;
      const stored = await compareStored({ open, listedNow, members, writer, full, relistAll, isDue, staysUnseen });
      const { missing } = stored;
      for (const [id, namespace] of found) {
        if (stored.ids.has(id)) continue;
        const next = discovered(open.context(), namespace);
        stored.unreadable.delete(next._key);
        writer.add(next);
        if (writer.waiting >= NAMESPACES_IN_MEMORY) await writer.write();
      }
      const gaps = unstoredGaps(listedNow, stored.ids);
      for (const key of stored.unreadable)
        gaps.push(`dropboxNamespaces/${key} is not readable: restore it from a backup, or remove it`);
      await clearUnreadable(open.graph, stored.unreadable);
      // An empty list says nothing about the namespaces that are known. Then none is taken for missing, and the cursor
      // of the events stays, so that the next run reads the same events again.
      const isListRead = !listedNow.isEmpty || missing.length === 0;
      let listsInherited = false;
      if (isListRead) {
        const reader = new MemberListReader(open, team, input.runId);
        const decided = await decideMissing({ open, runId: input.runId, listedNow, reader, isDue }, missing);
        decided.forEach((next, at) => {
          writer.compare(missing[at] as NamespaceDocument, next);
          // Its member list is read next, and a list that was read has no problem.
          if (next.due && next.problem !== null) gaps.push(gapLine(next.namespaceId, next.problem));
        });
        listsInherited = await markNested(open, missing, decided);
      } else gaps.push(`the list of namespaces is empty, although ${missing.length} are known`);
      await writer.write();
      const { refused, counts } = writer;
      if (isListRead)
        await storeProgress(open.graph, open.context(), { points: [{ name: since.name, cursor }], since: [since] });
      const listsDue = stored.listsDue || writer.listsDue || listsInherited;
      const namespaces = { namespaces: found.size, recordGroups: found.size, listsDue };
      return { ...namespaces, ...counts, gaps: [...gaps, ...refused], ...countsOf(hints), ...open.calls };
    },
  };
}

interface Comparison {
  open: OpenConnector;
  listedNow: TeamNamespaces;
  members: TeamMembers;
  writer: NamespaceWriter;
  /** Whether a namespace is written although nothing has changed. */
  full: boolean;
  relistAll: boolean;
  /** Whether the member list has to be read again. */
  isDue: (known: NamespaceDocument) => boolean;
  staysUnseen: (known: NamespaceDocument) => boolean;
}

interface StoredNamespaces {
  ids: Set<string>;
  /** Whether a member list is due from an earlier run. */
  listsDue: boolean;
  /** Those that the lists do not name, and about which Dropbox has to be asked. */
  missing: NamespaceDocument[];
  /** Keys of documents that can't be used. */
  unreadable: Set<string>;
}

/** Compares all stored namespaces with the team's lists, page by page, and writes the differences. */
async function compareStored(comparison: Comparison): Promise<StoredNamespaces> {
  const { open, listedNow, members, writer, full, relistAll, isDue, staysUnseen } = comparison;
  const { found } = listedNow;
  const listedGroups = new Set([...found.values()].map(({ externalGroupId }) => externalGroupId));
  const stored: StoredNamespaces = { ids: new Set(), listsDue: false, missing: [], unreadable: new Set() };
  const onUnreadable = (key: string): void => void stored.unreadable.add(key);
  for await (const page of namespacesWithCursors(open.graph, open.context(), onUnreadable)) {
    for (const { namespace: known, point } of page) {
      const { namespaceId } = known;
      stored.ids.add(namespaceId);
      stored.listsDue ||= known.due;
      const listed = found.get(namespaceId);
      if (listed === undefined) {
        if (known.kind === 'received' || isLeaving(known)) continue;
        if (!listedGroups.has(known.externalGroupId)) {
          stored.missing.push(known);
          continue;
        }
        // A member's folder has got another namespace id and keeps its record group. The former one is removed.
        await patchNamespaces(open.graph, open.context(), [superseded(known)]);
        checkpoint();
        continue;
      }
      if (staysUnseen(known)) continue;
      if (isUnseen(known)) {
        writer.add(discovered(open.context(), listed, known.held), known);
        continue;
      }
      const contradiction = isLeaving(known) ? undefined : contradictionOf(known, listed, members);
      if (contradiction !== undefined && known.problem !== listedAs(contradiction)) {
        // A later run that is answered in the same way believes it.
        listedNow.unknown.set(namespaceId, contradiction);
        stored.missing.push(known);
        continue;
      }
      const hasCursor = point !== null;
      const next = rediscovered(known, listed, { relistAll, hasCursor, isDue: isDue(known) });
      if (full) writer.add(next, known);
      else writer.compare(known, next);
    }
    await writer.write();
  }
  return stored;
}

/**
 * Marks the member lists of nested folders as due, if their parent is among the missing and its access has changed:
 * they may inherit it. Called before the parent is stored, since nothing would show the change afterwards. Returns
 * whether any list became due.
 */
async function markNested(
  open: OpenConnector,
  missing: readonly NamespaceDocument[],
  decided: readonly NamespaceDocument[],
): Promise<boolean> {
  const parents = missing.filter(({ principals }, at) => !samePrincipals(principals, decided[at]?.principals ?? null));
  if (parents.length === 0) return false;
  const ids = parents.map(({ namespaceId }) => namespaceId);
  const decidedHere = new Set(missing.map(({ namespaceId }) => namespaceId));
  const nested = await childNamespaces(open.graph, open.connector._key, ids);
  const due = nested.filter((one) => !decidedHere.has(one.namespaceId) && isListed(one));
  await patchNamespaces(open.graph, open.context(), due.map(membersStale));
  return due.length > 0;
}

/** The gaps for namespaces that are listed in a form that can't be used, and are not stored. */
function unstoredGaps({ unknown, nameless }: TeamNamespaces, storedIds: ReadonlySet<string>): string[] {
  const gaps = [...unknown]
    .filter(([id]) => !storedIds.has(id))
    .map(([id, what]) => gapLine(id, `left out, as one ${what}`));
  if (nameless > 0) gaps.push(`the lists of namespaces name ${nameless} without an id`);
  return gaps;
}

/**
 * Writes the record groups of changed namespaces, and of those whose access in the graph differs. A few namespaces that
 * the graph refuses are gaps. If it refuses many, the cause lies in what the connector writes, and the run fails.
 */
class NamespaceWriter {
  readonly counts = { granted: 0, revoked: 0 };
  readonly refused: string[] = [];
  /** Whether a namespace was written whose member list has to be read. */
  listsDue = false;
  private changed: NamespaceDocument[] = [];
  private untouched: NamespaceDocument[] = [];
  /** The documents as they were read. */
  private readonly known = new Map<string, NamespaceDocument>();

  constructor(
    private readonly open: OpenConnector,
    private readonly team: PrincipalVertices,
    /** Number of all namespaces of the team. */
    private readonly total: number,
  ) {}

  /** Number of namespaces that wait to be written. */
  get waiting(): number {
    return this.changed.length;
  }

  /** `known`: as it is stored, unless it is new. */
  add(next: NamespaceDocument, known?: NamespaceDocument): void {
    this.changed.push(next);
    if (known) this.known.set(known.namespaceId, known);
  }

  /** Adds `next` if it differs from what is stored. */
  compare(known: NamespaceDocument, next: NamespaceDocument): void {
    this.known.set(known.namespaceId, known);
    if (sameNamespace(known, next)) this.untouched.push(known);
    else this.changed.push(next);
  }

  /** Writes what was added or compared since the last call. */
  async write(): Promise<void> {
    const { open, team, changed, untouched } = this;
    [this.changed, this.untouched] = [[], []];
    for (const batch of chunks(changed, GROUPS_PER_BATCH)) await this.writeBatch(batch);
    // A namespace with an unchanged member list may still need other edges: when a member joins or leaves the team, the
    // vertex that stands for them in the graph changes.
    for (const batch of chunks(untouched, GROUPS_PER_BATCH)) {
      const { granted, revoked, changed: other } = await countAccessChanges(open.graph, batch, team);
      if (granted + revoked + other > 0) await this.writeBatch(batch);
    }
    this.known.clear();
  }

  private async writeBatch(namespaces: NamespaceDocument[]): Promise<void> {
    const { open, team, counts, refused, known } = this;
    this.listsDue ||= namespaces.some(({ due }) => due);
    try {
      const written = await writeRecordGroups(open.graph, open.context(), namespaces, team, known);
      counts.granted += written.granted;
      counts.revoked += written.revoked;
    } catch (error) {
      if (!isDocumentRefused(error)) throw error;
      const [only] = namespaces;
      if (only && namespaces.length === 1) {
        refused.push(gapLine(only.namespaceId, `can't be stored (${error.message})`));
        if (!isSmallShare(refused.length, this.total)) throw error;
        return;
      }
      // The error does not say which namespace it is about, so the batch is halved until only that namespace is left.
      for (const half of chunks(namespaces, Math.ceil(namespaces.length / 2))) await this.writeBatch(half);
    }
    checkpoint();
  }
}

/** The fields that a discovery may change. If they and the principals are the same, nothing has to be written. */
const COMPARED = ['kind', 'name', 'due', 'work', 'problem', 'held', 'notSeen', 'externalGroupId'] as const;

const sameNamespace = (a: NamespaceDocument, b: NamespaceDocument): boolean =>
  COMPARED.every((field) => a[field] === b[field]) && samePrincipals(a.principals, b.principals);
