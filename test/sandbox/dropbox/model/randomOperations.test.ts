/**
 * Random operations on a small company. After each one, an independent oracle checks what every member knows from
 * following their own listing. The truth that the simulator reports is checked against the listings.
 *
 * `npm run test:long` runs the fixed seeds below, so that a failure there is caused by a change of the code and not by
 * chance. The other forms of `TEST_FORM=long npx jest randomOperations` are chosen by environment variables:
 *
 *   MODEL_FRESH_SEEDS=200   200 new seeds in each team model
 *   MODEL_SEED=651063726    this seed alone
 *   MODEL_STEPS=3000        operations that are drawn for one seed and team model
 *   MODEL_SHRINK=1          reduce a failing run to a small example (slow)
 *
 * Each seed is printed before it runs. A failing seed is turned into a fixed case in accessChanges.test.ts, with the
 * fewest operations that show the defect.
 */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import type { TeamModel } from '../../../../sandbox/dropbox/model';
import { BadArgument, DropboxProblem } from '../../../../sandbox/dropbox/model';
import type { Picks } from './operations';
import { operations } from './operations';
import { Oracle } from './oracle';
import { describeEntry } from './protocolClient';
import { World } from './world';

const FIXED_SEEDS = [651063726];
/** Operations that are drawn for one seed and team model; another number draws other operations for the same seed. */
const STEPS = Number(process.env['MODEL_STEPS'] ?? 3_333);
const STEPS_PER_RUN = 150;
/** Runs are of random length: this many steps on average. */
const MEAN_STEPS = 60;
/** One seed takes about five seconds on an idle machine; MODEL_STEPS and MODEL_SHRINK make it longer. */
const SEED_TIMEOUT_MS = 600_000;

function seeds(): readonly number[] {
  const { MODEL_SEED: seed, MODEL_FRESH_SEEDS: fresh } = process.env;
  if (seed !== undefined) return [Number(seed)];
  if (fresh === undefined) return FIXED_SEEDS;
  return Array.from({ length: Number(fresh) }, () => randomInt(1_000_000_000));
}

const picks = fc.record({ who: fc.nat(1000), a: fc.nat(10_000), b: fc.nat(10_000), c: fc.nat(10_000) });

/** One random operation, followed by the comparison of all streams and, now and then, of the truth. */
class RandomOperation implements fc.Command<Oracle, World> {
  constructor(
    private readonly name: string,
    private readonly picked: Picks,
  ) {}

  check(): boolean {
    return true;
  }

  run(oracle: Oracle, world: World): void {
    world.clock += 1000;
    try {
      operations[this.name]?.(world, this.picked);
      world.done++;
    } catch (problem) {
      if (!(problem instanceof DropboxProblem) && !(problem instanceof BadArgument)) throw problem;
      world.refused++;
    }
    compareStreams(oracle, world);
    if (world.done % 10 === 0) compareTruth(world);
  }

  toString(): string {
    return `${this.name} ${JSON.stringify(this.picked)}`;
  }
}

function compareStreams(oracle: Oracle, world: World): void {
  const adminOracle = new Oracle(world.company, true);
  for (const { account, base, mounted, asAdmin, client } of world.clients) {
    const authority = asAdmin ? adminOracle : oracle;
    const visibility = authority.visibilityOf(account, base());
    if (account.status === 'removed' || (visibility !== 'full' && visibility !== 'traverse')) continue;
    client.sync();
    const comparable = (lines: string[]) => (asAdmin ? lines.map(withoutReadOnly) : lines);
    const lines = comparable(client.lines());
    const expected = comparable(authority.lines(account, base(), mounted));
    if (lines.join('\n') !== expected.join('\n')) {
      throw new Error(`${account.email}: ${difference(lines, expected)}`);
    }
  }
}

/** Only the entry of a mount shows that its namespace became read-only. A listing of the namespace itself has none. */
function withoutReadOnly(line: string): string {
  return line.replace(/ ro=\w+/, '').replace(/ (true|false)$/, '');
}

