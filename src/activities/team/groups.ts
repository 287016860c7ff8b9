import { chunks } from '../../chunks';
import type { PhaseInput, TeamListResult } from '../../contract/activities';
import { GroupNotFound, type TeamGroup, type TeamGroupMember } from '../../dropbox';
import { failure } from '../../failures';
import {
  GroupsRead,
  removeGroups,
  writeGroups,
  type GroupList,
  type StoredGroupMembers,
} from '../../graph/access/groups';
import { markEntriesSharedWith } from '../../graph/access/sharedEntries';
import { putDeadLetters, type DeadLetter } from '../../graph/state/deadLetters';
import { storeProgress } from '../../graph/state/progress';
import { mapConcurrently } from '../../mapConcurrently';
import { countsOf, openWithEvents } from '../access/events';
import { isIsolatable, shouldIsolate } from '../runtime/failureIsolation';
import { checkpoint, type ActivityServices, type OpenConnector } from '../runtime/services';
import { askById } from './askById';

/** Groups whose members are read before they are written, so that few lists are in memory. */
const GROUPS_PER_BATCH = 32;
/** Lists at the same time. All calls of the team share one rate limit. */
const CONCURRENT_LISTS = 8;

export function groupActivities(services: ActivityServices) {
  return {
    /**
     * Every run reads the list of groups, but the members of a group only if an event, its name, or the group ids of the
     * members say that the stored ones are wrong. A group whose members can't be read gets those whose group ids name it,
     * and becomes a dead letter. A group that is missing from the list, and is stored or named by a member, is asked for
     * by id, and is gone only if Dropbox says so. One that is listed in part keeps its name. A repeat changes nothing.
     */
    async syncGroups(input: PhaseInput): Promise<TeamListResult> {
      const { connectorId } = input;
      const groupsRead = new GroupsRead();
      const storedParts = groupsRead.parts(connectorId);
      const read = await openWithEvents(services, input, 'groups', { list: listGroups, stored: storedParts });
      const { open, cursor, since, hints } = read;
      const { listed, refused } = read.listed;
      const { expected, granted } = groupsRead;
      const stored = groupsRead.byId();
      const named = new Set([...listed.map(({ groupId }) => groupId), ...refused]);
      const missing = await findMissing(open, named, new Set([...stored.keys(), ...expected.keys()]));
      const groups = [...listed, ...missing.present, ...keptNames(refused, stored)];
      const full = input.full || read.withoutCursor || hints.everything.includes('groups');
      const hinted = new Set(hints.groups);
      const due = groups.filter((group) => {
        const known = stored.get(group.groupId);
        const isNamed = full || hinted.has(group.groupId);
        return isNamed || known?.name !== group.name || !hasExpectedMembers(known, expected);
      });
      const written = await writeDue(open, due, { stored, expected, granted, ofGroups: groups.length });
      const removed = await removeGroups(open.graph, connectorId, [...missing.gone, ...written.gone]);
      await storeProgress(open.graph, open.context(), { points: [{ name: since.name, cursor }], since: [since] });
      return {
        groups: groups.length,
        granted: written.granted,
        revoked: written.revoked + removed.revoked,
        gaps: gapsOf(refused.length, missing, written.unnamed),
        ...countsOf(hints),
        ...open.calls,
      };
    },
  };
}

interface ListedGroups {
  listed: TeamGroup[];
  /** Ids of the groups that are listed without a name or a kind of management; null for one without an id. */
  refused: (string | null)[];
}

async function listGroups({ session }: OpenConnector): Promise<ListedGroups> {
  const listed: TeamGroup[] = [];
  const refused: (string | null)[] = [];
  for await (const page of session.team.groups((id) => void refused.push(id))) listed.push(...page);
  return { listed, refused };
}

/** The refused groups that are stored, under their stored names. */
const keptNames = (refused: ListedGroups['refused'], stored: ReadonlyMap<string, StoredGroupMembers>): TeamGroup[] =>
  refused.flatMap((id) => {
    const known = id === null ? undefined : stored.get(id);
    return known ? [{ groupId: known.groupId, name: known.name, managementType: 'other' as const }] : [];
  });

interface DueContext {
  /** The stored groups, by id. */
  stored: ReadonlyMap<string, StoredGroupMembers>;
  expected: ExpectedMembers;
  /** The members who get what is granted to their groups. */
  granted: ReadonlySet<string>;
  /** How many groups the team has, due or not. */
  ofGroups: number;
}

