/**
 * A company that is always changing, for as long as one likes: faults and lies of Dropbox, restarts of a worker, of
 * Temporal and of ArangoDB, and once a migration of the team. At the end the graph equals Dropbox, every dead letter has
 * its reason, and the memory of a worker that has lived through all of it is flat.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDropboxSimulator, type DropboxSimulator } from '../sandbox/dropbox/server';
import { ensureUsers, installPipesHub } from '../sandbox/pipeshub/install';
import { followSync } from '../src/cli/followSync';
import { DropboxTeamsClient, loadConfig, type SyncOptions, type SyncOutcome } from '../src/client';
import { openDatabase } from '../src/graph/driver/database';
import { freePort } from '../src/server/freePort';
import { RECEIVED_NAMESPACE_ID } from '../src/sync/receivedFiles';
import { LATEST_EVENT } from '../test/support/companyOperations';
import { liesAtRate } from '../test/support/liesAtRate';
import { Chance, RandomCompany } from '../test/support/randomCompany';
import { simulatorPage } from '../test/support/simulatorPages';
import { residentMemory, startProgram, type Program } from './processes';
import { Report } from './report';
import { CONNECTOR, ORGANIZATION } from './stack';

/** How much the median memory of the last third may exceed that of the middle one. */
const GROWTH = 1.1;
/** Longer than any restart takes. */
const OUTAGE_SECONDS = 300;
/** Syncs in peace that may be needed until what was held, missed or refused is done. */
const FINAL_SYNCS = 10;

const disturbances = ['none', 'faults', 'lies', 'worker', 'temporal', 'arangodb'] as const;
type Disturbance = (typeof disturbances)[number];

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      /** Operations in the company between two syncs. */
      operations: { type: 'string', default: '15' },
      /** Seconds between a sync and the next operations. */
      pause: { type: 'string', default: '0' },
      /** What happens during syncs, in turn. */
      disturbances: { type: 'string', default: disturbances.join(',') },
      /** From team folders to a team space, in the middle of the time. */
      migration: { type: 'boolean', default: true },
      /** Below five minutes a worker is still growing into its work. */
      memory: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  const report = new Report();
  const inTurn = disturbances.filter((name) => values.disturbances.split(',').includes(name));
  const soak = await Soak.start(Number(values.seed));
  try {
    await soak.live(report, {
      milliseconds: Number(values.minutes) * 60_000,
      operations: Number(values.operations),
      pause: Number(values.pause) * 1000,
      inTurn,
      migrates: values.migration,
    });
    await soak.finish(report, values.memory);
  } finally {
    await soak.stop();
  }
  report.end();
}

interface Life {
  milliseconds: number;
  /** Between two syncs. */
  operations: number;
  /** After each sync, ms. */
  pause: number;
  inTurn: readonly Disturbance[];
  migrates: boolean;
}

class Soak {
  private readonly runs: Record<string, number> = {};
  private readonly disturbed: Record<string, number> = {};
  private readonly memory: number[] = [];
  private readonly programs = new Map<'temporal' | 'arangodb' | 'worker' | 'steady worker', Program>();
  private operations = 0;
  private closed = false;

  private constructor(
    private readonly folder: string,
    private readonly ports: { temporal: number; arangodb: number },
    private readonly random: RandomCompany,
    /** How far the clock of Dropbox is ahead, ms. */
    private readonly clock: { offset: number },
    private readonly chance: Chance,
    private readonly dropbox: DropboxSimulator,
    private readonly environment: Record<string, string>,
    private readonly client: DropboxTeamsClient,
  ) {}

  static async start(seed: number): Promise<Soak> {
    const folder = await mkdtemp(path.join(tmpdir(), 'soak-'));
    const ports = { temporal: await freePort(), arangodb: await freePort() };
    const clock = { offset: 0 };
    const random = new RandomCompany({ seed, model: 'A', clock: () => Date.now() + clock.offset });
    const dropbox = await startDropboxSimulator({ port: 0, company: random.company });
    const environment = {
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
      ARANGO_URL: `http://127.0.0.1:${ports.arangodb}`,
      DROPBOX_API_URL: dropbox.url,
      CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: 'error',
      WORKER_COUNT: '2',
    };
    const client = DropboxTeamsClient.connect(loadConfig(environment));
    const soak = new Soak(folder, ports, random, clock, new Chance(seed), dropbox, environment, client);
    try {
      await soak.open();
      return soak;
    } catch (error) {
      await soak.stop();
      throw error;
    }
  }