function difference(lines: string[], expected: string[]): string {
  const missing = expected.filter((line) => !lines.includes(line)).map((line) => `  missing: ${line}`);
  const wrong = lines.filter((line) => !expected.includes(line)).map((line) => `  wrong:   ${line}`);
  return ['the stream differs from what the member may see', ...missing, ...wrong].join('\n');
}

/** The files that a member can list or received directly are those that the truth lets them read. */
function compareTruth(world: World): void {
  const { company } = world;
  const { files } = company.truth();
  for (const account of world.accounts) {
    if (account.memberId === undefined || company.accountByEmail(account.email) !== account) continue;
    const readable = Object.entries(files).filter(([, { readers }]) => readers.includes(account.email));
    const reached = account.status === 'active' ? reachableFiles(world, account) : [];
    expect(reached.sort()).toEqual(readable.map(([id]) => id).sort());
  }
}

function reachableFiles(world: World, account: World['accounts'][number]): string[] {
  const { company } = world;
  const ids = new Set<string>();
  const actor = { account, root: account.root };
  for (const { id, deleted } of world.namespaces) {
    if (deleted) continue;
    try {
      const arg = { path: `ns:${id}`, recursive: true, include_mounted_folders: false };
      let page = company.files.listFolder(actor, arg);
      for (;;) {
        for (const entry of page.entries) if (entry['.tag'] === 'file') ids.add(entry.id);
        if (!page.has_more) break;
        page = company.files.listFolderContinue(actor, page.cursor);
      }
    } catch (problem) {
      if (!(problem instanceof DropboxProblem)) throw problem;
    }
  }
  for (const received of company.sharing.listReceivedFiles(actor)) ids.add(received.id);
  return [...ids];
}

const randomOperations = Object.keys(operations).map((name) =>
  picks.map((picked) => new RandomOperation(name, picked)),
);
const choices = fc.record({
  moveOrder: fc.constantFrom('delete_first', 'add_first', 'seeded'),
  restrictedFolder: fc.constantFrom('hidden', 'no_access'),
  idAcrossNamespaces: fc.constantFrom('kept', 'new'),
  autoMount: fc.boolean(),
  shareInsideSharedFolder: fc.boolean(),
  deletesListDescendants: fc.constantFrom(0, 0.5, 1),
  emptyPages: fc.constantFrom(0, 0.3),
  duplicateEntries: fc.constantFrom(0, 0.3),
  pageOverlap: fc.constantFrom(0, 0.5),
  lateFolders: fc.constantFrom(0, 0.5),
} as const);

const cases = seeds().flatMap((seed) => (['A', 'B', 'C'] as const).map((model) => [model, seed] as const));

describe('after any operation', () => {
  it.each<readonly [TeamModel, number]>(cases)(
    'the stream of each member agrees with what they may see (model %s, seed %i)',
    (model, seed) => {
      let refused = 0;
      let done = 0;
      const property = fc.property(
        choices,
        fc.nat(1000),
        fc.commands(randomOperations, { maxCommands: STEPS_PER_RUN, size: 'max' }),
        (chosen, worldSeed, commands) => {
          const world = new World(model, chosen, worldSeed);
          try {
            fc.modelRun(() => ({ model: new Oracle(world.company), real: world }), commands);
          } finally {
            refused += world.refused;
            done += world.done;
          }
        },
      );
      process.stdout.write(`model ${model}, seed ${seed}\n`);
      fc.assert(property, {
        seed,
        numRuns: Math.ceil(STEPS / MEAN_STEPS),
        endOnFailure: process.env['MODEL_SHRINK'] === undefined,
      });
      process.stdout.write(`model ${model}, seed ${seed}: ${done} operations done, ${refused} refused\n`);
      expect(done).toBeGreaterThan(refused / 4);
    },
    SEED_TIMEOUT_MS,
  );
});

describe('describeEntry', () => {
  it('contains every field that the streams must deliver', () => {
    expect(describeEntry('/a', { '.tag': 'folder', name: 'a', id: 'id:1' })).toBe(
      '/a folder id:1 in= is= ro= traverse= no_access=',
    );
  });
});