interface DueWritten {
  granted: number;
  revoked: number;
  /** Ids of groups that turned out not to exist any more. */
  gone: string[];
  /** How many members their entry does not name a group that they have not left. */
  unnamed: number;
}

/**
 * Reads and writes the member lists that are due. Those that can't be read are written last, with the expected members,
 * if they are a few of all groups: otherwise Dropbox does not answer, and the activity fails.
 */
async function writeDue(
  open: OpenConnector,
  due: readonly TeamGroup[],
  { stored, expected, granted, ofGroups }: DueContext,
): Promise<DueWritten> {
  const total: DueWritten = { granted: 0, revoked: 0, gone: [], unnamed: 0 };
  const failed: FailedGroup[] = [];
  const write = async (lists: GroupList[]): Promise<void> => {
    // The list of a file may have named a group before it was stored, and an edge needs both. The files are marked
    // before the group is stored: afterwards nothing would show that it is new.
    const added = lists.flatMap(({ group: { groupId } }) => (stored.has(groupId) ? [] : [groupId]));
    await markEntriesSharedWith(open.graph, open.connector._key, added);
    const { granted, revoked } = await writeGroups(open.graph, open.context(), lists);
    total.granted += granted;
    total.revoked += revoked;
    checkpoint();
  };
  for (const batch of chunks(due, GROUPS_PER_BATCH)) {
    const lists = await mapConcurrently(batch, CONCURRENT_LISTS, async (group): Promise<GroupList | null> => {
      try {
        if (group.managementType === 'system_managed') {
          const unnamed = await unnamedMembers(open, group, { stored, expected, granted });
          total.unnamed += unnamed.length;
          return { group, members: [...expectedMembers(group, expected), ...unnamed] };
        }
        const members = await membersOf(open, group, { expected, granted });
        if (members !== null) return { group, members };
        total.gone.push(group.groupId);
      } catch (error) {
        if (!isIsolatable(error)) throw error;
        failed.push({ group, error });
      }
      return null;
    });
    await write(lists.filter((list) => list !== null));
  }
  if (failed.length > 0) {
    if (!shouldIsolate(failed, ofGroups)) throw failed[0]?.error;
    await write(failed.map(({ group }) => ({ group, members: expectedMembers(group, expected) })));
    await putDeadLetters(open.graph, open.context(), failed.map(deadLetterOf));
  }
  return total;
}

interface FailedGroup {
  group: TeamGroup;
  error: unknown;
}

const deadLetterOf = ({ group, error }: FailedGroup): DeadLetter => ({
  kind: 'group',
  namespaceId: null,
  subject: group.groupId,
  reason: `the member list can't be read: ${(error as Error).message}`,
});

function gapsOf(refused: number, { present, unknown }: MissingGroups, unnamed: number): string[] {
  const gaps: string[] = [];
  if (refused > 0) gaps.push(`the list of groups names ${refused} without a required field`);
  if (present.length > 0) gaps.push(`the list of groups leaves out ${present.length} that exist`);
  if (unknown > 0) gaps.push(`${unknown} groups are not in the list, and Dropbox does not say whether they exist`);
  if (unnamed > 0)
    gaps.push(`the list of members names ${unnamed} without a group that Dropbox does not say they left`);
  return gaps;
}

/** What became of the groups that a list does not name: stored ones, and those that members say they belong to. */
interface MissingGroups {
  present: TeamGroup[];
  /** How many there are about which Dropbox says nothing: they stay as they are. */
  unknown: number;
  gone: string[];
}

async function findMissing(
  open: OpenConnector,
  named: ReadonlySet<string | null>,
  known: ReadonlySet<string>,
): Promise<MissingGroups> {
  const ids = [...known].filter((id) => !named.has(id));
  const answers = await askById(ids, (asked) => open.session.team.groupsByIds(asked));
  const present = [...answers.values()].filter((group) => group !== null);
  return { present, unknown: ids.length - answers.size, gone: ids.filter((id) => answers.get(id) === null) };
}

/** Active members by the group ids that Dropbox lists for them. */
type ExpectedMembers = ReadonlyMap<string, ReadonlySet<string>>;

function hasExpectedMembers(known: StoredGroupMembers, expected: ExpectedMembers): boolean {
  const wanted = expected.get(known.groupId) ?? new Set<string>();
  return known.members.length === wanted.size && known.members.every((id) => wanted.has(id));
}

const expectedMembers = ({ groupId }: TeamGroup, expected: ExpectedMembers): TeamGroupMember[] =>
  [...(expected.get(groupId) ?? [])].map((teamMemberId) => ({ teamMemberId }));

