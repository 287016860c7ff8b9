import { writeRecordGroups } from '../../graph/access/recordGroups';
import { groupKeys } from '../../graph/access/team';
import { allNamespaces, patchNamespaces } from '../../graph/state/namespaces';
import { storeProgress } from '../../graph/state/progress';
import { readSyncPoints } from '../../graph/state/syncPoints';
import { isTooOld } from '../../sync/age';
import { samePrincipals } from '../../sync/access';
import type { NamespaceDocument } from '../../sync/documents';
import { folderCursorName } from '../../sync/keys';
import {
  discovered,
  isLeaving,
  isUnseen,
  rediscovered,
  superseded,
  type FoundNamespace,
} from '../../sync/namespaceState';
import { teamIndexOf, type PrincipalVertices } from '../../sync/team';
import type { DiscoverResult, PhaseInput } from '../../contract/activities';
import { activeMembersKey, findNamespaces, permissionChanges, storedMembers } from './discovery';
import { countsOf, openWithEvents } from '../access/events';
import { MemberListReader } from '../access/memberListReader';
import { isSmallShare } from '../runtime/failureIsolation';
import { checkpoint, type ActivityServices, type OpenConnector } from '../runtime/services';
import { chunks } from '../../chunks';
import { isDocumentRefused } from '../../graph/driver/errors';
import { gapLine } from '../../sync/gaps';
import { decideMissing } from './missingNamespaces';

/** Record groups that one transaction writes: few, since each of them brings its whole member list. */
const GROUPS_PER_BATCH = 50;
/** Namespaces with their member lists that are in memory at once, apart from those that are missing. */
const NAMESPACES_HELD = 500;

export function recordGroupActivities(services: ActivityServices) {
  return {
    /**
     * Compares the team's namespaces with the stored ones. A new namespace is stored as one to be listed. A known one
     * is corrected where it differs. For one that is missing, `decideMissing` decides whether it is gone. Nothing is
     * written when nothing has changed. Stored ones are read page by page.
     */
    async discoverNamespaces(input: PhaseInput): Promise<DiscoverResult> {
      const { connectorId } = input;
      const read = await openWithEvents(services, input, 'team_folders', async (open) => {
        const members = await storedMembers(open);
        return { members, listedNow: await findNamespaces(open, members) };
      });
      const { open, cursor, since, hints, full: withoutCursor } = read;
      const { members, listedNow } = read.listed;
      const full = input.full || withoutCursor || hints.everything.includes('team_folders');
      const { found, unknown } = listedNow;
      const active = activeMembersKey(members.values());
      const team = teamIndexOf(members.values(), await groupKeys(open.graph, connectorId));
      const hinted = new Set([...hints.teamFolders, ...hints.namespaces]);
      const now = services.now();
      const isStale = ({ namespaceId, membersReadAt }: NamespaceDocument): boolean =>
        full || hinted.has(namespaceId) || isTooOld(membersReadAt, now, services.membersMaxAge);
      const isDue = (known: NamespaceDocument): boolean => isStale(known) || known.readAgain === true;
      // No one could see it when it was last read, and neither the list of active members nor an event has changed that.
      const staysUnseen = (known: NamespaceDocument): boolean => known.unseenBy === active && !isStale(known);

      const writer = new NamespaceWriter(open, team, found.size);
      const foundGroups = new Set([...found.values()].map(({ externalGroupId }) => externalGroupId));
      const isNew = new Set(found.keys());
      const isLeftOut = new Map(unknown);
      const missing: NamespaceDocument[] = [];
      for await (const page of allNamespaces(open.graph, connectorId)) {
        const names = page.map(({ namespaceId }) => folderCursorName(namespaceId));
        const cursors = await readSyncPoints(open.graph, open.context(), names);
        for (const known of page) {
          const { namespaceId } = known;
          writer.listsDue ||= known.due;
          const namespace = found.get(namespaceId);
          isNew.delete(namespaceId);
          isLeftOut.delete(namespaceId);
          if (namespace) {
            if (staysUnseen(known)) continue;
            if (isUnseen(known)) writer.add(discovered(open.context(), namespace, known.held), known);
            else {
              const relistAll = input.relistAll ?? false;
              const hasCursor = cursors.has(folderCursorName(namespaceId));
              writer.compare(
                known,
                rediscovered(known, namespace, { relistAll, hasCursor, isDue: isDue(known) }),
                full,
              );
            }
          } else if (known.kind === 'received' || isLeaving(known)) continue;
          else if (foundGroups.has(known.externalGroupId)) {
            // A member's folder has got another namespace id and keeps its record group. The former one is removed.
            await patchNamespaces(open.graph, open.context(), [superseded(known)]);
            checkpoint();
          } else missing.push(known);
        }
        await writer.write();
      }
      for (const id of isNew) {
        writer.add(discovered(open.context(), found.get(id) as FoundNamespace));
        if (writer.size >= NAMESPACES_HELD) await writer.write();
      }
      const gaps = [...isLeftOut].map(([id, what]) => gapLine(id, `left out, as one ${what}`));
      if (listedNow.nameless > 0) gaps.push(`the lists of namespaces name ${listedNow.nameless} without an id`);
      if (listedNow.leftOut > 0) gaps.push(`the list of team folders leaves out ${listedNow.leftOut} that exist`);
      // An empty list says nothing about the namespaces that are known. Then none is taken for missing, and the cursor
      // of the events stays, so that the next run reads the same events again.
      const isListRead = !listedNow.isEmpty || missing.length === 0;
      if (isListRead) {
        const reader = new MemberListReader(open, team, input.runId);
        const decided = await decideMissing(open, input.runId, listedNow, missing, reader, isDue);
        decided.forEach((next, at) => {
          writer.compare(missing[at] as NamespaceDocument, next, false);
          // Its member list is read next, and a list that was read has no problem.
          if (next.due && next.problem !== null) gaps.push(gapLine(next.namespaceId, next.problem));
        });
      } else gaps.push(`the list of namespaces is empty, although ${missing.length} are known`);
      await writer.write();
      const { refused, counts } = writer;
      if (isListRead)
        await storeProgress(open.graph, open.context(), { points: [{ name: since.name, cursor }], since: [since] });
      const namespaces = { namespaces: found.size, recordGroups: found.size, listsDue: writer.listsDue };
      return { ...namespaces, ...counts, gaps: [...gaps, ...refused], ...countsOf(hints), ...open.calls };
    },
  };
}

