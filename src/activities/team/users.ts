import { chunks } from '../../chunks';
import type { MembersResult, PhaseInput } from '../../contract/activities';
import type { RefusedMember, TeamMember } from '../../dropbox';
import {
  membersAfterListing,
  membersPart,
  patchMembers,
  retireMembers,
  writeMembers,
} from '../../graph/access/members';
import { anyNamespacePart } from '../../graph/state/namespaces';
import { storeProgress } from '../../graph/state/progress';
import { hasJoined, isRemoved, memberNotSeen, type MemberPatch } from '../../sync/memberState';
import type { MemberDocument } from '../../sync/syncDocuments';
import { countsOf, openWithEvents } from '../access/events';
import { checkpoint, type OpenConnector, type ActivityServices } from '../runtime/services';
import { askById } from './askById';

/** Members in one transaction, as on a page of the list. */
const MEMBERS_PER_BATCH = 1000;

export function userActivities(services: ActivityServices) {
  return {
    /**
     * Every run reads the whole list, a call per thousand members: the list is right at any time, while audit events
     * may come late. So events are read for their counts and their cursor only, and the cursor is stored when all
     * batches have committed. A member who is missing from the list, or listed without a required field, is asked for
     * by id. Repeating it changes nothing.
     */
    async syncMembers(input: PhaseInput): Promise<MembersResult> {
      const { connectorId } = input;
      const refused: RefusedMember[] = [];
      const list = async ({ session }: OpenConnector) => {
        const pages = session.team.members((one) => void refused.push(one));
        return { pages, first: await pages.next() };
      };
      // Member lists are read of stored namespaces only. Before the first one, no list can name someone who joins.
      let isFirst = true;
      const before = new Map<string, Pick<MemberDocument, 'email' | 'status'>>();
      const stored = [
        anyNamespacePart(connectorId, () => (isFirst = false)),
        membersPart(connectorId, ({ teamMemberId, email, status }) => void before.set(teamMemberId, { email, status })),
      ];
      const read = await openWithEvents(services, input, 'members', { list, stored });
      const { open, cursor, since, hints } = read;
      const { pages, first } = read.listed;
      const counts = { users: 0, revoked: 0 };
      const gaps: string[] = [];
      const assigned = new Map<string, string>();
      const write = async (members: TeamMember[]): Promise<void> => {
        const written = await writeMembers(open.graph, open.context(), members, { isFirstRun: isFirst, assigned });
        counts.users += written.users;
        counts.revoked += written.revoked;
        checkpoint();
      };
      const listed = new Set<string>();
      let contradicted = 0;
      for (let page = first; !page.done; page = await pages.next()) {
        for (const { teamMemberId } of page.value) listed.add(teamMemberId);
        const members = await believedMembers(open, page.value, before);
        contradicted += members.filter((member, at) => member !== page.value[at]).length;
        await write(members);
      }
      if (contradicted > 0)
        gaps.push(
          `the list of members contradicts what is known of ${contradicted}, whose own entries do not confirm it`,
        );
      // Dropbox is asked about them by id, whatever else the list says of them.
      for (const { teamMemberId } of refused) if (teamMemberId !== null) listed.delete(teamMemberId);
      gaps.push(...refusedGaps(refused));
      const missing = await findMissing(open, listed, refused);
      for (const key of missing.unreadable)
        gaps.push(`dropboxMembers/${key} is not readable: restore it from a backup, or remove it`);
      for (const batch of chunks(missing.present, MEMBERS_PER_BATCH)) await write(batch);
      if (missing.leftOut > 0) gaps.push(`the list of members leaves out ${missing.leftOut} who are in the team`);
      await patchMembers(open.graph, connectorId, missing.unknown);
      if (missing.unknown.length > 0) {
        gaps.push(`${missing.unknown.length} members are not in the list, and Dropbox does not say whether they left`);
      }
      counts.revoked += (await retireMembers(open.graph, open.context(), missing.gone)).revoked;
      if (listed.size + refused.length > 0) {
        await storeProgress(open.graph, open.context(), { points: [{ name: since.name, cursor }], since: [since] });
      } else gaps.push('the list of members is empty, which no team can be');
      const accessDue = missing.accessDue || missing.present.length + missing.gone.length > 0;
      return { ...counts, accessDue, isFirst, gaps, ...countsOf(hints), ...open.calls };
    },
  };
}

/**
 * The members of a page, in which no known one has another address, and none who has joined another status, unless their
 * own entry says so, too. By the address, a member gets the PipesHub user who reads what they read, and with a status,
 * their folder is gone: both at once.
 */
