import { createRequire } from 'node:module';
import { Argument, Command, Option } from 'commander';
import { authorizeCommand } from './commands/authorize';
import { completionCommand, shells, type Shell } from './commands/completion';
import { configureCommand } from './commands/configure';
import { cancelCommand, decisionCommand, pauseCommand, resumeCommand, scheduleCommand } from './commands/control';
import { createCommand, type CreateCommand } from './commands/create';
import { explainCommand } from './commands/explain';
import { cleanupCommand, deadLettersCommand, reindexCommand, restoreSchedulesCommand } from './commands/maintenance';
import { setupCommand, type SetupCommand } from './commands/setup';
import { statusCommand, type StatusCommand } from './commands/status';
import { syncCommand } from './commands/sync';
import { testCommand } from './commands/test';
import { verifyCommand } from './commands/verify';
import {
  withClient,
  type CommandContext,
  type ConnectorCommand,
  type ExitCode,
  type CommonOptions,
  type CommandIo,
} from './context';
import { exampleText } from './examples';
import { addConnectorOptions, addConsentOptions, addSettingOptions, wholeNumber } from './options';
import { runProgram } from './otherPrograms';

/** By its own name the package finds its manifest from the sources and from the compiled files alike. */
const { version } = createRequire(__filename)('dropbox-teams/package.json') as { version: string };

/** The command line; `done` gets the exit code of the command that ran. */
export function buildProgram(io: CommandIo, done: (code: ExitCode) => void): Command {
  const program = new Command('dropbox-teams')
    .description('Keeps a Dropbox team, its files and who may read them, in the graph that PipesHub searches.')
    .version(version)
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => void io.out.write(text),
      writeErr: (text) => void io.err.write(text),
      // `runCommandLine` writes errors, each as one line.
      outputError: () => undefined,
    })
    .addHelpText('after', `\nStart with: dropbox-teams setup\nThen:       dropbox-teams COMMAND --help`)
    .exitOverride();

  const command: AddCommand = (name, description) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'one JSON document on standard output, nothing else there')
      .option('-q, --quiet', 'no progress and no notes on standard error, only errors')
      .addHelpText('after', exampleText(name))
      .exitOverride();
  const run: Run = async (options, work) => {
    done(await withClient(io, options, work));
  };
  const add: Add = (name, description, work) =>
    command(name, description)
      .argument('<connector>')
      .action((connector: string, options: Parameters<typeof work>[2]) =>
        run(options, (context) => work(context, connector, options)),
      );

  addSetUp(add, command, run);
  addSyncs(add, command, run);
  addControls(add);
  addMaintenance(add, command, run);
  addChecks(add);
  const start = (name: string, description: string): Command =>
    program.command(name).description(description).addHelpText('after', exampleText(name)).exitOverride();
  start('worker', 'runs a worker until a stop signal').action(() => runProgram('src/worker.js', []));
  start('demo', 'runs everything on this machine: servers, a worker, a sample company and its syncs')
    .option('--once', 'end after the syncs, with exit code 0 if PipesHub and Dropbox agree')
    .action(({ once }: { once?: boolean }) => runProgram('sandbox/demo/index.js', once === true ? ['--once'] : []));
  command('completion', 'writes a script with which a shell completes commands and options')
    .addArgument(new Argument('<shell>', 'the shell that reads it').choices(shells))
    .action((shell: Shell, options: CommonOptions) => done(completionCommand(io, program, shell, options)));
  return program;
}

