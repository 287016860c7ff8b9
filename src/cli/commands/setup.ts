import { clientError, DropboxTeamsError, parseEvery, type ConnectionReport, type ConnectorView } from '../../client';
import { NOT_AUTHORIZED } from '../../credentials';
import { Terminal } from '../ask';
import { exitCodes, type CommandContext, type ExitCode } from '../context';
import { givenSecrets } from '../givenSecrets';
import { beforeInterrupt } from '../interrupt';
import { paintOf, writeJson } from '../output';
import { authorize, type AuthorizeCommand } from './authorize';
import { create, createdText, type CreateCommand } from './create';
import { finished } from './sync';
import { reportLines } from './test';

export interface SetupCommand extends AuthorizeCommand, Omit<CreateCommand, 'org' | 'connector' | 'appKey'> {
  org?: string;
  connector?: string;
  appKey?: string;
  /** False with --no-create, and so on: commander names a negated option without its "no". */
  create: boolean;
  authorize: boolean;
  test: boolean;
  dryRun: boolean;
  /** undefined: asked. */
  sync?: boolean;
}

/** The results of the steps, as --json prints them. */
interface Done {
  connectorId: string;
  created: ConnectorView | null;
  authorized: { teamId: string; scopes: readonly string[] } | null;
  test: ConnectionReport | null;
  dryRun: object | null;
  sync: object | null;
}

/** Failures of a connection test that another consent may repair. */
const CONSENT = new Set(['CredentialsRefused', 'ScopeMissing', 'AdminRequired', 'WrongTeam']);
const FOLDERS_SHOWN = 20;
/** Organizations and apps that `installation` returns at most. */
const MOST_LISTED = 20;

/**
 * Guides the operator through all that a connector needs: create, authorize, test, dry run, first sync. It asks for
 * what the options leave out, and only on a terminal. A repeat continues with the connector that exists.
 */
export async function setupCommand(context: CommandContext, options: SetupCommand): Promise<ExitCode> {
  const terminal = options.json === true ? undefined : Terminal.of(context);
  if (!terminal) await requireOptions(context, options);
  const connectorId = options.connector ?? (await chosen(context, terminal, 'connector'));
  const setup = new Setup(context, options, terminal, connectorId);
  const stayed = beforeInterrupt(() => setup.sayHowToContinue());
  try {
    return await setup.run();
  } catch (error) {
    setup.sayHowToContinue();
    throw error;
  } finally {
    stayed();
  }
}

/** @throws InvalidArgument that names every option that is missing. A connector that exists needs no other one. */
async function requireOptions({ env, client }: CommandContext, options: SetupCommand): Promise<void> {
  const { DROPBOX_APP_SECRET, DROPBOX_APP_SECRET_FILE } = env;
  const secret = options.appSecret ?? options.appSecretFile ?? (DROPBOX_APP_SECRET || DROPBOX_APP_SECRET_FILE);
  const missing = [
    ...(options.connector === undefined ? ['--connector'] : []),
    ...(options.create && options.org === undefined ? ['--org'] : []),
    ...(options.create && options.appKey === undefined ? ['--app-key'] : []),
    ...(options.create && secret === undefined ? ['--app-secret-file'] : []),
  ];
  const { connector } = options;
  if (missing.length === 0) return;
  if (connector !== undefined && (await client.connectors()).some((each) => each.connectorId === connector)) return;
  const existing = connector === undefined && options.create ? ', or only --connector for a connector that exists' : '';
  throw new DropboxTeamsError(
    'InvalidArgument',
    `without a terminal nothing is asked: give ${missing.join(', ')}${existing}`,
  );
}

/** Asks for the key of an organization or of an app, of those that PipesHub has. */
async function chosen(
  { client }: CommandContext,
  terminal: Terminal | undefined,
  what: 'organization' | 'connector',
): Promise<string> {
  const { organizations, apps } = await client.installation();
  const known = what === 'organization' ? organizations : apps;
  const question = what === 'organization' ? "PipesHub's organization" : 'The connector, an app of PipesHub';
  const names = known.map(({ key, name }) => (name === null || name === key ? key : `${key} (${name})`));
  // PipesHub may have more than it lists.
  const choices = known.length < MOST_LISTED ? { choices: known.map(({ key }) => key) } : {};
  if (known.length === 0) {
    throw new DropboxTeamsError(
      what === 'organization' ? 'OrganizationUnknown' : 'AppUnknown',
      `PipesHub has no ${what === 'organization' ? 'organization' : 'Dropbox connector'} in this database: set it up there first, and check ARANGO_DATABASE`,
    );
  }
  return terminal ? terminal.line(`${question}: ${names.join(', ')}`, { fallback: known[0]?.key, ...choices }) : '';
}

function notAnInterval(text: string): string | undefined {
  try {
    parseEvery(text);
    return undefined;
  } catch (error) {
    return clientError(error).message;
  }
}

class Setup {
  private readonly done: Done;
  private step = 0;
  private exists = false;
  /** No admin has given consent yet. */
  private lacksToken = false;

  constructor(
    private readonly context: CommandContext,
    private readonly options: SetupCommand,
    private readonly terminal: Terminal | undefined,
    private readonly connectorId: string,
  ) {
    this.done = { connectorId, created: null, authorized: null, test: null, dryRun: null, sync: null };
  }

  async run(): Promise<ExitCode> {
    const { options } = this;
    await this.create();
    await this.connect();
    let code: ExitCode = this.done.test?.ok === false ? exitCodes.failed : exitCodes.done;
    if (code === exitCodes.done && options.dryRun) code = await this.dryRun();
    if (code === exitCodes.done) code = await this.sync();
    if (this.done.sync === null) this.sayHowToContinue();
    if (options.json === true) writeJson(this.context, this.done);
    return code;
  }

