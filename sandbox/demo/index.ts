import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { DropboxTeamsClient, loadConfig, type SyncOutcome, type SyncRun } from '../../src/client';
import { openDatabase } from '../../src/graph/driver/database';
import { installPipesHub } from '../pipeshub/install';
import { compareAccess, isExact, type AccessRow } from './access';
import { DemoCompany } from './changes';
import { leadOn } from './leadOn';
import { start, type Running } from './processes';

const ORGANIZATION = 'demo-org';
const CONNECTOR = 'demo-dropbox';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs everything on this machine: the servers, a worker, a full sync, changes at the company, an incremental sync. */
async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
  const running: Running[] = [];
  const stopAll = async (): Promise<void> => {
    for (const program of running.reverse()) await program.stop();
  };
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  try {
    print('Starting Temporal (its server is downloaded once) and stand-ins for ArangoDB and Dropbox …');
    let ui = '';
    const temporal = await start('sandbox/main.js', ['temporal', '--port', '0', '--ui-port', '0'], {}, (line) => {
      ui = /^web UI on (\S+)/.exec(line)?.[1] ?? ui;
      if (!line.startsWith('web UI')) process.stderr.write(`${line}\n`);
    });
    running.push(temporal);
    const arango = await start('sandbox/main.js', ['arangodb', '--port', '0']);
    running.push(arango);
    const dropbox = await start('sandbox/main.js', ['dropbox', '--port', '0', '--team', 'demo']);
    running.push(dropbox);
    const environment = {
      TEMPORAL_ADDRESS: temporal.url.replace(/^http:\/\//, ''),
      ARANGO_URL: arango.url,
      DROPBOX_API_URL: dropbox.url,
      CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: 'warn',
    };
    const company = await DemoCompany.open(dropbox.url);
    const emails = company.members.map(({ email }) => email);
    await installPipesHub({
      arangoUrl: arango.url,
      database: 'es',
      username: 'root',
      password: '',
      org: ORGANIZATION,
      connector: CONNECTOR,
      users: emails,
    });
    running.push(await start('src/worker.js', [], environment));
    print(`  Temporal UI      ${ui}`);
    print(`  ArangoDB         ${arango.url} (database es, user root, no password)`);
    print(`  Dropbox          ${dropbox.url}`);

    const client = DropboxTeamsClient.connect(loadConfig(environment));
    const db = openDatabase({ url: arango.url, database: 'es', username: 'root', password: '' });
    const compare = () => compareAccess(db, dropbox.url, ORGANIZATION, CONNECTOR, emails);
    try {
      await client.createConnector({
        connectorId: CONNECTOR,
        orgId: ORGANIZATION,
        appKey: company.info.app_key,
        appSecret: company.info.app_secret,
        refreshToken: company.info.refresh_token,
        strategy: 'manual',
      });
      print('\nFull sync');
      const full = await follow(await client.runSync(CONNECTOR));
      printOutcome(full);
      const before = await compare();
      printAccess(before);

      print('\nA working day at the company');
      for (const line of await company.work()) print(`  ${line}`);

      print('\nIncremental sync');
      const incremental = await follow(await client.runSync(CONNECTOR));
      printOutcome(incremental);
      const after = await compare();
      printAccess(after);

      const agrees =
        full.status === 'complete' && incremental.status === 'complete' && isExact(before) && isExact(after);
      print(
        agrees
          ? '\nPipesHub and Dropbox agree on every user and file.'
          : '\nPipesHub and Dropbox do NOT agree: see the differences above.',
      );
      if (!values.once) {
        print(`\nSee the workflows at ${ui}/namespaces/default/workflows.`);
        const next = await leadOn(environment, CONNECTOR);
        print(`\n${next.lines.join('\n')}\n\nCtrl-C stops everything.`);
        await interrupted;
        await next.remove();
      }
      return agrees;
    } finally {
      db.close();
      await client.close();
    }
  } finally {
    await stopAll();
  }
}

/** Shows the progress of a sync until it ends. */
async function follow(run: SyncRun): Promise<SyncOutcome> {
  const bar = new SingleBar(
    {
      format: '  {bar} {value}/{total} namespaces  {phase}  {records} records',
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  if (process.stderr.isTTY) bar.start(1, 0, { phase: 'starting', records: 0 });
  let ended = false;
  const result = run.result().finally(() => {
    ended = true;
  });
  while (!ended) {
    const progress = await run.progress();
    if (progress && process.stderr.isTTY) {
      const { added, updated, moved } = progress.counts.records;
      bar.setTotal(Math.max(1, progress.namespaces.total));
      bar.update(progress.namespaces.done, { phase: progress.phase, records: added + updated + moved });
    }
    await Promise.race([result.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 300))]);
  }
  bar.stop();
  return result;
}

function printOutcome({
  status,
  mode,
  records,
  recordGroups,
  permissions,
  users,
  groups,
  dropboxCalls,
  seconds,
  gaps,
  error,
}: SyncOutcome): void {
  print(`  ${status}, ${mode}, ${seconds} s, ${dropboxCalls} Dropbox calls`);
  print(`  ${users} users, ${groups} groups, ${recordGroups} record groups`);
  print(
    `  records: ${records.added} added, ${records.updated} updated, ${records.moved} moved, ${records.deleted} deleted`,
  );
  print(`  permissions: ${permissions.granted} granted, ${permissions.revoked} revoked`);
  for (const gap of gaps) print(`  not read: ${gap}`);
  if (error) print(`  ${error.code}: ${error.message}`);
}

function printAccess(rows: readonly AccessRow[]): void {
  const width = Math.max(...rows.map(({ email }) => email.length));
  print(`  ${'user'.padEnd(width)}  PipesHub  Dropbox  difference`);
  for (const { email, readable, allowed, tooWide, tooNarrow } of rows) {
    const wrong = [...tooWide.map((path) => `+${path}`), ...tooNarrow.map((path) => `-${path}`)];
    const shown = wrong.slice(0, 3).join(' ') + (wrong.length > 3 ? ` and ${wrong.length - 3} more` : '');
    print(
      `  ${email.padEnd(width)}  ${String(readable).padStart(8)}  ${String(allowed).padStart(7)}  ${shown || 'none'}`,
    );
  }
}

main().then(
  (agrees) => {
    process.exitCode = agrees ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`the demo stopped: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