type AddCommand = (name: string, description: string) => Command;
type Run = (options: CommonOptions, work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;
/** Adds a command whose one argument is a connector. */
type Add = <Options extends CommonOptions>(
  name: string,
  description: string,
  work: ConnectorCommand<Options>,
) => Command;

function addSetUp(add: Add, command: AddCommand, run: Run): void {
  const required: [flags: string, description: string][] = [
    ['--org <key>', "key of the organization's document in PipesHub"],
    ['--connector <id>', "the connector's id, key of its app in PipesHub"],
    ['--app-key <key>', 'key of the Dropbox app'],
  ];
  const setup = command(
    'setup',
    'guides through create, authorize, test, a dry run and the first sync; asks for what is missing',
  );
  for (const [flags, description] of required) setup.option(flags, description);
  addConsentOptions(addConnectorOptions(setup))
    .option('--no-create', 'use a connector that exists')
    .option('--no-authorize', 'skip the consent')
    .option('--no-test', 'skip the test of the connection')
    .option('--no-dry-run', 'skip the dry run')
    .option('--sync', 'start the first sync without asking')
    .option('--no-sync', 'end before the first sync')
    .action((options: SetupCommand) => run(options, (context) => setupCommand(context, options)));

  const create = command('create', 'stores a connector, credentials encrypted, and creates its Schedule');
  for (const [flags, description] of required) create.requiredOption(flags, description);
  addConnectorOptions(create).action((options: CreateCommand) =>
    run(options, (context) => createCommand(context, options)),
  );

  addConsentOptions(
    add('authorize', 'asks a team admin for consent in a browser, and stores the refresh token', authorizeCommand),
  ).option('--app-secret-file <file>', 'a new app secret, which replaces the stored one; - for standard input');

  add('test', 'tests connection and access: scopes, admin, what is missing and where to switch it on', testCommand);
}

function addSyncs(add: Add, command: AddCommand, run: Run): void {
  add('sync', 'runs or joins a sync and shows its progress', syncCommand)
    .option('--full', 'read everything again, in place')
    .option('--no-wait', 'return as soon as a worker has the request')
    .addOption(
      new Option('--outage <seconds>', 'how long to wait while Temporal does not answer, default 900').argParser(
        wholeNumber,
      ),
    )
    .option('--dry-run', 'report what would change, and write nothing');

  command('status', 'shows the last and the current run, cursors, the age of the oldest access list, dead letters')
    .argument('[connector]')
    .option('--watch', 'show it again every second, with the records a second, until Ctrl-C')
    .action((connector: string | undefined, options: StatusCommand) =>
      run(options, (context) => statusCommand(context, connector, options)),
    );
}

function addControls(add: Add): void {
  add('pause', 'stops starting syncs; a running one starts nothing new', pauseCommand);
  add('resume', 'ends a pause', resumeCommand);
  add('cancel', 'ends the running sync at its next batch border', cancelCommand);
  add('schedule', 'sets when syncs start automatically', scheduleCommand).requiredOption(
    '--every <interval>',
    '15m, 30m, 1h, 4h, 5 to 1440 minutes, a cron expression (UTC), or manual',
  );
  addSettingOptions(add('configure', 'shows or changes filters, batch size and deletion guard', configureCommand));
  for (const decision of ['approve', 'reject'] as const) {
    const description = `${decision}s deletions and revocations that await approval because they are too many`;
    add(decision, description, decisionCommand(decision)).option('--namespace <id>', 'only in this namespace');
  }
}

function addMaintenance(add: Add, command: AddCommand, run: Run): void {
  add('dead-letters', 'lists what could not be processed, and why', deadLettersCommand).option(
    '--retry',
    'try them again first',
  );
  command(
    'restore-schedules',
    'creates the Schedules that Temporal has lost, and sets the others to what is stored',
  ).action((options: CommonOptions) => run(options, (context) => restoreSchedulesCommand(context, options)));
  command('reindex', 'sends the record events of these records, or of all, again')
    .argument('<connector>')
    .argument('[records...]', 'keys of records')
    .action((connector: string, records: string[], options: CommonOptions) =>
      run(options, (context) => reindexCommand(context, connector, records, options)),
    );
  add('cleanup', 'removes the connector and all that it wrote, nothing of other connectors', cleanupCommand).option(
    '--yes',
    'do not ask for confirmation',
  );
}

function addChecks(add: Add): void {
  add('verify', 'compares the graph with Dropbox, in both directions, as each member sees it', verifyCommand)
    .addOption(new Option('--sample <members>', 'only this many members, chosen at random').argParser(wholeNumber))
    .option('--repair', 'read again what differs')
    .option('--html <file>', 'also write the report as a page, one file that loads nothing');
  add('explain', "explains why a user can, or can't, read an item", explainCommand)
    .option('--path <path>', 'as the user sees it in Dropbox, or namespace:path')
    .option('--record <id>', 'key of the record, or its id: in Dropbox')
    .requiredOption('--user <email>', 'e-mail address of the user')
    .option('--html <file>', 'also write the explanation as a page, one file that loads nothing');
}
