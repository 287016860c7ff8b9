import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/server/freePort';
import { BenchStack, CONNECTOR } from '../stack';
import { deleteFiles } from './deleteFiles';
import { pageOf, WIDTH, type DrawnPanel, type Series } from './panels';
import type { Screenshots } from './screenshots';

const DASHBOARD = path.join(__dirname, '..', '..', '..', 'deploy', 'grafana', 'dropbox-teams.json');
const TEAM = 'generate:members=30,groups=4,shared=40,files=6000,seed=1';
const RECORDED_SECONDS = 170;
const SCRAPE_SECONDS = 2;
/** As Grafana computes it: four scrapes. */
const RATE_INTERVAL = `${4 * SCRAPE_SECONDS}s`;

interface Panel {
  type: DrawnPanel['type'];
  title: string;
  gridPos: DrawnPanel['gridPos'];
  targets?: { expr: string; legendFormat?: string }[];
  fieldConfig?: {
    defaults: {
      unit: string;
      custom?: { stacking?: { mode: string } };
      thresholds?: { steps: DrawnPanel['thresholds'] };
    };
  };
}

/**
 * Writes docs/dashboard.png: the panels of the dashboard, drawn by panels.ts from what Prometheus answers to their
 * queries after a recorded run of the sandbox. Grafana draws the same data in its own way.
 */
export async function dashboardPicture(screenshots: Screenshots, folder: string): Promise<void> {
  const [admin, http] = [await freePort(), await freePort()];
  const stack = await BenchStack.start({
    team: TEAM,
    latencyMs: 60,
    workerEnvironment: { ADMIN_PORT: String(admin), HTTP_PORT: String(http) },
  });
  let prometheus: Prometheus | undefined;
  try {
    prometheus = await Prometheus.start(folder, `127.0.0.1:${admin}`);
    const from = Date.now() / 1000;
    await live(stack, http, from + RECORDED_SECONDS);
    const to = Date.now() / 1000;
    const { title, panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { title: string; panels: Panel[] };
    const drawn: DrawnPanel[] = [];
    for (const panel of panels) drawn.push(await evaluated(panel, prometheus, from, to));
    const { html, height } = pageOf(title, drawn, from, to);
    const page = path.join(folder, 'dashboard.html');
    writeFileSync(page, html);
    await screenshots.take('dashboard', `file://${page}`, WIDTH, height);
  } finally {
    await prometheus?.stop();
    await stack.stop();
  }
}

/** A full sync, then changes, notifications and incremental syncs, with a Dropbox that refuses some calls. */
async function live(stack: BenchStack, port: number, until: number): Promise<void> {
  await stack.page('faults', { rules: [{ route: '.', kind: '429', rate: 0.02, retry_after: 1 }] });
  await stack.sync();
  const { app_secret } = await stack.info();
  for (let round = 1; Date.now() / 1000 < until; round += 1) {
    await deleteFiles(stack.dropbox.url, 2 * round);
    const body = '{"list_folder":{"teams":{}}}';
    // Every third one is signed with another secret.
    const signed = createHmac('sha256', round % 3 === 0 ? 'another secret' : app_secret)
      .update(body)
      .digest('hex');
    const headers = { 'x-dropbox-signature': signed };
    await fetch(`http://127.0.0.1:${port}/webhook/${CONNECTOR}`, { method: 'POST', body, headers });
    await stack.sync();
    await delay(10_000);
  }
}

async function evaluated(panel: Panel, prometheus: Prometheus, from: number, to: number): Promise<DrawnPanel> {
  const { unit = 'short', custom, thresholds } = panel.fieldConfig?.defaults ?? {};
  const series: Series[] = [];
  for (const { expr, legendFormat = '' } of panel.targets ?? []) {
    const query = expr.replaceAll('$__rate_interval', RATE_INTERVAL).replaceAll('$connector', '.*');
    for (const { metric, values } of await prometheus.range(query, from, to)) {
      const name = legendFormat.replace(/{{(\w+)}}/g, (_all, label: string) => metric[label] ?? '');
      const known = values.map(([at, text]): [number, number] => [at, Number(text)]);
      series.push({ name, values: known.filter(([, value]) => Number.isFinite(value)) });
    }
  }
  return {
    type: panel.type,
    title: panel.title,
    gridPos: panel.gridPos,
    unit,
    isStacked: custom?.stacking !== undefined,
    thresholds: thresholds?.steps ?? [],
    series: series.filter(({ values }) => values.length > 0),
  };
}

interface RangeResult {
  metric: Record<string, string>;
  values: [number, string][];
}

/** Prometheus itself, which scrapes one worker. */
class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  static async start(folder: string, target: string): Promise<Prometheus> {
    const file = path.join(folder, 'prometheus.yml');
    const job = `scrape_configs: [{ job_name: worker, static_configs: [{ targets: ['${target}'] }] }]`;
    writeFileSync(file, `global: { scrape_interval: ${SCRAPE_SECONDS}s }\n${job}\n`);
    const port = await freePort();
    const options = [`--config.file=${file}`, `--storage.tsdb.path=${path.join(folder, 'prometheus')}`];
    const address = `127.0.0.1:${port}`;
    const child = spawn('prometheus', [...options, `--web.listen-address=${address}`], { stdio: 'ignore' });
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`prometheus ended with ${String(code)}`);
    });
    const prometheus = new Prometheus(child, `http://${address}`);
    await Promise.race([prometheus.untilReady(), failed]);
    failed.catch(() => undefined);
    return prometheus;
  }

  private async untilReady(): Promise<void> {
    for (;;) {
      const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await delay(100);
    }
  }

  async range(query: string, start: number, end: number): Promise<RangeResult[]> {
    const parameters = { query, start: String(start), end: String(end), step: String(SCRAPE_SECONDS) };
    const answer = await fetch(`${this.url}/api/v1/query_range?${new URLSearchParams(parameters).toString()}`);
    if (!answer.ok) throw new Error(`${query}: ${await answer.text()}`);
    return ((await answer.json()) as { data: { result: RangeResult[] } }).data.result;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
