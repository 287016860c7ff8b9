import type { DiscoverResult, PhaseInput } from '../../contract/activities';
import { membersPart } from '../../graph/access/members';
import { markEntriesNaming } from '../../graph/access/sharedEntries';
import { groupKeysPart } from '../../graph/access/team';
import { namespacesWithCursors } from '../../graph/state/folderCursors';
import { childNamespaces, patchNamespaces } from '../../graph/state/namespaces';
import { storeProgress } from '../../graph/state/progress';
import { clearUnreadable } from '../../graph/state/readableNamespace';
import { runBoth } from '../../mapConcurrently';
import { samePrincipals } from '../../sync/access';
import { isTooOld } from '../../sync/age';
import { discovered, rediscovered, superseded, type FoundNamespace } from '../../sync/discoveryState';
import { addGaps, gapLine } from '../../sync/gaps';
import { membersStale } from '../../sync/memberListState';
import { isClosed, isLeaving, isListed, isUnseen } from '../../sync/namespaceState';
import type { MemberDocument, NamespaceDocument } from '../../sync/syncDocuments';
import { teamIndexOf, type TeamIndex } from '../../sync/team';
import { countsOf, openWithEvents, type EventsRead } from '../access/events';
import { MemberListReader } from '../access/memberListReader';
import { checkpoint, type ActivityServices, type OpenConnector } from '../runtime/services';
import { decideMissing, listedAs } from './missingNamespaces';
import { NamespaceWriter } from './namespaceWriter';
import { activeMembersKey, contradictionOf, findNamespaces, type TeamNamespaces } from './teamNamespaces';

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
      const team = await readTeam(services, input);
      const { open, cursor, since, hints, listed } = team;
      const discovery = new Discovery(team, input);
      await discovery.compareStored();
      await discovery.addNew();
      await discovery.reportUnusable();
      await discovery.decideMissing();
      const { gaps, listsDue, granted, revoked } = await discovery.finish();
      if (discovery.isListBelieved)
        await storeProgress(open.graph, open.context(), { points: [{ name: since.name, cursor }], since: [since] });
      const { size } = listed.found;
      const counts = { namespaces: size, recordGroups: size, granted, revoked, ...countsOf(hints), ...open.calls };
      return { ...counts, gaps, listsDue };
    },
  };
}

/** The team as it is stored, what its events name, and its namespaces as Dropbox lists them now. */
interface TeamRead extends EventsRead {
  open: OpenConnector;
  /** Removed ones included, by team_member_id. */
  members: ReadonlyMap<string, MemberDocument>;
  index: TeamIndex;
  listed: TeamNamespaces;
}

async function readTeam(services: ActivityServices, input: PhaseInput): Promise<TeamRead> {
  const members = new Map<string, MemberDocument>();
  const groupKeys = new Map<string, string>();
  const stored = [
    membersPart(input.connectorId, (member) => void members.set(member.teamMemberId, member)),
    groupKeysPart(input.connectorId, ({ groupId, key }) => void groupKeys.set(groupId, key)),
  ];
  const list = async (open: OpenConnector): Promise<TeamNamespaces> => {
    // The member lists of all folders are read next, as the admin: who that is, is asked meanwhile.
    const admin = (): Promise<unknown> => (input.full ? open.admin() : Promise.resolve());
    const [namespaces] = await runBoth(() => findNamespaces(open, members), admin);
    return namespaces;
  };
  const read = await openWithEvents(services, input, 'team_folders', { list, stored });
  return { ...read, members, index: teamIndexOf(members.values(), groupKeys) };
}

/** Compares the team's lists of namespaces with what is stored, and writes the differences. */
class Discovery {
  private readonly writer: NamespaceWriter;
  private readonly gaps: string[] = [];
  /** Whether the member lists of some namespaces have to be read. */
  private listsDue = false;
  private readonly storedIds = new Set<string>();
  /** Stored namespaces that the lists do not name, and about which Dropbox has to be asked. */
  private readonly missing: NamespaceDocument[] = [];
  /** Keys of stored documents that can't be used. */
  private readonly unreadable = new Set<string>();
  /** Whether a namespace is written, and its member list is read, although nothing has changed. */
  private readonly full: boolean;
  /** Ids that events name. */
  private readonly hinted: ReadonlySet<string>;
  private readonly activeMembers: string;
  private readonly now: number;

  constructor(
    private readonly team: TeamRead,
    private readonly input: PhaseInput,
  ) {
    const { open, index, listed, hints, withoutCursor, members } = team;
    this.writer = new NamespaceWriter(open, index, listed.found.size);
    this.full = input.full || withoutCursor || hints.everything.includes('team_folders');
    this.hinted = new Set([...hints.teamFolders, ...hints.namespaces]);
    this.activeMembers = activeMembersKey(members.values());
    this.now = open.services.now();
  }

  /**
   * An empty list says nothing about the namespaces that are known. Then none is taken for missing, and the cursor of the
   * events stays, so that the next run reads the same events again.
   */
  get isListBelieved(): boolean {
    return !this.team.listed.isEmpty || this.missing.length === 0;
  }