/**
 * Dropbox does not list the members of a group that it manages itself, such as the one of everyone in the company: only
 * the members' own entries name it. So the members whose entries do not name it any more are asked for by id. Returns
 * those whom Dropbox does not say to have left.
 */
async function unnamedMembers(
  open: OpenConnector,
  { groupId }: TeamGroup,
  { stored, expected, granted }: Pick<DueContext, 'stored' | 'expected' | 'granted'>,
): Promise<TeamGroupMember[]> {
  const before = stored.get(groupId)?.members.filter((id) => granted.has(id)) ?? [];
  const named = expected.get(groupId) ?? new Set<string>();
  const unnamed = before.filter((id) => !named.has(id));
  const groupsOf = await groupsByMember(open, unnamed);
  return unnamed.filter((id) => groupsOf(id)?.includes(groupId) !== false).map((teamMemberId) => ({ teamMemberId }));
}

/** The whole list, or null when the group is gone. A part of a list must never be written as the whole. */
async function membersOf(
  open: OpenConnector,
  group: TeamGroup,
  { expected, granted }: Pick<DueContext, 'expected' | 'granted'>,
): Promise<TeamGroupMember[] | null> {
  try {
    const expectedIds = expected.get(group.groupId) ?? new Set<string>();
    // Where no entry of a member names any group, the entries say nothing about groups.
    const isExpected = (id: string): boolean => expected.size === 0 || !granted.has(id) || expectedIds.has(id);
    const joinedIn = (list: readonly TeamGroupMember[]): string[] =>
      list.map(({ teamMemberId }) => teamMemberId).filter((id) => !isExpected(id));
    const members = await listedMembers(open, group);
    if (leftOut(expectedIds, members).length + joinedIn(members).length === 0) return members;
    // A list that differs from what members' own entries say is newer than those, or wrong once.
    const again = await listedMembers(open, group);
    await requireAgreed(open, group, { left: leftOut(expectedIds, again), joined: joinedIn(again) });
    return again;
  } catch (error) {
    if (!(error instanceof GroupNotFound)) throw error;
    // A list has just named it, so one of the two answers is wrong, or old.
    const answers = await askById([group.groupId], (ids) => open.session.team.groupsByIds(ids));
    if (answers.get(group.groupId) === null) return null;
    throw failure('DropboxUnexpected', 'Dropbox lists the group, and does not find it when asked for its members');
  }
}

function leftOut(expected: ReadonlySet<string>, listed: readonly TeamGroupMember[]): string[] {
  const ids = new Set(listed.map(({ teamMemberId }) => teamMemberId));
  return [...expected].filter((id) => !ids.has(id));
}

/**
 * Whether members whom two answers leave out have left the group, and those whom they name have joined it, as Dropbox
 * says of them by id. Where it says otherwise, or nothing, no one knows who belongs to it. @throws DropboxUnexpected
 */
async function requireAgreed(
  open: OpenConnector,
  { groupId }: TeamGroup,
  { left, joined }: { left: readonly string[]; joined: readonly string[] },
): Promise<void> {
  const groupsOf = await groupsByMember(open, [...left, ...joined]);
  const staying = left.filter((id) => groupsOf(id)?.includes(groupId) !== false).length;
  const others = joined.filter((id) => groupsOf(id)?.includes(groupId) !== true).length;
  const wrong = [
    ...(staying > 0 ? [`leaves out ${staying} whom Dropbox does not say to have left the group`] : []),
    ...(others > 0 ? [`names ${others} whom Dropbox does not say to belong to the group`] : []),
  ];
  if (wrong.length > 0) throw failure('DropboxUnexpected', `it ${wrong.join(', and ')}`);
}

/** Asks for members by id: to which groups each belongs; undefined where Dropbox does not say. */
async function groupsByMember(
  open: OpenConnector,
  ids: readonly string[],
): Promise<(id: string) => readonly string[] | undefined> {
  const answers = await askById(ids, (asked) => open.session.team.membersByIds(asked));
  return (id) => {
    const member = answers.get(id);
    if (member === null) return [];
    return member !== undefined && 'groupIds' in member ? member.groupIds : undefined;
  };
}

async function listedMembers(open: OpenConnector, { groupId }: TeamGroup): Promise<TeamGroupMember[]> {
  const members: TeamGroupMember[] = [];
  for await (const page of open.session.team.groupMembers(groupId)) members.push(...page);
  return members;
}
