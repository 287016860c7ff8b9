import type { TeamModel } from '../../sandbox/dropbox/model';
import { startDropboxSimulator, type DropboxSimulator } from '../../sandbox/dropbox/server';
import type { SyncOutcome } from '../../src/client';
import { accessDifferences, pipesHubAccess } from './access';
import { Deployment, ORGANIZATION } from './deployment';
import { FaultProxy, seeded } from './faultProxy';
import { differences, graphSnapshot, type GraphSnapshot } from './graphSnapshot';
import { orderFullSync } from './pipesHubOrders';
import { Chance, RandomCompany, type Step } from './randomCompany';
import { Resources } from './resources';
import { startSharedServers, type SharedServers } from './servers';

/** Share of the requests of a sync before each of which something changes, in a round with changes during a sync. */
const CHANGED_BEFORE = 0.3;
/** Runs that may follow such a sync until one has found everything: what moved during a listing may be left out of it. */
const LATER_RUNS = 2;

export interface RandomRun {
  seed: number;
  model: TeamModel;
  rounds: number;
  operations: number;
  /** Share of Dropbox's answers that are falsified in every third round. */
  lies: number;
  /** Number of operations during another sync of each round, before the last one. Default: there is none. */
  during?: number;
}

/** By how much the worker's clock is ahead of Dropbox's, in minutes, in one round after the other. */
const CLOCK_AHEAD = [0, 30, -30];

/** One round: operations, and the kind of the sync after them. */
export interface Round {
  steps: Step[];
  /** Index of the operation after which another sync runs, which may miss delayed events; undefined: no such sync. */
  early?: number;
  sync: 'incremental' | 'full' | 'ordered by PipesHub';
  /** Share of Dropbox's answers that are falsified in another sync before the last one. */
  lies?: number;
  /** Operations during another sync before the last one. */
  during?: Step[];
  /** By how much the worker's clock is ahead, in minutes. Default: not at all. */
  clockAhead?: number;
}

export interface RunResult {
  rounds: number;
  operations: number;
  refused: number;
  applied: Record<string, number>;
  seconds: number;
  /** The first round with differences; undefined when there were none. */
  failure?: { round: number; lines: string[]; history: Round[] };
}

/** Runs random companies on shared servers, whose start would take longer than a short run. */
export class RandomCompanyRunner {
  private readonly running = new Set<CompanyRun>();

  private constructor(
    private readonly resources: Resources,
    private readonly servers: SharedServers,
  ) {}

  static async start(): Promise<RandomCompanyRunner> {
    const resources = new Resources();
    try {
      return new RandomCompanyRunner(resources, await startSharedServers(resources));
    } catch (error) {
      await resources.close();
      throw error;
    }
  }

  /** Ends runs that are still under way, too. */
  async close(): Promise<void> {
    for (const run of this.running) await run.close();
    await this.resources.close();
  }

  /** Runs random rounds, and compares after each of them. */
  async run(options: RandomRun, log: (line: string) => void = () => undefined): Promise<RunResult> {
    const chance = new Chance(options.seed ^ 0x5eed);
    const rounds: Round[] = [];
    const planned = new RandomCompany({ ...options, clock: Date.now });
    for (let at = 0; at < options.rounds; at += 1) {
      const steps = Array.from({ length: options.operations }, () => planned.next());
      const luck = chance.fraction();
      const during = options.during ? Array.from({ length: options.during }, () => planned.next()) : undefined;
      rounds.push({
        steps,
        ...(chance.fraction() < 0.4 ? { early: chance.natural(options.operations) } : {}),
        ...(options.lies > 0 && at % 3 === 1 ? { lies: options.lies } : {}),
        ...(during ? { during } : {}),
        clockAhead: CLOCK_AHEAD[at % CLOCK_AHEAD.length] ?? 0,
        sync: luck < 0.06 ? 'ordered by PipesHub' : luck < 0.12 ? 'full' : 'incremental',
      });
    }
    return this.replay(options, rounds, log);
  }

