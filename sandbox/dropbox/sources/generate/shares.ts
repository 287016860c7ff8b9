import type { Account, Company, Level, Namespace } from '../../model';
import { everyoneGroup } from '../everyoneGroup';
import type { Random } from '../random';
import { sharedFolderName } from './names';
import type { GenerateOptions } from './options';
import type { People } from './people';

/** Shares of the two kinds of folders; the remaining ones are nested in team folders. */
const TEAM_FOLDERS = 0.25;
const PERSONAL_SHARES = 0.5;

export interface Shares {
  teamFolders: Namespace[];
  sharedFolders: Namespace[];
  nested: Namespace[];
}

/** Creates team folders, members' shared folders and folders nested in team folders, each with direct members. */
export function generateShares(company: Company, options: GenerateOptions, random: Random, people: People): Shares {
  const teamFolders: Namespace[] = [];
  const sharedFolders: Namespace[] = [];
  const nested: Namespace[] = [];
  for (let number = 1; number <= options.shared; number += 1) {
    const kind = random.next();
    const name = sharedFolderName(random, number);
    if (teamFolders.length === 0 || kind < TEAM_FOLDERS) {
      teamFolders.push(teamFolder(company, random, people, name));
    } else if (kind < TEAM_FOLDERS + PERSONAL_SHARES) {
      sharedFolders.push(sharedFolder(company, random, people, name));
    } else {
      nested.push(nestedFolder(company, random, people, name, [...teamFolders, ...nested]));
    }
  }
  return { teamFolders, sharedFolders, nested };
}

function teamFolder(company: Company, random: Random, people: People, name: string): Namespace {
  const namespace = company.build.teamFolder(name);
  company.build.folderMember(namespace, people.admin, 'editor');
  if (random.chance(0.3)) company.build.folderMember(namespace, everyoneGroup(people.admin), 'viewer');
  addMembers(company, random, people, namespace, {
    groups: random.between(1, 3),
    members: random.below(6),
    externals: 0,
  });
  return namespace;
}

function sharedFolder(company: Company, random: Random, people: People, name: string): Namespace {
  const foreign = people.externals.length > 0 && random.chance(0.08);
  const owner = random.pick(foreign ? people.externals : people.joined);
  const namespace = company.build.sharedFolder(owner, owner.home.root, name);
  addMembers(company, random, people, namespace, {
    groups: random.chance(0.2) ? 1 : 0,
    members: 1 + Math.floor(random.logNormal(2, 0.8)),
    externals: random.chance(0.2) ? 1 : 0,
  });
  if (random.chance(0.1))
    company.build.folderMember(namespace, `guest${random.below(100)}@elsewhere.example`, 'viewer');
  for (const account of namespace.acl.accounts.keys()) {
    if (account !== owner && account.status === 'active' && random.chance(0.05))
      company.build.unmount(account, namespace);
  }
  return namespace;
}

/** A nested folder; a third of them are restricted to their direct members. */
function nestedFolder(
  company: Company,
  random: Random,
  people: People,
  name: string,
  parents: readonly Namespace[],
): Namespace {
  const namespace = company.build.nestedFolder(random.pick(parents).root, name, !random.chance(0.33));
  company.build.folderMember(namespace, people.admin, 'editor');
  addMembers(company, random, people, namespace, {
    groups: random.chance(0.4) ? 1 : 0,
    members: random.between(1, 4),
    externals: 0,
  });
  return namespace;
}

interface Counts {
  groups: number;
  members: number;
  externals: number;
}

function addMembers({ build }: Company, random: Random, people: People, namespace: Namespace, counts: Counts): void {
  const isNew = (account: Account) => !namespace.acl.accounts.has(account) && account !== namespace.owner;
  for (const group of random.some(people.groups, counts.groups)) build.folderMember(namespace, group, level(random));
  const accounts = [...random.some(people.members, counts.members), ...random.some(people.externals, counts.externals)];
  for (const account of accounts.filter(isNew)) build.folderMember(namespace, account, level(random));
}

function level(random: Random): Level {
  const value = random.next();
  return value < 0.5 ? 'editor' : value < 0.95 ? 'viewer' : 'viewer_no_comment';
}
