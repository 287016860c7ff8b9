import type { PartCounts } from '../../contract/counts';
import type { UngrantedCounts } from '../../sync/connectorDocument';

/** Names on member lists that grant nothing, as an activity adds them to the run's result. */
export type UngrantedPart = Required<
  Pick<PartCounts, 'ungrantedLevels' | 'ungrantedInvitees' | 'ungrantedOutsiders' | 'ungrantedMembers'>
>;

export const noneUngranted = (): UngrantedPart => ({
  ungrantedLevels: 0,
  ungrantedInvitees: 0,
  ungrantedOutsiders: 0,
  ungrantedMembers: 0,
});

export function addUngranted(sum: UngrantedPart, list: UngrantedCounts): void {
  sum.ungrantedLevels += list.levels;
  sum.ungrantedInvitees += list.invitees;
  sum.ungrantedOutsiders += list.outsiders;
  sum.ungrantedMembers += list.members;
}