  private async open(): Promise<void> {
    // Audit events appear at once, until an operation of the company delays them.
    await this.page('events/delay', { seconds: 0 });
    for (const name of ['temporal', 'arangodb'] as const) await this.startProgram(name);
    const { ARANGO_URL: arangoUrl = '' } = this.environment;
    const installation = { arangoUrl, database: 'es', org: ORGANIZATION, connector: CONNECTOR };
    await installPipesHub({ ...installation, users: this.random.activeEmails() });
    for (const name of ['steady worker', 'worker'] as const) await this.startProgram(name);
    const { appKey, appSecret, refreshToken } = this.dropbox.simulator.grants.app;
    await this.client.createConnector({
      connectorId: CONNECTOR,
      orgId: ORGANIZATION,
      strategy: 'manual',
      batchSize: 20,
      ...{ appKey, appSecret, refreshToken },
    });
    await this.sync('none');
  }

  /**
   * Rounds of operations, each with a sync that is disturbed in another way, until this time. After a complete sync that
   * nothing has disturbed, the graph equals Dropbox.
   */
  async live(report: Report, { milliseconds, operations, pause, inTurn, migrates }: Life): Promise<void> {
    const begun = Date.now();
    const until = begun + milliseconds;
    let isMigrated = !migrates;
    for (let round = 0; Date.now() < until; round += 1) {
      if (!isMigrated && Date.now() - begun > (until - begun) / 2) {
        this.random.company.migrate('B');
        isMigrated = true;
        this.disturbed['migration'] = 1;
      }
      for (let at = 0; at < operations; at += 1) if (this.random.apply(this.random.next())) this.operations += 1;
      await this.invite();
      const disturbance = inTurn[round % inTurn.length] ?? 'none';
      this.disturbed[disturbance] = (this.disturbed[disturbance] ?? 0) + 1;
      const { status, gaps } = await this.sync(disturbance);
      if (disturbance === 'none' && status === 'complete') await this.compare(report, `round ${round}`);
      this.memory.push(residentMemory(this.programs.get('steady worker')?.pid ?? 0) ?? 0);
      const missed = disturbance === 'none' ? gaps.map((gap) => `  ${gap}\n`).join('') : '';
      process.stderr.write(`round ${round}, ${disturbance}: ${JSON.stringify(this.runs)}\n${missed}`);
      await delay(pause);
    }
  }

  /** Syncs in peace, and compares. */
  async finish(report: Report, withMemory: boolean): Promise<void> {
    const last = await this.compare(report, 'verify');
    const deadLetters: { subject: string; reason: string }[] = [];
    for await (const page of this.client.deadLetters(CONNECTOR)) deadLetters.push(...page);
    report.line('operations', `${this.operations}, refused by Dropbox ${this.random.refused}`);
    report.line('disturbances', JSON.stringify(this.disturbed));
    report.line('runs', JSON.stringify(this.runs));
    report.check('the last run', last.status === 'complete', [last.status, ...last.gaps].join('; '));
    const isExplained = deadLetters.every(({ reason }) => reason !== '');
    const lines = deadLetters.map(({ subject, reason }) => `${subject}: ${reason}`);
    report.check('dead letters', isExplained, lines.length === 0 ? 'none' : lines.join('; '));
    const third = Math.floor(this.memory.length / 3);
    const [middle, end] = [median(this.memory.slice(third, 2 * third)), median(this.memory.slice(2 * third))];
    report.line('memory of a worker, middle third', `${middle.toFixed(0)} MB`);
    report.figure('last third', end, 'MB', withMemory ? { most: middle * GROWTH } : undefined, 0);
  }

