import type { PhaseInput } from '../../contract/activities';
import type { PartCounts } from '../../contract/counts';
import { membersPart, patchMembers } from '../../graph/access/members';
import { groupKeysPart } from '../../graph/access/team';
import type { Part } from '../../graph/driver/oneRequest';
import type { CommitCounts } from '../../graph/entries/commitContext';
import { orphanSharersPart } from '../../graph/entries/orphans';
import { putDeadLetters, type DeadLetter } from '../../graph/state/deadLetters';
import { namespacesPart } from '../../graph/state/namespaces';
import { mapConcurrently } from '../../mapConcurrently';
import { isTooOld } from '../../sync/age';
import { isFirstRun } from '../../sync/fullRun';
import { isActive, receivedFilesNote, receivedFilesOwed, type ReceivedNote } from '../../sync/memberState';
import { RECEIVED_NAMESPACE_ID } from '../../sync/receivedFiles';
import type { MemberDocument, NamespaceDocument } from '../../sync/syncDocuments';
import { TeamIndex } from '../../sync/team';
import { groupVertex, userVertex } from '../../sync/vertices';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { ReceivedFiles, removeEmptyGroup, type TeamOfReceivers } from './receivedFiles';
import type { UngrantedPart } from './ungranted';

/** Members whose lists are read at the same time. Each member has a rate limit of their own. */
const CONCURRENT_MEMBERS = 32;

/** The activity that reads the files that members received. */
export function receivedFileActivities(services: ActivityServices) {
  return {
    /**
     * Reads the files that were shared with single members from outside the team, which no listing of the team shows:
     * in full syncs, when an event points to one, and when the last reading is too old.
     */
    async syncReceivedFiles({ full, ...run }: PhaseInput): Promise<PartCounts> {
      const planner = new ReceivedPlanner(services, full);
      const open = await OpenConnector.open(services, run, planner.parts(run.connectorId));
      const plan = planner.plan();
      if (plan === null) {
        await removeEmptyGroup(open);
        return open.calls;
      }
      const counts = await syncReceived(open, plan, full);
      return { ...counts, ...open.calls };
    },
  };
}

interface ReceivedPlan {
  /** Members whose lists are read. */
  ask: string[];
  /** What is stored of each member once their files are stored. */
  notes: ReceivedNote[];
  /** Number of active members. */
  receivers: number;
  /** Whether these are all active members. */
  everyone: boolean;
  team: TeamOfReceivers;
  /** What is stored of received files; null before they were read for the first time. */
  stored: NamespaceDocument | null;
}

/**
 * Whom to ask for what they received. All members are asked in a full sync (`full`), when an event pointed to a received
 * file, when the last reading is too old, and after an approval. Otherwise only those are asked who became active or
 * changed groups since, and those with whom a file was shared that no listing shows any more, since it may lie outside
 * the team now. What is stored of the others stays.
 */
export class ReceivedPlanner {
  private stored: NamespaceDocument | null = null;
  /** Ids of the users and groups that had direct access to records that are orphaned now. */
  private readonly lost = new Set<string>();
  private readonly lostGroups = new Set<string>();
  private readonly ask: string[] = [];
  private readonly notes: ReceivedNote[] = [];
  private readonly team = new TeamIndex();
  private receivers = 0;
  private readonly now: number;

  constructor(
    private readonly services: ActivityServices,
    private readonly full: boolean,
  ) {
    // Once: whether everyone is asked must not change between the first member and the plan.
    this.now = services.now();
  }

  /** For `readInOneRequest`. The members come last, since what is read of them depends on the rest. */
  parts(connectorId: string): Part[] {
    return [
      namespacesPart(connectorId, [RECEIVED_NAMESPACE_ID], (namespace) => (this.stored = namespace)),
      orphanSharersPart(connectorId, (vertex) => void this.lost.add(vertex)),
      groupKeysPart(connectorId, ({ groupId, key }) => {
        if (this.lost.has(groupVertex(key))) this.lostGroups.add(groupId);
      }),
      membersPart(connectorId, (member) => this.add(member)),
    ];
  }

