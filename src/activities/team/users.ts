import { patchMembers, retireMembers, unlistedMembers, writeMembers } from '../../graph/access/members';
import { writeSyncPoints } from '../../graph/state/syncPoints';
import type { TeamMember } from '../../dropbox';
import type { MemberDocument } from '../../sync/documents';
import { eventCursorNames } from '../../sync/keys';
import { isRemoved, memberNotSeen } from '../../sync/memberState';
import type { PhaseInput, TeamListResult } from '../../contract/activities';
import { countsOf, readEvents } from '../access/events';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { askById } from './askById';

export function userActivities(services: ActivityServices) {
  return {
    /**
     * Every run reads the whole list, a call per thousand members: the list is right at any time, while audit events
     * may come late. So events are read for their counts and their cursor only, and the cursor is stored when all
     * batches have committed. A member who is missing from the list is asked for by id. One who is listed without what
     * every member has stays as they are. Repeating it changes nothing.
     */
    async syncMembers({ connectorId, runId, startedAt }: PhaseInput): Promise<TeamListResult> {
      const open = await OpenConnector.open(services, { connectorId, runId });
      const { cursor, hints, full: isFirstRun } = await readEvents(open, 'members', startedAt);
      const counts = { users: 0, revoked: 0 };
      const gaps: string[] = [];
      const write = async (members: TeamMember[]): Promise<void> => {
        const written = await writeMembers(open.graph, open.context(), members, isFirstRun);
        counts.users += written.users;
        counts.revoked += written.revoked;
        checkpoint();
      };
      const refused: (string | null)[] = [];
      const listed = new Set<string>();
      for await (const page of open.session.team.members((id) => void refused.push(id))) {
        for (const { teamMemberId } of page) listed.add(teamMemberId);
        await write(page);
      }
      for (const id of refused) if (id !== null) listed.add(id);
      if (refused.length > 0) gaps.push(`the list of members names ${refused.length} without all that a member has`);
      const missing = await findMissing(open, runId, listed, { isComplete: !refused.includes(null) });
      if (missing.present.length > 0) {
        await write(missing.present);
        gaps.push(`the list of members leaves out ${missing.present.length} who are in the team`);
      }
      await patchMembers(open.graph, connectorId, missing.unknown);
      if (missing.unknown.length > 0) {
        gaps.push(`${missing.unknown.length} members are not in the list, and Dropbox does not say whether they left`);
      }
      counts.revoked += (await retireMembers(open.graph, open.context(), missing.gone)).revoked;
      if (listed.size > 0) {
        await writeSyncPoints(open.graph, open.context(), [{ name: eventCursorNames.members, cursor }]);
      } else gaps.push('the list of members is empty, which no team can be');
      return { ...counts, gaps, ...countsOf(hints), ...open.calls };
    },
  };
}

interface MissingMembers {
  /** In the team, as Dropbox says when it is asked for them by id. */
  present: TeamMember[];
  unknown: NonNullable<ReturnType<typeof memberNotSeen>>[];
  gone: MemberDocument[];
}

/** `isComplete`: every listed member has an id, so that no one else is in the list. */
async function findMissing(
  open: OpenConnector,
  runId: string,
  listed: ReadonlySet<string>,
  { isComplete }: { isComplete: boolean },
): Promise<MissingMembers> {
  const unlisted = await unlistedMembers(open.graph, open.connector._key, listed);
  const ids = unlisted.map(({ teamMemberId }) => teamMemberId);
  const answers = await askById(ids, (asked) => open.session.team.membersByIds(asked));
  const missing: MissingMembers = { present: [], unknown: [], gone: [] };
  for (const member of unlisted) {
    const answer = answers.get(member.teamMemberId);
    if (answer === undefined && !isComplete) continue;
    const patch = answer === undefined ? memberNotSeen(member, open.miss(runId)) : null;
    if (answer && !isRemoved(answer)) missing.present.push(answer);
    else if (patch) missing.unknown.push(patch);
    else missing.gone.push(member);
  }
  return missing;
}
