import type { RunInput, StepResult } from '../../contract/activities';
import { dueMembers, patchMembers } from '../../graph/access/members';
import { regrantPrincipals } from '../../graph/access/regrant';
import { accessApplied } from '../../sync/memberState';
import { openWithTeam } from '../runtime/openWithTeam';
import { checkpoint, type ActivityServices } from '../runtime/services';

const MEMBERS_PER_STEP = 1000;

export function memberAccessActivities(services: ActivityServices) {
  return {
    /**
     * Applies the stored member lists again to members who joined, left or changed their address. Dropbox is not called.
     */
    async refreshAccess({ connectorId, runId }: RunInput): Promise<StepResult> {
      const due = await dueMembers(services.graph, connectorId, MEMBERS_PER_STEP);
      if (due.length === 0) return { done: true };
      const { open, team } = await openWithTeam(services, { connectorId, runId });
      const { granted, revoked } = await regrantPrincipals(open.graph, open.context(), due, team);
      await patchMembers(open.graph, connectorId, due.map(accessApplied));
      checkpoint();
      return { granted, revoked, done: false };
    },
  };
}