  /** Runs given rounds: for example, some of those of a failure. */
  async replay(
    { seed, model }: Pick<RandomRun, 'seed' | 'model'>,
    rounds: readonly Round[],
    log: (line: string) => void = () => undefined,
  ): Promise<RunResult> {
    const startedAt = Date.now();
    const run = await CompanyRun.start(this.servers, seed, model);
    this.running.add(run);
    const result: RunResult = { rounds: 0, operations: 0, refused: 0, applied: run.random.applied, seconds: 0 };
    const history: Round[] = [];
    try {
      for (const [at, round] of [{ steps: [], sync: 'full' as const }, ...rounds].entries()) {
        const lines = await run.round(round, history);
        result.rounds = at;
        if (lines.length > 0) {
          result.failure = { round: at, lines, history };
          break;
        }
        if (at % 10 === 0) log(`seed ${seed} model ${model}: round ${at}, ${run.describe()}`);
      }
    } finally {
      this.running.delete(run);
      await run.close();
    }
    result.operations = Object.values(run.random.applied).reduce((sum, count) => sum + count, 0);
    result.refused = run.random.refused;
    result.seconds = (Date.now() - startedAt) / 1000;
    return result;
  }
}

/** A company, the graph of its incremental syncs, and a second graph that is made from scratch for each comparison. */
class CompanyRun {
  private static count = 0;
  private keys = new Map<string, string>();

  private constructor(
    readonly random: RandomCompany,
    private readonly connectorId: string,
    private readonly resources: Resources,
    private readonly main: Deployment,
    private readonly fresh: Deployment,
    private readonly clock: { offset: number; ahead: number },
    private readonly dropbox: DropboxSimulator,
    /** Between the incremental syncs and Dropbox. */
    private readonly proxy: FaultProxy,
  ) {}

  static async start(servers: SharedServers, seed: number, model: TeamModel): Promise<CompanyRun> {
    const resources = new Resources();
    try {
      return await CompanyRun.open(resources, servers, seed, model);
    } catch (error) {
      await resources.close();
      throw error;
    }
  }

  private static async open(
    resources: Resources,
    servers: SharedServers,
    seed: number,
    model: TeamModel,
  ): Promise<CompanyRun> {
    const clock = { offset: 0, ahead: 0 };
    const now = (): number => Date.now() + clock.offset;
    const workerNow = (): number => now() + clock.ahead;
    const random = new RandomCompany({ seed, model, clock: now });
    const dropbox = resources.add(await startDropboxSimulator({ port: 0, company: random.company, shortPages: 0.1 }));
    const number = (CompanyRun.count += 1);
    const connectorId = `dropbox-${number}`;
    const proxy = resources.add(await FaultProxy.start(dropbox.url));
    const main = await Deployment.open(
      resources,
      servers,
      `main-${number}`,
      connectorId,
      dropbox,
      workerNow,
      proxy.url,
    );
    const fresh = await Deployment.open(resources, servers, `fresh-${number}`, connectorId, dropbox, now);
    await main.invite(random.activeEmails());
    await main.create();
    await fresh.create();
    return new CompanyRun(random, connectorId, resources, main, fresh, clock, dropbox, proxy);
  }

  async close(): Promise<void> {
    await this.resources.close();
  }

  describe(): string {
    const { files, folders, members } = this.random.company.stats;
    return `${files} files, ${folders} folders ever, ${members} members`;
  }