/**
 * Writes the record groups of changed namespaces, and of those whose access in the graph differs. A few namespaces that
 * the graph refuses are gaps. If it refuses many, the cause lies in what the connector writes, and the run fails.
 */
class NamespaceWriter {
  readonly counts = { granted: 0, revoked: 0 };
  readonly refused: string[] = [];
  /** Whether a member list has to be read. */
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

  /** Number of namespaces that are to be written. */
  get size(): number {
    return this.changed.length;
  }

  add(next: NamespaceDocument, known?: NamespaceDocument): void {
    this.changed.push(next);
    if (known) this.known.set(known.namespaceId, known);
  }

  /** `always`: it is written although nothing has changed. */
  compare(known: NamespaceDocument, next: NamespaceDocument, always: boolean): void {
    this.known.set(known.namespaceId, known);
    if (always || !sameNamespace(known, next)) this.changed.push(next);
    else this.untouched.push(known);
  }

  /** Writes what was added since the last call. */
  async write(): Promise<void> {
    const { open, team, changed, untouched } = this;
    [this.changed, this.untouched] = [[], []];
    for (const batch of chunks(changed, GROUPS_PER_BATCH)) await this.writeBatch(batch);
    // A namespace with an unchanged member list may still need other edges: when a member joins or leaves the team, the
    // vertex that stands for them in the graph changes.
    for (const batch of chunks(untouched, GROUPS_PER_BATCH)) {
      const { granted, revoked, changed: other } = await permissionChanges(open, team, batch);
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
      // The error does not say which namespace it is about, so the batch is halved until that namespace is alone.
      for (const half of chunks(namespaces, Math.ceil(namespaces.length / 2))) await this.writeBatch(half);
    }
    checkpoint();
  }
}

/** The fields that a discovery may change. If they and the principals are the same, nothing has to be written. */
const COMPARED = ['kind', 'name', 'due', 'work', 'problem', 'held', 'notSeen', 'externalGroupId'] as const;

const sameNamespace = (a: NamespaceDocument, b: NamespaceDocument): boolean =>
  COMPARED.every((field) => a[field] === b[field]) && samePrincipals(a.principals, b.principals);
