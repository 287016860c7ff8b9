import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { environmentArango, failureLine, serve, WrongSetting } from './serve';

/** Temporal's and ArangoDB's own default ports. Dropbox has none, so the simulator takes the one after ArangoDB's. */
const DEFAULT_PORTS = { temporal: 7233, arangodb: 8529, dropbox: 8530 };

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return value;
}

function milliseconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('milliseconds are a whole number.');
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value <= 1)) throw new InvalidArgumentError('a rate is a number from 0 to 1.');
  return value;
}

const portOption = (server: keyof typeof DEFAULT_PORTS) =>
  new Option('--port <port>', 'port to listen on; 0 chooses a free one').argParser(port).default(DEFAULT_PORTS[server]);

/** `npm run sandbox -- …`: starts one server of the sandbox, or writes the contents of a PipesHub installation. */
function sandboxCommand(): Command {
  const program = new Command('sandbox')
    .description('Servers that the connector talks to, on this machine: for development, tests and the demo.')
    .showSuggestionAfterError(false)
    .exitOverride();
  addTemporal(program);
  addArangoDB(program);
  addDropbox(program);
  addPipesHub(program);
  return program;
}

// A server's code is loaded only when its command runs: loading some of it takes a second.

function addTemporal(program: Command): void {
  program
    .command('temporal')
    .description("Temporal's development server with its web UI")
    .addOption(portOption('temporal'))
    .addOption(new Option('--ui-port <port>', 'port of the web UI; 0 chooses a free one').argParser(port).default(0))
    .option('--db <file>', 'SQLite file that keeps the state; without it, all data is lost when the server stops')
    .action(async (options: { port: number; uiPort: number; db?: string }) => {
      const { startTemporalServer } = await import('./temporal/server.js');
      await serve(async () => {
        const server = await startTemporalServer(options);
        return { url: `http://${server.address}`, notes: [`web UI on ${server.uiUrl}`], ...server };
      });
    });
}

function addArangoDB(program: Command): void {
  program
    .command('arangodb')
    .description('the ArangoDB emulator; user root; SIGHUP restarts it')
    .addOption(portOption('arangodb'))
    .option('--password <password>', 'refuse requests without this password; by default every password is accepted')
    .addOption(
      new Option('--conflicts <rate>', 'share of the writing statements, from 0 to 1, that fail with a conflict')
        .env('ARANGODB_CONFLICTS')
        .argParser(share)
        .default(0),
    )
    .action(async (options: { port: number; password?: string; conflicts: number }) => {
      const { startArangoEmulator } = await import('./arangodb/server.js');
      await serve(() => startArangoEmulator(options));
    });
}

function addDropbox(program: Command): void {
  program
    .command('dropbox')
    .description("the Dropbox simulator: all of Dropbox's hosts on one port")
    .addOption(portOption('dropbox'))
    .requiredOption(
      '--team <source>',
      'empty, demo, from:DIR, or generate:members=50,groups=5,shared=40,files=20000,seed=1',
    )
    .addOption(
      new Option(
        '--model <model>',
        'layout of the team: A team folders mounted in homes, B one shared root, C a root for each member',
      )
        .choices(['A', 'B', 'C'])
        .default('A'),
    )
    .addOption(
      new Option('--latency-ms <n>', 'delay each answer by this many milliseconds').argParser(milliseconds).default(0),
    )
    .action(async (options: { port: number; team: string; model: 'A' | 'B' | 'C'; latencyMs: number }) => {
      const { buildTeam, teamSource } = await import('./dropbox/sources/index.js');
      const source = teamSource(options.team);
      const { startDropboxSimulator } = await import('./dropbox/server.js');
      await serve(async () => {
        const company = buildTeam(source, options.model);
        return startDropboxSimulator({ port: options.port, company, latencyMs: options.latencyMs });
      });
    });
}

function addPipesHub(program: Command): void {
  program
    .command('pipeshub')
    .description('writes the contents of a PipesHub installation into the ArangoDB that ARANGO_URL names')
    .requiredOption('--org <key>', 'key of the organization')
    .requiredOption('--connector <id>', 'id of the connector, key of its app')
    .option(
      '--users <list>',
      "users with an account: 'all' members of the simulator's team, or e-mail addresses",
      'all',
    )
    .option('--dropbox <url>', "the simulator's address, for --users all")
    .action(async (options: { org: string; connector: string; users: string; dropbox?: string }) => {
      const { listMembers, peopleFromEmails } = await import('./pipeshub/members.js');
      const { installPipesHub } = await import('./pipeshub/install.js');
      if (options.users === 'all' && options.dropbox === undefined) {
        throw new Error("--users all needs --dropbox URL, the simulator's address");
      }
      const users =
        options.users === 'all' ? await listMembers(options.dropbox ?? '') : peopleFromEmails(options.users);
      const { org, connector } = options;
      const summary = await installPipesHub({ ...environmentArango(process.env), org, connector, users });
      process.stdout.write(
        `installed in database ${summary.database}: organization ${org}, app ${connector}, ` +
          `${summary.collectionsCreated} new collections, ${summary.usersCreated} new users, ` +
          `${summary.usersActivated} activated, ${summary.usersUnchanged} unchanged\n`,
      );
    });
}

async function main(): Promise<void> {
  try {
    await sandboxCommand().parseAsync();
  } catch (error) {
    // Commander has already printed what is wrong with the command line.
    if (!(error instanceof CommanderError)) process.stderr.write(`error: ${failureLine(error)}\n`);
    process.exitCode = error instanceof CommanderError ? error.exitCode : error instanceof WrongSetting ? 2 : 1;
  }
}

void main();