  /** Syncs until all that has happened is known, and compares. */
  private async compare(report: Report, name: string): Promise<SyncOutcome> {
    // The graph can't equal Dropbox before the events that name the last changes have appeared.
    this.clock.offset += LATEST_EVENT * 1000;
    let last = await this.syncUntilComplete();
    let { ok, findings } = await this.client.verify(CONNECTOR);
    if (!ok && findings.every(({ namespaceId }) => namespaceId === RECEIVED_NAMESPACE_ID)) {
      // No event says that someone outside the team has deleted what they shared. It is found when all members are asked
      // for what they received, as in a full sync.
      last = await this.syncUntilComplete({ mode: 'full' });
      ({ ok, findings } = await this.client.verify(CONNECTOR));
    }
    report.check(name, ok, ok ? 'the graph equals Dropbox' : findings.map(({ text }) => text).join('; '));
    return last;
  }

  /** A sync, and further ones while something is held, was missed or refused. */
  private async syncUntilComplete(options: SyncOptions = {}): Promise<SyncOutcome> {
    let last = await this.sync('none', options);
    for (let at = 1; at < FINAL_SYNCS && last.status !== 'complete'; at += 1) {
      if (last.held.length > 0) await this.client.approve(CONNECTOR);
      last = await this.sync('none');
    }
    return last;
  }

  async stop(): Promise<void> {
    this.closed = true;
    await this.client.close();
    for (const program of [...this.programs.values()].reverse()) await program.stop();
    await this.dropbox.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async sync(disturbance: Disturbance, options: SyncOptions = {}): Promise<SyncOutcome> {
    await this.setFaults(disturbance);
    const run = await this.client.runSync(CONNECTOR, { answerWithinSeconds: 120, ...options });
    const notes = new PassThrough().resume();
    const follow = followSync({ notes }, run, OUTAGE_SECONDS);
    const [outcome] = await Promise.all([follow, this.restart(disturbance)]);
    await this.setFaults('none');
    this.runs[outcome.status] = (this.runs[outcome.status] ?? 0) + 1;
    return outcome;
  }

  private async setFaults(disturbance: Disturbance): Promise<void> {
    const { faults } = this.dropbox.simulator;
    if (disturbance === 'lies') return faults.set(liesAtRate(0.02));
    if (disturbance !== 'faults') return faults.set([]);
    const kinds = ['429', '503', 'reset', 'truncate'];
    await this.page('faults', { rules: kinds.map((kind) => ({ route: '.', kind, rate: 0.02, retry_after: 1 })) });
  }

  /** Ends a program in the middle of a run, and starts it again. */
  private async restart(disturbance: Disturbance): Promise<void> {
    if (disturbance !== 'worker' && disturbance !== 'temporal' && disturbance !== 'arangodb') return;
    await delay(this.chance.natural(2_000));
    const program = this.programs.get(disturbance);
    if (disturbance === 'arangodb') {
      // The emulator keeps its data in memory, and restarts in its process.
      if (program) process.kill(program.pid, 'SIGHUP');
      return;
    }
    await program?.stop();
    if (!this.closed) await this.startProgram(disturbance);
  }

  private async startProgram(name: 'temporal' | 'arangodb' | 'worker' | 'steady worker'): Promise<void> {
    const { temporal, arangodb } = this.ports;
    const file = path.join(this.folder, 'temporal.sqlite');
    const servers = {
      temporal: ['temporal', '--port', String(temporal), '--db', file],
      arangodb: ['arangodb', '--port', String(arangodb)],
    };
    const program =
      name === 'temporal' || name === 'arangodb'
        ? await startProgram('sandbox/main.js', servers[name])
        : await startProgram('src/worker.js', [], this.environment);
    this.programs.set(name, program);
  }

  /** New members get an account in PipesHub. */
  private async invite(): Promise<void> {
    const { ARANGO_URL: url = '' } = this.environment;
    const db = openDatabase({ url, database: 'es', username: 'root', password: '' });
    await ensureUsers(db, { org: ORGANIZATION, users: this.random.activeEmails() });
    db.close();
  }

  private async page(name: string, body: object): Promise<void> {
    await simulatorPage(this.dropbox.url, name, body);
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
