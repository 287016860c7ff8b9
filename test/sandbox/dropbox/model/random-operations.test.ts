import fc from 'fast-check';
import { BadArgument, DropboxProblem } from '../../../../sandbox/dropbox/model';
import { Oracle } from './oracle';
import { describeEntry } from './protocol-client';
import type { Picks } from './steps';
import { steps } from './steps';
import { World } from './world';

/** Steps in all; more with MODEL_STEPS, the same run again with MODEL_SEED, a smaller example with MODEL_SHRINK=1. */
const STEPS = Number(process.env['MODEL_STEPS'] ?? 10_000);
const SEED = Number(process.env['MODEL_SEED'] ?? Date.now() % 1_000_000_000);
const STEPS_PER_RUN = 150;
/** Runs are of random length: this many steps on average. */
const MEAN_STEPS = 60;

const picks = fc.record({ who: fc.nat(1000), a: fc.nat(10_000), b: fc.nat(10_000), c: fc.nat(10_000) });

/** One random operation, after which every member's stream and the truth must agree with what he may see. */
class Operation implements fc.Command<Oracle, World> {
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
      steps[this.name]?.(world, this.picked);
      world.done++;
    } catch (problem) {
      if (!(problem instanceof DropboxProblem) && !(problem instanceof BadArgument)) throw problem;
      world.refused++;
    }
    followAll(oracle, world);
    if (world.done % 10 === 0) compareTruth(world);
  }

  toString(): string {
    return `${this.name} ${JSON.stringify(this.picked)}`;
  }
}

function followAll(oracle: Oracle, world: World): void {
  const adminOracle = new Oracle(world.company, true);
  for (const { account, base, mounted, asAdmin, client } of world.clients) {
    const eye = asAdmin ? adminOracle : oracle;
    if (account.status === 'removed' || !['full', 'way'].includes(eye.seen(account, base()))) continue;
    client.sync();
    const told = (lines: string[]) => (asAdmin ? lines.map(withoutReadOnly) : lines);
    const lines = told(client.lines());
    const expected = told(eye.lines(account, base(), mounted));
    if (lines.join('\n') !== expected.join('\n')) {
      throw new Error(`${account.email}: ${difference(lines, expected)}`);
    }
  }
}

/** That the root of a listing became read-only is told by its mount alone, which a listing of the namespace has not. */
function withoutReadOnly(line: string): string {
  return line.replace(/ ro=\w+/, '').replace(/ (true|false)$/, '');
}

function difference(lines: string[], expected: string[]): string {
  const missing = expected.filter((line) => !lines.includes(line)).map((line) => `  missing: ${line}`);
  const wrong = lines.filter((line) => !expected.includes(line)).map((line) => `  wrong:   ${line}`);
  return ['the stream tells something else than there is', ...missing, ...wrong].join('\n');
}

/** All files that a member can list anywhere, or was given directly, are those whose readers he is among. */
function compareTruth(world: World): void {
  const { company } = world;
  const { files } = company.truth();
  for (const account of world.accounts) {
    if (account.memberId === undefined || company.accountByEmail(account.email) !== account) continue;
    const named = Object.entries(files).filter(([, { readers }]) => readers.includes(account.email));
    const reached = account.status === 'active' ? reachable(world, account) : [];
    expect(reached.sort()).toEqual(named.map(([id]) => id).sort());
  }
}

function reachable(world: World, account: World['accounts'][number]): string[] {
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

describe('after any operation', () => {
  it.each(['A', 'B', 'C'] as const)(
    'each member follows his own listing to what he may see (model %s)',
    (model) => {
      let refused = 0;
      let done = 0;
      const operations = Object.keys(steps).map((name) => picks.map((picked) => new Operation(name, picked)));
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
      } as const);
      const property = fc.property(
        choices,
        fc.nat(1000),
        fc.commands(operations, { maxCommands: STEPS_PER_RUN, size: 'max' }),
        (chosen, seed, commands) => {
          const world = new World(model, chosen, seed);
          try {
            fc.modelRun(() => ({ model: new Oracle(world.company), real: world }), commands);
          } finally {
            refused += world.refused;
            done += world.done;
          }
        },
      );
      console.info(`model ${model}: seed ${SEED}`);
      fc.assert(property, {
        seed: SEED,
        numRuns: Math.ceil(STEPS / 3 / MEAN_STEPS),
        endOnFailure: process.env['MODEL_SHRINK'] === undefined,
      });
      console.info(`model ${model}: ${done} operations done, ${refused} refused`);
      expect(done).toBeGreaterThan(refused / 4);
    },
    600_000,
  );
});

describe('describeEntry', () => {
  it('tells apart what the streams must tell', () => {
    expect(describeEntry('/a', { '.tag': 'folder', name: 'a', id: 'id:1' })).toBe(
      '/a folder id:1 in= is= ro= way= sealed=',
    );
  });
});