  /** What to type next. Without a connector there is nothing to continue with. */
  sayHowToContinue(): void {
    const { connectorId, terminal } = this;
    if (!this.exists) return;
    const { test } = this.done;
    const consent = test?.problems.some(({ code }) => CONSENT.has(code)) === true && !terminal;
    this.context.notes.write(
      test?.ok === true
        ? `the first sync: dropbox-teams sync ${connectorId}\n`
        : (consent ? `authorize it: dropbox-teams authorize ${connectorId}\n` : '') +
            `continue with: dropbox-teams setup --connector ${connectorId}${terminal ? '' : ' --no-create'}\n`,
    );
  }

  private title(text: string): void {
    this.step += 1;
    this.say([...(this.step === 1 ? [] : ['']), `${this.step}. ${text}`]);
  }

  private say(lines: readonly string[]): void {
    if (this.options.json !== true) this.context.out.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Creates the connector unless it exists. @throws ConnectorUnknown with --no-create */
  private async create(): Promise<void> {
    const { context, options, connectorId, terminal } = this;
    const all = await context.client.connectors();
    this.exists = all.some((each) => each.connectorId === connectorId);
    if (this.exists) {
      this.title(`The connector ${connectorId} exists: its settings stay as they are`);
      return;
    }
    if (!options.create) await context.client.connector(connectorId);
    this.title(`Creating the connector ${connectorId}`);
    const wanted = await this.asked();
    const secrets = await givenSecrets(context, options, () => terminal?.secret('App secret') ?? Promise.resolve(''));
    this.done.created = await create(context, wanted, secrets);
    this.exists = true;
    this.lacksToken = secrets.refreshToken === undefined;
    this.say([createdText(this.done.created)]);
  }

  private async asked(): Promise<CreateCommand> {
    const { context, options, terminal, connectorId } = this;
    const org = options.org ?? (await chosen(context, terminal, 'organization'));
    const appKey = options.appKey ?? (await terminal?.line('App key of the Dropbox app')) ?? '';
    const ways = ['manual', 'scheduled', 'webhook'] as const;
    const strategy =
      options.strategy ??
      ((await terminal?.line(`What starts a sync: ${ways.join(', ')}`, { fallback: 'scheduled', choices: ways })) as
        (typeof ways)[number] | undefined);
    const every =
      options.every ??
      (strategy === 'scheduled'
        ? await terminal?.line('How often: 15m, 30m, 1h, 4h, or a cron expression (UTC)', {
            fallback: '1h',
            refused: notAnInterval,
          })
        : undefined);
    return {
      ...options,
      ...{ org, appKey, connector: connectorId },
      ...(strategy === undefined ? {} : { strategy }),
      ...(every === undefined ? {} : { every }),
    };
  }

  /** Asks for the consent that is missing, and tests each scope. */
  private async connect(): Promise<void> {
    const { options } = this;
    const before = !this.lacksToken && options.test ? await this.tested() : undefined;
    const lacksConsent = this.lacksToken || before?.problems.some(({ code }) => CONSENT.has(code)) === true;
    // Without a terminal, a consent that was given is not asked for again.
    if (options.authorize && lacksConsent && (this.terminal !== undefined || this.lacksToken)) await this.authorize();
    if (!options.test) return;
    this.title('Testing the connection, scope by scope');
    const { authorized } = this.done;
    const report = authorized === null && before ? before : await this.tested();
    this.done.test = report;
    this.say(reportLines(report, paintOf(this.context)));
  }

  /** The report of a connector, also of one that was never authorized. */
  private async tested(): Promise<ConnectionReport> {
    try {
      return await this.context.client.testConnectionAndAccess(this.connectorId);
    } catch (error) {
      const { code, message, details } = clientError(error);
      if (!CONSENT.has(code)) throw error;
      this.lacksToken = details['reason'] === NOT_AUTHORIZED;
      return { ok: false, team: null, admin: null, scopes: [], problems: [{ code, message }] };
    }
  }

  private async authorize(): Promise<void> {
    const { context, options, connectorId } = this;
    this.title('The consent of a team admin');
    // The secret of a connector that has just been created is stored, and standard input is read.
    const { appSecretFile: _given, ...others } = options;
    const { teamId, scopes } = await authorize(context, connectorId, this.done.created ? others : options);
    this.done.authorized = { teamId, scopes };
    this.say([`authorized for team ${teamId}`]);
  }

  private async dryRun(): Promise<ExitCode> {
    const { context, options, connectorId, terminal } = this;
    this.title('Dry run: what a sync would write. It reads the whole team and writes nothing');
    if (terminal && !(await terminal.agrees('Run it'))) return exitCodes.done;
    const run = await context.client.runSync(connectorId, { dryRun: true });
    const { value, lines, code } = await finished(context, run, options);
    this.done.dryRun = value;
    // The sum is the last line.
    const hidden = lines.length - FOLDERS_SHOWN - 1;
    this.say(
      hidden > 0
        ? [
            ...lines.slice(0, FOLDERS_SHOWN),
            `and ${hidden} more: dropbox-teams sync ${connectorId} --dry-run`,
            ...lines.slice(-1),
          ]
        : lines,
    );
    return code;
  }

  private async sync(): Promise<ExitCode> {
    const { context, options, connectorId, terminal } = this;
    if (options.sync === false || (options.sync === undefined && terminal === undefined)) return exitCodes.done;
    this.title('The first sync');
    if (options.sync === undefined && !(await terminal?.agrees('Start it'))) return exitCodes.done;
    const { value, lines, code } = await finished(context, await context.client.runSync(connectorId), options);
    this.done.sync = value;
    this.say([...lines, '', `next: dropbox-teams status ${connectorId}`]);
    return code;
  }
}
