import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DropboxTeamsClient, loadConfig } from '../../src/client';
import { openDatabase } from '../../src/graph/driver/database';
import { installPipesHub } from '../pipeshub/install';
import { compareAccess, isExact } from './access';
import { DemoCompany } from './changes';
import { noOtherSettings } from './environment';
import { writeNextSteps } from './nextSteps';
import { follow, print, printAccess, printOutcome } from './print';
import { start, type Running } from './processes';

const ORGANIZATION = 'demo-org';
const CONNECTOR = 'demo-dropbox';
const DATABASE = { database: 'es', username: 'root', password: '' };

/**
 * Runs everything on this machine: the servers, a worker, a full sync, changes at the company, an incremental sync.
 * @returns whether PipesHub and Dropbox agree after each sync
 */
async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  const running: Running[] = [];
  try {
    const servers = await startServers(running);
    const company = await DemoCompany.open(servers.environment.DROPBOX_API_URL);
    await installPipesHub({
      ...DATABASE,
      arangoUrl: servers.environment.ARANGO_URL,
      org: ORGANIZATION,
      connector: CONNECTOR,
      users: emailsOf(company),
    });
    running.push(await start('src/worker.js', [], servers.environment));
    printAddresses(servers);
    const agrees = await syncTwice(servers.environment, company);
    print(
      agrees
        ? '\nPipesHub and Dropbox agree on every user and file.'
        : '\nPipesHub and Dropbox do NOT agree: see the differences above.',
    );
    if (!values.once) {
      print(`\nlistening on ${servers.ui}`);
      print(`See the workflows at ${servers.ui}/namespaces/default/workflows.`);
      const next = await writeNextSteps(servers.environment, CONNECTOR);
      print(`\n${next.lines.join('\n')}\n\nCtrl-C stops everything.`);
      await interrupted;
      await next.remove();
    }
    return agrees;
  } finally {
    for (const program of running.reverse()) await program.stop();
  }
}

type Servers = Awaited<ReturnType<typeof startServers>>;

/** Starts the servers, and adds them to `running`. `environment` holds the settings of a worker that uses them. */
async function startServers(running: Running[]) {
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
    ...noOtherSettings,
    TEMPORAL_ADDRESS: temporal.url.replace(/^http:\/\//, ''),
    ARANGO_URL: arango.url,
    DROPBOX_API_URL: dropbox.url,
    CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'warn',
  };
  return { ui, environment };
}

function printAddresses({ ui, environment: { ARANGO_URL, DROPBOX_API_URL } }: Servers): void {
  const { database, username } = DATABASE;
  print(`  Temporal UI      ${ui}`);
  print(`  ArangoDB         ${ARANGO_URL} (database ${database}, user ${username}, no password)`);
  print(`  Dropbox          ${DROPBOX_API_URL}`);
}

/**
 * Creates the connector, syncs the company in full, changes some of it, and syncs the changes.
 * @returns whether both syncs were complete, and PipesHub and Dropbox agreed after each
 */
async function syncTwice(environment: Servers['environment'], company: DemoCompany): Promise<boolean> {
  const client = DropboxTeamsClient.connect(loadConfig(environment));
  const db = openDatabase({ ...DATABASE, url: environment.ARANGO_URL });
  const syncAndCompare = async (title: string): Promise<boolean> => {
    print(`\n${title}`);
    const outcome = await follow(await client.runSync(CONNECTOR));
    printOutcome(outcome);
    const access = await compareAccess(db, environment.DROPBOX_API_URL, ORGANIZATION, CONNECTOR, emailsOf(company));
    printAccess(access);
    return outcome.status === 'complete' && isExact(access);
  };
  try {
    await client.createConnector({
      connectorId: CONNECTOR,
      orgId: ORGANIZATION,
      appKey: company.info.app_key,
      appSecret: company.info.app_secret,
      refreshToken: company.info.refresh_token,
      strategy: 'manual',
    });
    const isFullExact = await syncAndCompare('Full sync');
    print('\nA working day at the company');
    for (const line of await company.work()) print(`  ${line}`);
    const isIncrementalExact = await syncAndCompare('Incremental sync');
    return isFullExact && isIncrementalExact;
  } finally {
    db.close();
    await client.close();
  }
}

const emailsOf = ({ members }: DemoCompany): string[] => members.map(({ email }) => email);

main().then(
  (agrees) => {
    process.exitCode = agrees ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`the demo stopped: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
