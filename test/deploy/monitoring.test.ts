import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { SyncOutcome } from '../../src/client';
import { freePort } from '../../src/server/freePort';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';
import { metricsIn } from './promql';

jest.setTimeout(limits.syncs);

const ROOT = path.join(__dirname, '..', '..');
const RULES = path.join(ROOT, 'deploy', 'prometheus', 'dropbox-teams.rules.yml');
const read = (...names: string[]): string => readFileSync(path.join(ROOT, ...names), 'utf8');

interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}
const alerts = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);

interface Panel {
  title: string;
  targets?: { expr: string }[];
}
const dashboard = JSON.parse(read('deploy', 'grafana', 'dropbox-teams.json')) as {
  panels: Panel[];
  templating: { list: { type: string; query: string }[] };
};

/** What Grafana puts in the place of a variable. */
const filledIn = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '5m').replaceAll('$connector', '.*');

const queries: [what: string, expression: string][] = [
  ...alerts.map(({ alert, expr }): [string, string] => [`alert ${alert}`, expr]),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }): [string, string] => [`panel ${title}`, filledIn(expr)]),
  ),
  ...dashboard.templating.list.flatMap(({ query }): [string, string][] => {
    const metric = /^label_values\((\w+), \w+\)$/.exec(query)?.[1];
    return metric === undefined ? [] : [['variable', metric]];
  }),
];

describe('deploy', () => {
  it('has a section in docs/operations.md for each alert', () => {
    const sections = [...read('docs', 'operations.md').matchAll(/^### (DropboxTeams\w+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, labels, annotations } of alerts) {
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
    }
  });

  it('is scraped where the workers have their metrics', () => {
    const deployment = parse(read('deploy', 'kubernetes', 'deployment.yaml')) as {
      spec: { template: { metadata: { labels: object }; spec: { containers: { ports: object[] }[] } } };
    };
    const compose = parse(read('docker-compose.yml')) as {
      services: Record<string, { environment: Record<string, unknown> }>;
    };
    const { metadata, spec } = deployment.spec.template;
    expect(parse(read('deploy', 'prometheus', 'podmonitor.yaml'))).toMatchObject({
      spec: { selector: { matchLabels: metadata.labels }, podMetricsEndpoints: [{ port: 'admin', path: '/metrics' }] },
    });
    const port = Number(compose.services['worker']?.environment['ADMIN_PORT']);
    expect(spec.containers[0]?.ports).toContainEqual({ name: 'admin', containerPort: port });
    expect(parse(read('deploy', 'prometheus', 'scrape.yml'))).toMatchObject({
      rule_files: [path.basename(RULES)],
      scrape_configs: [{ metrics_path: '/metrics', dns_sd_configs: [{ names: ['worker'], port }] }],
    });
  });

  const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
  (hasPromtool ? it : it.skip)('has alert rules that promtool accepts', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' });
    expect({ status, output: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, output: '' });
  });

  (hasPromtool ? it : it.skip)('has alerts that count what a series begins with', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path.join(__dirname, 'alerts.yml')], {
      encoding: 'utf8',
    });
    expect({ status, output: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, output: '' });
  });

  it.each(queries)('%s: %s', async (_what, expression) => {
    expect((await metricsIn(expression)).length).toBeGreaterThan(0);
  });

  it('has a test of its queries that refuses a malformed one', async () => {
    await expect(metricsIn('sum(rate(a_total[5m])')).rejects.toThrow(/not PromQL/);
  });
});

describe('the metrics of workers', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let full: SyncOutcome;
  /** `/metrics` of two workers. */
  let pages: string[];
  let urls: string[];
  const metrics = async (): Promise<string[]> => Promise.all(urls.map(async (url) => (await fetch(url)).text()));
  /** Values of all samples of a metric whose labels have this text, on all workers. */
  const valuesOf = (name: string, labels = ''): number[] =>
    pages
      .join('\n')
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
      .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  const sumOf = (name: string, labels = ''): number => valuesOf(name, labels).reduce((sum, value) => sum + value, 0);

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'demo' }));
    urls = [];
    for (let worker = 0; worker < 2; worker += 1) {
      const port = await freePort();
      await stack.startWorker({ ADMIN_PORT: String(port), HTTP_PORT: '0' });
      urls.push(`http://127.0.0.1:${port}/metrics`);
    }
    await stack.createConnector();
    full = await stack.sync({ mode: 'full' });
    expect(full).toMatchObject({ status: 'complete' });
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
    pages = await metrics();
  });

  it('have every metric of the dashboard and of the alert rules', async () => {
    const served = new Set(
      pages
        .join('\n')
        .split('\n')
        .map((line) => /^[a-zA-Z_:][\w:]*/.exec(line)?.[0]),
    );
    const wanted = [...new Set((await Promise.all(queries.map(([, expression]) => metricsIn(expression)))).flat())];
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter((name) => !served.has(name))).toEqual([]);
  });

  it('count what the runs report', () => {
    expect(sumOf('dropbox_teams_records_total', 'outcome="added"')).toBe(full.records.added);
    expect(sumOf('dropbox_teams_permissions_total', 'outcome="granted"')).toBe(full.permissions.granted);
    expect(sumOf('dropbox_teams_runs_total', 'status="complete"')).toBe(2);
    expect(sumOf('dropbox_teams_batch_items_sum')).toBeGreaterThanOrEqual(full.records.added);
    expect(sumOf('dropbox_teams_dropbox_calls_total', 'status="200"')).toBeGreaterThanOrEqual(full.dropboxCalls);
  });

  it('report on the graph once, with several workers', () => {
    expect(pages.filter((page) => /^dropbox_teams_connectors 1$/m.test(page))).toHaveLength(1);
    expect(valuesOf('dropbox_teams_dead_letters')).toEqual([0]);
    expect(valuesOf('dropbox_teams_schedule_missing')).toEqual([0]);
    expect(valuesOf('dropbox_teams_complete_run_age_seconds')[0]).toBeLessThan(600);
  });

  it('count a connector as paused while PipesHub has disabled it, which its status shows', async () => {
    const apps = stack.db.collection('apps');
    await apps.update(CONNECTOR, { isActive: false });
    pages = await metrics();
    expect(pages.join('\n')).toMatch(/^dropbox_teams_connector_info\{.*paused="true"\} 1$/m);
    expect((await stack.client.status(CONNECTOR)).graph.disabled).toBe(true);
    await apps.update(CONNECTOR, { isActive: true });
    pages = await metrics();
    expect(pages.join('\n')).toMatch(/^dropbox_teams_connector_info\{.*paused="false"\} 1$/m);
  });

  it('show that the Schedule of a connector is missing, and no longer when it is restored', async () => {
    await stack.client.setSchedule(CONNECTOR, '1h');
    await stack.loseSchedule(CONNECTOR);
    pages = await metrics();
    expect(valuesOf('dropbox_teams_schedule_missing')).toEqual([1]);
    await stack.client.restoreSchedules();
    pages = await metrics();
    expect(valuesOf('dropbox_teams_schedule_missing')).toEqual([0]);
  });

  it('no longer have gauges of a connector that was removed', async () => {
    const removal = await stack.client.cleanup(CONNECTOR);
    await removal.follow(() => undefined);
    while ((await stack.client.connectors()).length > 0) await delay(50);
    pages = await metrics();
    expect(pages.join('\n')).toMatch(/^dropbox_teams_connectors 0$/m);
    for (const name of ['dead_letters', 'complete_run_age_seconds', 'connector_info', 'last_run_seconds']) {
      expect(valuesOf(`dropbox_teams_${name}`)).toEqual([]);
    }
  });
});
