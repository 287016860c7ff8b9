import type { PartCounts } from '../../contract/counts';
import type { UngrantedCounts } from '../../sync/documents';

/** Who is on member lists that were read and was granted nothing, as the run's result counts them. */
export type UngrantedPart = Required<
  Pick<PartCounts, 'ungrantedLevels' | 'ungrantedInvitees' | 'ungrantedOutsiders' | 'ungrantedMembers'>
>;

export const noneUngranted = (): UngrantedPart => ({
  ungrantedLevels: 0,
  ungrantedInvitees: 0,
  ungrantedOutsiders: 0,
  ungrantedMembers: 0,
});

/** Adds what one member list says. */
export function addUngranted(sum: UngrantedPart, list: UngrantedCounts): void {
  sum.ungrantedLevels += list.levels;
  sum.ungrantedInvitees += list.invitees;
  sum.ungrantedOutsiders += list.outsiders;
  sum.ungrantedMembers += list.members;
}
