import {
  Company,
  GeneratedContent,
  type Account,
  type Choices,
  type Namespace,
  type TeamModel,
} from '../../sandbox/dropbox/model';
import { operations } from './companyOperations';
import { CompanyWorld, isRefusal, type Picks } from './companyWorld';

/** An operation by its name and its random numbers, so that it can be repeated. */
export interface Step {
  name: string;
  picks: Picks;
}

export interface RandomCompanyOptions {
  seed: number;
  model: TeamModel;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

/** Random numbers that are determined by the seed (mulberry32). */
export class Chance {
  constructor(private state: number) {}

  /** A number from 0 up to, but not including, 1. */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  natural(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  one<T>(list: readonly [T, ...T[]]): T {
    return list[this.natural(list.length)] ?? list[0];
  }
}

const TOTAL = Object.values(operations).reduce((sum, { weight }) => sum + weight, 0);

/** A small company with random operations, all of which are determined by the seed. */
export class RandomCompany {
  readonly company: Company;
  readonly choices: Partial<Choices>;
  readonly world: CompanyWorld;
  readonly applied: Record<string, number> = {};
  refused = 0;
  private readonly chance: Chance;

  constructor({ seed, model, clock }: RandomCompanyOptions) {
    this.chance = new Chance(seed);
    // What is chosen without a random number changes no sequence of operations.
    const nestedContentWithoutMounted = seed % 3 === 0 ? 'listed' : 'left_out';
    const lateFolders = seed % 2 === 0 ? 0.5 : 0;
    this.choices = { ...randomChoices(this.chance), nestedContentWithoutMounted, lateFolders };
    this.company = new Company({ model, seed, choices: this.choices, clock });
    populate(this.company);
    this.company.goLive();
    this.world = new CompanyWorld(this.company, this.company.state.choices);
  }

  /** Chooses the next random operation without applying it. */
  next(): Step {
    let left = this.chance.fraction() * TOTAL;
    let name = 'upload';
    for (const [candidate, { weight }] of Object.entries(operations)) {
      name = candidate;
      left -= weight;
      if (left < 0) break;
    }
    const pick = (): number => this.chance.natural(1_000_000);
    return { name, picks: { who: pick(), a: pick(), b: pick(), c: pick() } };
  }

  /** Applies an operation. False when Dropbox refuses it; changes before the refusal stay. */
  apply({ name, picks }: Step): boolean {
    const operation = operations[name];
    if (operation === undefined) throw new Error(`there is no operation ${name}`);
    try {
      operation.run(this.world, picks);
      this.applied[name] = (this.applied[name] ?? 0) + 1;
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.refused += 1;
      return false;
    }
  }