  /** To be called when the parts have been read. null: there is nothing to look for. */
  plan(): ReceivedPlan | null {
    const { ask, notes, receivers, everyone, team, stored } = this;
    return everyone || ask.length + notes.length > 0 ? { ask, notes, receivers, everyone, team, stored } : null;
  }

  private get everyone(): boolean {
    const { full, stored, services, now } = this;
    const isStale = isTooOld(stored?.membersReadAt, now, services.membersMaxAge);
    return full || isStale || stored?.held?.answer?.decision === 'approved';
  }

  private add(member: MemberDocument): void {
    const { teamMemberId, accountId, email, status, userKey, groupIds } = member;
    this.team.add({ teamMemberId, accountId, email, status, userKey });
    const note = receivedFilesNote(member);
    if (note) this.notes.push(note);
    if (!isActive(member)) return;
    this.receivers += 1;
    const hasLost = this.lost.has(userVertex(userKey ?? '')) || groupIds.some((id) => this.lostGroups.has(id));
    if (this.everyone || hasLost || note) this.ask.push(teamMemberId);
  }
}

/**
 * Makes what is stored of received files equal to what the members have received, one member after the other, so that
 * memory holds the ids of a few members' files only. A member who can't be asked is granted nothing: one who has left
 * meanwhile, or whose list can't be read, which is a dead letter. `full`: every file is written, whatever is stored.
 */
async function syncReceived(
  open: OpenConnector,
  { ask, notes, receivers, everyone, team, stored }: ReceivedPlan,
  full: boolean,
): Promise<CommitCounts & UngrantedPart> {
  const { graph, connector, services } = open;
  const noneComplete = connector.fullRunAt === null;
  // Until a full run is complete, PipesHub may have removed edges of what is stored.
  const files = await ReceivedFiles.open(open, team, stored, { full: full || noneComplete });
  const failed: UnreadMember[] = [];
  await mapConcurrently(ask, CONCURRENT_MEMBERS, async (teamMemberId) => {
    try {
      await files.readFilesOf(teamMemberId);
    } catch (error) {
      if (!isIsolatable(error)) throw error;
      failed.push({ teamMemberId, error });
    }
    checkpoint();
  });
  // Compared with the whole team, since a run may ask only those whose reading has failed before.
  if (failed.length > 0 && !shouldIsolate(failed, receivers)) throw failed[0]?.error;
  const unread = new Set(failed.map(({ teamMemberId }) => teamMemberId));
  const readInPart = [...files.readInPart].filter((id) => !unread.has(id));
  // Before the first full run has ended, every list is new, unless an earlier run that did not end has read them.
  const isNew = isFirstRun(connector) && (stored?.membersReadAt ?? null) === null;
  const changed = isNew ? [] : [...files.changed].filter((id) => team.isActive(id));
  const askAgain = new Set([...unread, ...readInPart, ...files.levelsUnknown, ...changed]);
  await patchMembers(graph, connector._key, [...askAgain].map(receivedFilesOwed));
  await putDeadLetters(graph, open.context(), deadLettersOf(failed, readInPart));

  const read = new Set(ask.filter((id) => !unread.has(id)));
  if (unread.size > 0) files.isComplete = false;
  if (everyone) {
    await files.keepOnly(read);
  } else {
    const revoked = [...unread, ...notes.map(({ teamMemberId }) => teamMemberId)].filter((id) => !read.has(id));
    for (const id of revoked) await files.removeMissing(id, new Set());
  }
  const noted = notes.filter(({ teamMemberId }) => !askAgain.has(teamMemberId));
  await files.finish(everyone ? services.now() : (stored?.membersReadAt ?? 0), everyone, noted);
  return files.counts;
}

interface UnreadMember {
  teamMemberId: string;
  error: unknown;
}

function deadLettersOf(unread: readonly UnreadMember[], readInPart: readonly string[]): DeadLetter[] {
  const letter = (subject: string, reason: string): DeadLetter => ({
    kind: 'member',
    namespaceId: RECEIVED_NAMESPACE_ID,
    subject,
    reason,
  });
  return [
    ...unread.map(({ teamMemberId, error }) =>
      letter(teamMemberId, `the files that this member received can't be listed: ${(error as Error).message}`),
    ),
    ...readInPart.map((id) => letter(id, 'Dropbox lists files that this member received without an id or a name')),
  ];
}
