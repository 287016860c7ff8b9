import { retireMembersExcept, writeMembers } from '../../graph/access/members';
import { writeSyncPoints } from '../../graph/state/syncPoints';
import { eventCursorNames } from '../../sync/keys';
import type { PartCounts } from '../../contract/counts';
import type { PhaseInput } from '../../contract/activities';
import { countsOf, readEvents } from '../access/events';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';

export function userActivities(services: ActivityServices) {
  return {
    /**
     * Every run reads the whole list, a call per thousand members: the list is right at any time, while audit events
     * may come late. So events are read for their counts and their cursor only, and the cursor is stored when all
     * batches have committed. A member who is missing from the list is treated as removed. Repeating it changes
     * nothing.
     */
    async syncMembers({ connectorId, runId, startedAt }: PhaseInput): Promise<PartCounts> {
      const open = await OpenConnector.open(services, { connectorId, runId });
      const { cursor, hints } = await readEvents(open, 'members', startedAt);
      const counts = { users: 0, revoked: 0 };
      const listed = new Set<string>();
      for await (const page of open.session.team.members()) {
        for (const { teamMemberId } of page) listed.add(teamMemberId);
        const written = await writeMembers(open.graph, open.context(), page);
        counts.users += written.users;
        counts.revoked += written.revoked;
        checkpoint();
      }
      const retired = await retireMembersExcept(open.graph, open.context(), listed);
      counts.revoked += retired.revoked;
      await writeSyncPoints(open.graph, open.context(), [{ name: eventCursorNames.members, cursor }]);
      return { ...counts, ...countsOf(hints), ...open.calls };
    },
  };
}
