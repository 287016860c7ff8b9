import type { Account, Group } from '../model';

/** The group that every team has, with all of its members. */
export function everyone(member: Account): Group {
  for (const group of member.groups) if (group.kind === 'system_managed') return group;
  throw new Error(`${member.email} is in no group of everyone`);
}
