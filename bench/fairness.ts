/**
 * Measures how long the full sync of a small connector takes beside full syncs of busy ones, on the same worker. Each
 * call of Dropbox takes so long that waiting for Dropbox, and not this machine, decides on the time.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { listener } from '../sandbox/dropbox/http/listener';
import { startDropboxSimulator, type DropboxSimulator } from '../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../sandbox/dropbox/sources';
import { installPipesHub } from '../sandbox/pipeshub/install';
import { listMembers } from '../sandbox/pipeshub/members';
import { DropboxTeamsClient, loadConfig, type SyncOutcome } from '../src/client';
import { startProgram, type Program } from './processes';
import { Report } from './report';

const SMALL_TEAM = 'generate:members=8,groups=2,shared=6,files=100,seed=1';
const BUSY_TEAM = 'generate:members=200,groups=5,shared=400,files=6000,seed=2';
/** How often its time alone the small sync may take. */
const MOST_TIMES = 2;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      small: { type: 'string', default: SMALL_TEAM },
      busy: { type: 'string', default: BUSY_TEAM },
      /** Number of busy connectors. */
      connectors: { type: 'string', default: '1' },
      'latency-ms': { type: 'string', default: '250' },
      /** Activity slots of the worker. */
      slots: { type: 'string', default: '4' },
      /** How often each of the two times is measured; the median counts. */
      repeats: { type: 'string', default: '3' },
    },
  });
  const report = new Report();
  const bench = await Fairness.start(Number(values['latency-ms']));
  try {
    const repeats = Array.from({ length: Number(values.repeats) }, (_, at) => at);
    const small = await bench.addCompany(values.small);
    const names = Array.from({ length: Number(values.connectors) }, (_, at) => `busy-${at + 1}`);
    for (const name of names) await bench.addConnector(name, await bench.addCompany(values.busy));
    for (const at of repeats)
      for (const where of ['alone', 'beside']) await bench.addConnector(`${where}-${at}`, small);

    await bench.startWorker(values.slots);
    const alone: number[] = [];
    for (const at of repeats) alone.push(await bench.timed(`alone-${at}`));
    const busy = await Promise.all(names.map((name) => bench.client.runSync(name)));
    for (const name of names) await bench.untilListing(name);
    const beside: number[] = [];
    for (const at of repeats) beside.push(await bench.timed(`beside-${at}`));
    const phases = await Promise.all(names.map((name) => bench.phase(name)));
    await Promise.all(busy.map(({ connectorId }) => bench.client.cancel(connectorId)));

    report.line('small team', values.small);
    report.line('busy team', `${values.busy}, ${names.length === 1 ? 'once' : `${names.length} times`}`);
    report.line('activity slots', values.slots);
    report.line('latency of each Dropbox call', `${values['latency-ms']} ms`);
    report.line('small sync alone', seconds(alone));
    report.line('small sync beside', seconds(beside));
    report.figure('times as long', median(beside) / median(alone), '', { most: MOST_TIMES });
    report.check(
      'busy connectors at the end',
      phases.every((phase) => phase === 'folders'),
      phases.join(', '),
    );
  } finally {
    await bench.stop();
  }
  report.end();
}

const seconds = (measured: readonly number[]): string => `${measured.map((one) => one.toFixed(1)).join(', ')} s`;
const median = (measured: readonly number[]): number =>
  [...measured].sort((a, b) => a - b)[Math.floor(measured.length / 2)] ?? Number.NaN;

const POLL_MS = 200;

/** One worker, and any number of companies with their connectors. */
class Fairness {
  private readonly companies: DropboxSimulator[] = [];

  private constructor(
    private readonly latencyMs: number,
    private readonly dropbox: Server,
    private readonly programs: Program[],
    private readonly environment: Record<string, string>,
    readonly client: DropboxTeamsClient,
  ) {}

