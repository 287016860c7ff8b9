import type { Account, Group } from '../model';

/** The system-managed group of all members, which every team has. */
export function everyoneGroup(member: Account): Group {
  for (const group of member.groups) if (group.kind === 'system_managed') return group;
  throw new Error(`${member.email} is not in the group of all members`);
}