async function believedMembers(
  open: OpenConnector,
  members: readonly TeamMember[],
  before: ReadonlyMap<string, Pick<MemberDocument, 'email' | 'status'>>,
): Promise<TeamMember[]> {
  const isOtherwise = ({ teamMemberId, email, status }: TeamMember): boolean => {
    const known = before.get(teamMemberId);
    if (!known) return false;
    return known.email !== email || (known.status !== status && (hasJoined(known) || known.status === 'other'));
  };
  const doubted = new Set(members.filter(isOtherwise));
  const ids = [...doubted].map(({ teamMemberId }) => teamMemberId);
  const answers = await askById(ids, (asked) => open.session.team.membersByIds(asked));
  return members.map((member) => {
    const { teamMemberId, email, status } = member;
    const known = before.get(teamMemberId);
    if (!known || !doubted.has(member)) return member;
    const answer = answers.get(teamMemberId);
    if (!answer || !isDescribed(answer))
      return { ...member, email: known.email, status: known.status === status ? status : 'other' };
    return answer.email === email && answer.status === status ? member : answer;
  });
}

function refusedGaps(refused: readonly RefusedMember[]): string[] {
  const contradicted = new Set(refused.flatMap((one) => (one.isContradicted ? [one.teamMemberId] : []))).size;
  const inPart = refused.filter((one) => !one.isContradicted).length;
  return [
    ...(inPart > 0 ? [`the list of members names ${inPart} without a required field`] : []),
    ...(contradicted > 0 ? [`the list of members describes ${contradicted} in two ways`] : []),
  ];
}

interface MissingMembers {
  /** Members who are in the team, as Dropbox says. Where it describes someone in part, only their status is new. */
  present: TeamMember[];
  /** How many of the present members the list does not name. */
  leftOut: number;
  /** Members about whom Dropbox says nothing: they become `notSeen` in this run. */
  unknown: MemberPatch[];
  /** Members who are not in the team any more. */
  gone: MemberDocument[];
  /** Whether the access of some stored members has to be applied again. */
  accessDue: boolean;
  /** Keys of documents that can't be used. */
  unreadable: string[];
}

/**
 * What Dropbox says, asked by id, of the stored members that the list does not describe. Someone whose status can't be
 * read is granted nothing, and nothing of theirs is deleted.
 */
async function findMissing(
  open: OpenConnector,
  listed: ReadonlySet<string>,
  refused: readonly RefusedMember[],
): Promise<MissingMembers> {
  const { unlisted, ...after } = await membersAfterListing(open.graph, open.connector._key, listed);
  const inPart = listedInPart(refused);
  // One without an id may be any of them.
  const isComplete = refused.every(({ teamMemberId }) => teamMemberId !== null);
  const known = new Set(unlisted.map(({ teamMemberId }) => teamMemberId));
  const ids = [...new Set([...known, ...inPart.keys()])];
  const answers = await askById(ids, (asked) => open.session.team.membersByIds(asked));
  const missing: MissingMembers = { present: [], leftOut: 0, unknown: [], gone: [], ...after };
  for (const member of unlisted) {
    const listed = inPart.get(member.teamMemberId);
    const answer = answers.get(member.teamMemberId);
    const described = answer === undefined ? listed : answer;
    if (described && !isRemoved(described)) {
      missing.present.push(isDescribed(described) ? described : { ...member, status: described.status });
      if (!listed) missing.leftOut += 1;
      continue;
    }
    const patch = described === undefined ? memberNotSeen(member, open.miss()) : null;
    const isContradicted = listed !== undefined && answer === null;
    const mayBeListed = described === undefined && !isComplete;
    if (patch) missing.unknown.push(patch);
    else if (isContradicted || mayBeListed) missing.present.push({ ...member, status: 'other' });
    else missing.gone.push(member);
  }
  for (const answer of answers.values()) {
    const isNew = answer && isDescribed(answer) && !isRemoved(answer) && !known.has(answer.teamMemberId);
    if (isNew) missing.present.push(answer);
  }
  return missing;
}

/** The members whom the list describes in part, by id. With two descriptions of one, their status is unknown. */
function listedInPart(refused: readonly RefusedMember[]): ReadonlyMap<string, RefusedMember> {
  const byId = new Map<string, RefusedMember>();
  for (const one of refused) {
    const { teamMemberId: id, status } = one;
    if (id === null) continue;
    const before = byId.get(id);
    byId.set(id, before && before.status !== status ? { ...one, status: 'other' } : one);
  }
  return byId;
}

const isDescribed = (member: TeamMember | RefusedMember): member is TeamMember => 'email' in member;