  static async start(latencyMs: number): Promise<Fairness> {
    const dropbox = createServer({ keepAliveTimeout: 65_000 }).listen(0, '127.0.0.1');
    await once(dropbox, 'listening');
    const programs: Program[] = [];
    try {
      for (const server of ['temporal', 'arangodb']) {
        programs.push(await startProgram('sandbox/main.js', [server, '--port', '0']));
      }
      const [temporal = '', arangodb = ''] = programs.map(({ url }) => url);
      const environment = {
        TEMPORAL_ADDRESS: temporal.replace(/^http:\/\//, ''),
        ARANGO_URL: arangodb,
        DROPBOX_API_URL: `http://127.0.0.1:${(dropbox.address() as AddressInfo).port}`,
        CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
        LOG_LEVEL: 'error',
      };
      const client = DropboxTeamsClient.connect(loadConfig(environment));
      const fairness = new Fairness(latencyMs, dropbox, programs, environment, client);
      fairness.serve();
      return fairness;
    } catch (error) {
      dropbox.close();
      for (const program of programs.reverse()) await program.stop();
      throw error;
    }
  }

  async startWorker(slots: string): Promise<void> {
    const environment = { ...this.environment, MAX_CONCURRENT_ACTIVITIES: slots };
    this.programs.push(await startProgram('src/worker.js', [], environment));
  }

  /** All companies at one address, as Dropbox serves them: the token, or the key of the app, says whose request it is. */
  private serve(): void {
    this.dropbox.on('request', (request, response) => {
      const token = /^Bearer (.+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const asked = this.companies.find(({ simulator }) => simulator.grants.findAccessToken(token));
      if (asked) return listener(asked.simulator)(request, response);
      const exchange = async (): Promise<void> => {
        const body = await text(request);
        const owner = this.companies.find(({ simulator }) => body.includes(simulator.grants.app.appKey));
        if (!owner) return void response.writeHead(401).end();
        const { 'content-type': type = '' } = request.headers;
        const headers = { 'content-type': type };
        const answer = await fetch(`${owner.url}${request.url}`, { method: 'POST', body, headers });
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
      };
      exchange().catch(() => response.destroy());
    });
  }

  async addCompany(team: string): Promise<DropboxSimulator> {
    const company = buildTeam(teamSource(team), 'A');
    const simulator = await startDropboxSimulator({ port: 0, company, latencyMs: this.latencyMs });
    this.companies.push(simulator);
    return simulator;
  }

  /** In an organization of its own. */
  async addConnector(connector: string, { url, simulator }: DropboxSimulator): Promise<void> {
    const org = `org-${connector}`;
    const users = await listMembers(url);
    const { ARANGO_URL: arangoUrl = '' } = this.environment;
    await installPipesHub({ arangoUrl, database: 'es', org, connector, users });
    const { appKey, appSecret, refreshToken } = simulator.grants.app;
    const credentials = { appKey, appSecret, refreshToken };
    await this.client.createConnector({ connectorId: connector, orgId: org, strategy: 'manual', ...credentials });
  }

  /** Seconds that a sync takes, from the request for it. */
  async timed(connector: string): Promise<number> {
    const since = performance.now();
    const { status, gaps }: SyncOutcome = await (await this.client.runSync(connector)).result();
    if (status !== 'complete') throw new Error(`the sync of ${connector} ended ${status}: ${gaps.join('; ')}`);
    return (performance.now() - since) / 1000;
  }

  async phase(connector: string): Promise<string> {
    return (await this.client.progress(connector))?.phase ?? 'ended';
  }

  /** Waits until some of the connector's folders are listed. */
  async untilListing(connector: string): Promise<void> {
    for (;;) {
      const progress = await this.client.progress(connector);
      if (progress?.phase === 'folders' && progress.namespaces.done > 0) return;
      await delay(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    await this.client.close();
    for (const program of [...this.programs].reverse()) await program.stop();
    for (const company of this.companies) await company.close();
    this.dropbox.closeAllConnections();
    this.dropbox.close();
  }
}