  /** Compares all stored namespaces with the lists, page by page. */
  async compareStored(): Promise<void> {
    const { open, listed } = this.team;
    const listedGroups = new Set([...listed.found.values()].map(({ externalGroupId }) => externalGroupId));
    const onUnreadable = (key: string): void => void this.unreadable.add(key);
    for await (const page of namespacesWithCursors(open.graph, open.context(), onUnreadable)) {
      for (const { namespace: known, point } of page) {
        this.storedIds.add(known.namespaceId);
        this.listsDue ||= known.due;
        const found = listed.found.get(known.namespaceId);
        if (found) this.compare(known, found, { hasCursor: point !== null });
        else if (known.kind === 'received' || isLeaving(known)) continue;
        else if (listedGroups.has(known.externalGroupId)) {
          // A member's folder has got another namespace id and keeps its record group. The former one is removed.
          await patchNamespaces(open.graph, open.context(), [superseded(known)]);
          checkpoint();
        } else this.missing.push(known);
      }
      await this.writer.write();
    }
  }

  private compare(known: NamespaceDocument, found: FoundNamespace, { hasCursor }: { hasCursor: boolean }): void {
    const { open, listed, members } = this.team;
    if (this.staysUnseen(known)) return;
    if (isUnseen(known)) {
      this.writer.add(discovered(open.context(), found, known.held), known);
      return;
    }
    const contradiction = isLeaving(known) ? undefined : contradictionOf(known, found, members);
    if (contradiction !== undefined && known.problem !== listedAs(contradiction)) {
      // A later run that is answered in the same way believes it.
      listed.unknown.set(known.namespaceId, contradiction);
      this.missing.push(known);
      return;
    }
    const { relistAll = false } = this.input;
    const next = rediscovered(known, found, { relistAll, hasCursor, isDue: this.isDue(known) });
    if (this.full) this.writer.add(next, known);
    else this.writer.compare(known, next);
  }

  /** Adds the namespaces that are not stored. */
  async addNew(): Promise<void> {
    const { open, listed } = this.team;
    for (const [id, found] of listed.found) {
      if (this.storedIds.has(id)) continue;
      const next = discovered(open.context(), found);
      this.unreadable.delete(next._key);
      this.writer.add(next);
      if (this.writer.waiting >= NAMESPACES_IN_MEMORY) await this.writer.write();
    }
  }

  /** Makes gaps of what is listed, or stored, in a form that can't be used. */
  async reportUnusable(): Promise<void> {
    const { unknown, nameless } = this.team.listed;
    for (const [id, what] of unknown)
      if (!this.storedIds.has(id)) this.gaps.push(gapLine(id, `left out, as one ${what}`));
    if (nameless > 0) this.gaps.push(`the lists of namespaces name ${nameless} without an id`);
    for (const key of this.unreadable)
      this.gaps.push(`dropboxNamespaces/${key} is not readable: restore it from a backup, or remove it`);
    await clearUnreadable(this.team.open.graph, this.unreadable);
  }

  /** Asks Dropbox about the missing namespaces. */
  async decideMissing(): Promise<void> {
    const { missing, gaps, writer } = this;
    if (!this.isListBelieved) {
      gaps.push(`the list of namespaces is empty, although ${missing.length} are known`);
      return;
    }
    const { open, index, listed: listedNow } = this.team;
    const reader = new MemberListReader(open, index);
    const isDue = (known: NamespaceDocument): boolean => this.isDue(known);
    const decided = await decideMissing({ open, listedNow, reader, isDue }, missing);
    decided.forEach((next, at) => {
      writer.compare(missing[at] as NamespaceDocument, next);
      // Its member list is read next, and a list that was read has no problem.
      if (next.due && next.problem !== null) gaps.push(gapLine(next.namespaceId, next.problem));
    });
    if (await markNested(open, missing, decided)) this.listsDue = true;
    await markSharedFiles(open, missing, decided);
  }

  /** Writes what is left. */
  async finish(): Promise<{ gaps: string[]; listsDue: boolean; granted: number; revoked: number }> {
    const { writer } = this;
    await writer.write();
    const gaps: string[] = [];
    addGaps(gaps, [...this.gaps, ...writer.refused]);
    return { gaps, listsDue: this.listsDue || writer.listsDue, ...writer.counts };
  }

  /** Whether the member list of a known namespace has to be read again. */
  private isDue(known: NamespaceDocument): boolean {
    return this.isStale(known) || known.readAgain === true;
  }

  private isStale({ namespaceId, membersReadAt }: NamespaceDocument): boolean {
    const { membersMaxAge } = this.team.open.services;
    return this.full || this.hinted.has(namespaceId) || isTooOld(membersReadAt, this.now, membersMaxAge);
  }

  /** No one could see it when it was last read, and neither the list of active members nor an event has changed that. */
  private staysUnseen(known: NamespaceDocument): boolean {
    return known.unseenBy === this.activeMembers && !this.isStale(known);
  }
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

/**
 * Marks the member lists of single files as due in those of the missing that are gone. Called before
 * these are stored, as `markNested`.
 */
async function markSharedFiles(
  open: OpenConnector,
  missing: readonly NamespaceDocument[],
  decided: readonly NamespaceDocument[],
): Promise<void> {
  const closed = missing.filter((known, at) => !isClosed(known) && isClosed(decided[at] ?? known));
  const namespaces = closed.map(({ namespaceId: id }) => ({ id, principals: null }));
  await markEntriesNaming(open.graph, open.connector._key, namespaces);
}