  /** E-mail addresses of the active members. */
  activeEmails(): string[] {
    return this.world.accounts
      .filter(({ status, memberId }) => status === 'active' && memberId !== undefined)
      .map(({ email }) => email);
  }
}

/** Behaviour of Dropbox that no source documents, chosen at random. */
function randomChoices(chance: Chance): Partial<Choices> {
  const sometimes = (): boolean => chance.fraction() < 0.5;
  return {
    idAcrossNamespaces: chance.one(['kept', 'kept', 'new']),
    mountPointWithoutContent: chance.one(['listed', 'left_out']),
    folderMembersWithoutPath: chance.one(['direct', 'with_inherited']),
    moveOrder: chance.one(['delete_first', 'add_first', 'seeded']),
    deletesListDescendants: chance.one([0, 0.5, 1]),
    emptyPages: 0.1,
    duplicateEntries: 0.05,
    pageOverlap: chance.one([0, 0.5]),
    restrictedFolder: chance.one(['hidden', 'no_access']),
    displayAncestors: chance.one(['exact', 'lower']),
    foreignCursor: chance.one(['bad_argument', 'reset']),
    fileMemberChangeDeliversFile: sometimes(),
    sharedRootType: chance.one(['team_folder', 'shared_folder', 'other']),
    everyoneGroupHasInvited: sometimes(),
    adminReadsForeignFolders: chance.fraction() < 0.2,
    autoMount: sometimes(),
    shareInsideSharedFolder: sometimes(),
    jobPollsInProgress: 0,
    fileEvents: sometimes(),
    eventDisorderSeconds: 120,
    duplicateEvents: 0.1,
    emptyEventPages: 0.1,
    eventsWithoutFileId: chance.one([0, 0.5, 1]),
  };
}

const content = (number: number): GeneratedContent => new GeneratedContent(1 + (number % 50), number);

/** Adds one or two of everything that a team can have. */
function populate({ build }: Company): void {
  const people = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Fay', 'Gus'].map((givenName, at) =>
    build.member({
      email: `${givenName.toLowerCase()}@team.test`,
      givenName,
      surname: 'Test',
      role: at === 0 ? 'team_admin' : 'member_only',
    }),
  ) as [Account, Account, Account, Account, Account, Account, Account];
  const [ada, ben, cleo, dan, eve, fay, gus] = people;
  const olga = build.externalAccount({ email: 'olga@other.test', givenName: 'Olga', surname: 'Out', team: 'Other' });
  const readers = build.group({ name: 'Readers' });
  const writers = build.group({ name: 'Writers' });
  for (const person of [cleo, dan]) build.groupMember(readers, person);
  for (const person of [dan, eve, gus]) build.groupMember(writers, person);

  const plans = build.teamFolder('Plans');
  build.folderMember(plans, readers, 'viewer');
  build.folderMember(plans, ben, 'editor');
  fill(build, plans, 3);
  const secret = build.nestedFolder(build.folder(plans.root, 'Deep'), 'Secret', false);
  build.folderMember(secret, eve, 'editor');
  build.folderMember(secret, writers, 'viewer');
  fill(build, secret, 2);
  const open = build.nestedFolder(plans.root, 'Open', true);
  build.folderMember(open, fay, 'viewer');
  fill(build, open, 2);
  const company = build.teamFolder('Company');
  build.folderMember(company, writers, 'editor');
  build.folderMember(company, ada, 'editor');
  fill(build, company, 2);

  const project = build.sharedFolder(ben, build.folder(ben.home.root, 'Work'), 'Project');
  build.folderMember(project, cleo, 'viewer');
  build.folderMember(project, olga, 'editor');
  build.folderMember(project, 'guest1@guests.test', 'viewer');
  fill(build, project, 3);
  const foreign = build.sharedFolder(olga, olga.home.root, 'Foreign');
  build.folderMember(foreign, dan, 'viewer');
  fill(build, foreign, 2);
  for (const [at, person] of people.entries()) {
    const own = build.folder(person.home.root, 'Mine');
    build.file(own, `mine ${at}.txt`, content(100 + at));
  }
  build.file(build.appFolder(cleo, 'Scanner').root, 'scan.pdf', content(200));
  build.fileMember(build.file(ada.home.root, 'single.docx', content(300)), gus, 'viewer');
  build.fileMember(build.file(olga.home.root, 'received.pdf', content(301)), fay, 'viewer');
  // Who has no team may be invited to this one, and then brings these shares.
  const petra = build.externalAccount({ email: 'petra@home.test', givenName: 'Petra', surname: 'Plain' });
  build.folderMember(project, petra, 'viewer');
  build.folderMember(open, petra, 'viewer');
  build.fileMember(build.file(ben.home.root, 'draft.docx', content(302)), petra, 'viewer');
}

function fill(build: Company['build'], { root, name }: Namespace, files: number): void {
  const inner = build.folder(root, `${name} inside`);
  for (let at = 0; at < files; at += 1) {
    build.file(at % 2 === 0 ? root : inner, `${name} ${at}.txt`, content(name.length * 10 + at));
  }
}