  /** Runs a round and returns its differences. The round is added to `history` first, so that a crash is in it, too. */
  async round(round: Round, history: Round[]): Promise<string[]> {
    const applied: Round = { ...round, steps: [] };
    history.push(applied);
    const lines: string[] = [];
    this.clock.ahead = (round.clockAhead ?? 0) * 60_000;
    for (const [at, step] of round.steps.entries()) {
      this.clock.offset += 2000;
      if (this.random.apply(step)) applied.steps.push(step);
      if (at !== round.early) continue;
      applied.early = Math.max(0, applied.steps.length - 1);
      lines.push(...problemsOf('an early sync', await this.main.sync()));
      const { faults } = await graphSnapshot(this.main.db, this.connectorId);
      lines.push(...faults.map((fault) => `after an early sync: ${fault}`));
      if (lines.length > 0) return lines;
    }
    if (round.during !== undefined) applied.during = await this.changeDuringSync(round.during);
    // By this time every event has appeared.
    this.clock.offset += 1500 * 1000;
    await this.main.invite(this.withAccount());
    if (round.lies !== undefined) await this.main.syncWithLies(this.dropbox, round.lies);
    if (round.sync === 'ordered by PipesHub') await orderFullSync(this.main.db, this.connectorId);
    let outcome = await this.main.sync(round.sync === 'full' ? { mode: 'full' } : {});
    const laterRuns = round.during === undefined ? 0 : LATER_RUNS;
    for (let more = laterRuns; outcome.status === 'partial' && more > 0; more -= 1) outcome = await this.main.sync();
    lines.push(...problemsOf('the sync', outcome));
    const found = await graphSnapshot(this.main.db, this.connectorId);
    lines.push(
      ...found.faults,
      ...this.keptKeys(found),
      ...(await this.main.indexing.differences(this.main.db, this.connectorId)),
    );
    lines.push(...(await this.compareAccess(found)));
    lines.push(...(await this.compareFresh(found)));
    return lines;
  }

  /** Applies operations between the requests of a sync, which may end in any way. Returns those that Dropbox accepted. */
  private async changeDuringSync(steps: readonly Step[]): Promise<Step[]> {
    const waiting = [...steps];
    const applied: Step[] = [];
    const chance = seeded(steps[0]?.picks.who ?? 0);
    this.proxy.decide = ({ path }) => {
      if (path.startsWith('/oauth2') || chance() > CHANGED_BEFORE) return undefined;
      const step = waiting.shift();
      this.clock.offset += 2000;
      if (step && this.random.apply(step)) applied.push(step);
      return undefined;
    };
    await this.main.syncAnyhow();
    this.proxy.decide = () => undefined;
    for (const step of waiting) if (this.random.apply(step)) applied.push(step);
    return applied;
  }

  /** Two thirds of the members have an account in PipesHub; a sync finds the others only in Dropbox. */
  private withAccount(): string[] {
    return this.random.activeEmails().filter((email) => email.length % 3 !== 0);
  }

  private keptKeys({ keys }: GraphSnapshot): string[] {
    const lines: string[] = [];
    for (const [id, key] of keys) {
      const before = this.keys.get(id);
      if (before !== undefined && before !== key) lines.push(`${id} has a new key`);
    }
    this.keys = keys;
    return lines;
  }

  private async compareAccess({ lines }: GraphSnapshot): Promise<string[]> {
    const { files } = this.random.company.truth();
    const emails = new Set(this.random.world.accounts.map(({ email }) => email.toLowerCase()));
    const sharedIndividually = new Set(lines.flatMap((line) => /^record (\S+) permission /.exec(line)?.[1] ?? []));
    const wrong: string[] = [];
    const truth = Object.fromEntries(
      Object.entries(files).map(([id, file]) => [
        id,
        { ...file, readers: file.readers.map((email) => email.toLowerCase()) },
      ]),
    );
    for (const email of emails) {
      const found = await pipesHubAccess(this.main.db, email, ORGANIZATION, this.connectorId);
      wrong.push(...accessDifferences(email, found, truth, sharedIndividually));
    }
    return wrong;
  }

  private async compareFresh(found: GraphSnapshot): Promise<string[]> {
    await this.fresh.empty();
    await this.fresh.invite(this.withAccount());
    const outcome = await this.fresh.sync();
    const expected = await graphSnapshot(this.fresh.db, this.connectorId);
    return [
      ...problemsOf('the full sync from scratch', outcome),
      ...expected.faults.map((fault) => `in the graph from scratch: ${fault}`),
      ...differences(found.lines, expected.lines),
    ];
  }
}

function problemsOf(name: string, { status, gaps, error }: SyncOutcome): string[] {
  if (status === 'complete') return [];
  return [`${name} ended ${status}`, ...gaps, ...(error ? [`${error.code}: ${error.message}`] : [])];
}
