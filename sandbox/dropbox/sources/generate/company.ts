import type { Account, Company, FileNode, FolderNode, Namespace } from '../../model';
import { Random } from '../random';
import { apportion, contentPool, fillFolder } from './files';
import type { GenerateOptions } from './options';
import { generatePeople, type People } from './people';
import { generateShares, type Shares } from './shares';

/** Relative number of files in each kind of namespace, before the random weight of each namespace. */
const WEIGHTS = { teamFolder: 8, nested: 3, sharedFolder: 2, home: 1 };
/** One in this many files is shared individually. */
const FILES_PER_SHARED_FILE = 250;

/** Generates a company with realistic proportions. The same options give the same company. */
export function generateTeam(company: Company, options: GenerateOptions): void {
  const random = new Random(options.seed);
  const people = generatePeople(company, options, random);
  const shares = generateShares(company, options, random, people);
  const contents = contentPool(random);
  const places = placesOf(shares, people);
  // The random weights give few large and many small namespaces.
  const counts = apportion(
    options.files,
    places.map(({ weight }) => weight * random.logNormal(1, 1)),
  );
  places.forEach(({ root, authors }, index) => {
    fillFolder(company, random, contents, root, counts[index] ?? 0, authors, (file) => {
      if (random.chance(1 / FILES_PER_SHARED_FILE)) shareFile(company, random, people, file);
    });
  });
}

interface FilledPlace {
  root: FolderNode;
  weight: number;
  authors: readonly Account[];
}

function placesOf({ teamFolders, nested, sharedFolders }: Shares, { joined }: People): FilledPlace[] {
  const place = (weight: number) => (namespace: Namespace) => {
    const authors = [...namespace.acl.accounts.keys()].filter(({ status }) => status !== 'invited');
    return { root: namespace.root, weight, authors: authors.length > 0 ? authors : joined };
  };
  return [
    ...teamFolders.map(place(WEIGHTS.teamFolder)),
    ...nested.map(place(WEIGHTS.nested)),
    ...sharedFolders.map(place(WEIGHTS.sharedFolder)),
    ...joined.map((account) => ({ root: account.home.root, weight: WEIGHTS.home, authors: [account] })),
  ];
}

function shareFile({ build }: Company, random: Random, people: People, file: FileNode): void {
  for (const account of random.some(people.members, random.between(1, 3))) {
    build.fileMember(file, account, random.chance(0.3) ? 'editor' : 'viewer');
  }
  if (people.groups.length > 0 && random.chance(0.1)) build.fileMember(file, random.pick(people.groups), 'viewer');
  if (people.externals.length > 0 && random.chance(0.1))
    build.fileMember(file, random.pick(people.externals), 'viewer');
  if (random.chance(0.05)) build.fileMember(file, `guest${random.below(100)}@elsewhere.example`, 'viewer');
}
