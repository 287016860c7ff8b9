import type { Account, Company, Group } from '../../model';
import type { Random } from '../random';
import { departmentName, emailOf, personName } from './names';
import type { GenerateOptions } from './options';

export interface People {
  admin: Account;
  /** All members, including invited and suspended ones. */
  members: Account[];
  /** The members who have joined, and can therefore have files. */
  joined: Account[];
  externals: Account[];
  groups: Group[];
}

/** Teams with at least this many members have some who are suspended or have not joined yet. */
const SMALL_TEAM = 10;

export function generatePeople(company: Company, options: GenerateOptions, random: Random): People {
  const members: Account[] = [];
  for (let number = 0; number < options.members; number += 1) members.push(member(company, options, random, number));
  const [admin] = members;
  if (admin === undefined) throw new Error('a company needs at least one member');

  const externals: Account[] = [];
  for (let number = 0; number < Math.ceil(options.members / 25); number += 1) {
    const name = personName(random);
    const team = random.chance(0.5) ? { team: `Partner ${number + 1}` } : {};
    externals.push(
      company.build.externalAccount({ ...name, email: `partner${number + 1}@partner-${number + 1}.example`, ...team }),
    );
  }
  return {
    admin,
    members,
    joined: members.filter(({ status }) => status !== 'invited'),
    externals,
    groups: groupsOf(company, options, random, members),
  };
}

function member(company: Company, options: GenerateOptions, random: Random, number: number): Account {
  const name = personName(random);
  const email = emailOf(name, number + 1);
  if (number === 0) return company.build.member({ ...name, email, role: 'team_admin' });
  const roll = options.members < SMALL_TEAM ? 1 : random.next();
  const status = roll < 0.03 ? 'suspended' : roll < 0.07 ? 'invited' : 'active';
  const role = status === 'active' && random.chance(0.02) ? 'team_admin' : 'member_only';
  return company.build.member({ ...name, email, role, status });
}

/** Groups of random size: a few large ones and many small ones. */
function groupsOf({ build }: Company, { groups }: GenerateOptions, random: Random, members: Account[]): Group[] {
  const made: Group[] = [];
  for (let number = 0; number < groups; number += 1) {
    const kind = random.chance(0.7) ? 'company_managed' : 'user_managed';
    const group = build.group({ name: departmentName(number), kind });
    const size = Math.max(1, Math.round(members.length * 0.02 + members.length * 0.4 * random.next() ** 2));
    random.some(members, size).forEach((account, index) => {
      build.groupMember(group, account, index === 0 && kind === 'user_managed' ? 'owner' : 'member');
    });
    made.push(group);
  }
  return made;
}
