import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { examples } from '../../src/cli/examples';
import { nextCommand } from '../../src/cli/nextCommand';
import { moment, paintOf } from '../../src/cli/output';
import { buildProgram } from '../../src/cli/program';
import { memberBar } from '../../src/cli/progressBar';
import { statusLines } from '../../src/cli/statusText';
import { planLines, resultLines } from '../../src/cli/syncText';
import type { ConnectorStatus, SyncOutcome } from '../../src/client';
import { runCli } from '../support/commandLine';

const nothing = { write: () => true };
const program = buildProgram({ env: {}, out: nothing, err: nothing } as never, () => undefined);
const named = (name: string): Command => {
  const command = program.commands.find((each) => each.name() === name);
  if (!command) throw new Error(`no command ${name}`);
  return command;
};

/** The words of a command line up to a pipe or a redirection. */
const wordsOf = (line: string): string[] =>
  (/^[^|>]*/.exec(line)?.[0].match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));

describe('the help of a command', () => {
  it.each(program.commands.map((command) => command.name()))('%s ends with examples', async (name) => {
    const { code, out } = await runCli([name, '--help'], {});
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`\\nExamples:\\n  # .+\\n  dropbox-teams ${name}`));
  });

  const lines = Object.entries(examples).flatMap(([name, of]) => of.map(([line]) => ({ name, line })));
  it.each(lines)('has an example that is right: $line', ({ name, line }) => {
    const [first, ...rest] = wordsOf(line);
    expect(first).toBe(name);
    const command = named(name);
    const { operands, unknown } = command.parseOptions(rest);
    expect(unknown).toEqual([]);
    expect(operands.length).toBeGreaterThanOrEqual(
      command.registeredArguments.filter((argument) => argument.required).length,
    );
    for (const option of command.options.filter(({ mandatory }) => mandatory)) expect(line).toContain(option.long);
  });
});

describe('an error', () => {
  it.each([
    ['WrongUse', 'sync', 'dropbox-teams sync --help'],
    ['InvalidArgument', 'verify', 'dropbox-teams verify --help'],
    ['CredentialsRefused', 'sync', 'dropbox-teams authorize C'],
    ['WorkerUnavailable', 'sync', 'dropbox-teams worker'],
    ['SyncNotRunning', 'cancel', 'dropbox-teams sync C'],
    ['DropboxUnavailable', 'sync', undefined],
  ])('%s of %s leads to: %s', (code, name, expected) => expect(nextCommand(code, named(name))).toBe(expected));

  it('shows the command to type next, with the connector that was named, also in JSON', async () => {
    const environment = { CONNECTOR_SECRET_KEY: Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64') };
    const settings = { ...environment, ARANGO_URL: 'http://127.0.0.1:1', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, err, json } = await runCli(['schedule', 'dropbox-7', '--every', 'never', '--json'], settings);
    expect(code).toBe(2);
    expect(err).toMatch(/; next: dropbox-teams schedule --help\n$/);
    expect(json().error).toMatchObject({ code: 'InvalidArgument', next: 'dropbox-teams schedule --help' });
    const wrong = await runCli(['frobnicate'], {});
    expect(wrong.err).toMatch(/^error: unknown command 'frobnicate'.*; next: dropbox-teams --help\n$/);
  });
});

describe('the text of a result', () => {
  it('has dates in the local zone, with the zone', () => {
    const time = Date.parse('2026-05-06T23:08:00Z');
    expect(moment(time, 'Europe/Berlin')).toBe('2026-05-07 01:08 CEST');
    expect(moment(time, 'Asia/Kolkata')).toBe('2026-05-07 04:38 GMT+5:30');
    expect(moment(time, 'UTC')).toBe('2026-05-06 23:08 UTC');
  });

  it('takes the zone from TZ', () => {
    const script = `console.log(require('${path.resolve('dist/src/cli/output.js')}').moment(0))`;
    const env = { ...process.env, TZ: 'America/New_York' };
    expect(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })).toBe('1969-12-31 19:00 GMT-5\n');
  });

  it('groups the digits of every number', () => {
    const many = 1_234_567;
    const records = { added: many, updated: many, moved: many, deleted: many };
    const result = {
      ...{ status: 'complete', mode: 'full', users: many, groups: many, recordGroups: many, deadLetters: many },
      ...{ dropboxCalls: many, seconds: many, permissions: { granted: many, revoked: many }, records },
      ungranted: { levels: many, invitees: many, outsiders: many, members: many },
      events: { used: many, withoutEffect: many, unknown: many, unreadable: many },
      gaps: [],
    } as unknown as SyncOutcome;
    const status = {
      ...{ connectorId: 'c', orgId: 'o', strategy: 'manual', every: null, paused: false, schedule: null },
      current: { phase: 'folders', mode: 'full', namespaces: { total: many, done: many, failed: 0 } },
      lastRun: { ...result, endedAt: 0 },
      held: [{ namespaceId: 'n', deletes: many, revokes: many, total: many }],
      graph: {
        ...{ cursors: many, namespaces: many, problems: { unlisted: many }, deadLetters: many },
        ...{ unpublishedEvents: many, oldestAccessList: null, unreadAccessLists: many },
      },
    } as unknown as ConnectorStatus;
    const plan = [{ namespaceId: 'n', added: many, updated: many, deleted: many, granted: many, revoked: many }];
    const text = [...resultLines(result), ...statusLines(status, 1), ...planLines({ ...result, plan })].join('\n');
    expect(text).not.toContain(String(many));
    expect(text.match(/1,234,567/g)?.length).toBeGreaterThan(40);
  });

  it.each([
    ['on a terminal', true, {}, true],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['not on a terminal without colours', true, { TERM: 'dumb' }, false],
    ['not elsewhere', false, {}, false],
  ])('has colours %s', (_, isTTY, env, expected) => {
    const text = paintOf({ env, out: { isTTY } as never })('red', 'failed');
    expect(text).toBe(expected ? '\u001B[31mfailed\u001B[39m' : 'failed');
  });
});

const statusWith = (graph: Partial<ConnectorStatus['graph']>): ConnectorStatus =>
  ({
    ...{ connectorId: 'c', orgId: 'o', strategy: 'manual', every: null, current: null, lastRun: null, schedule: null },
    held: [],
    graph: {
      ...{ problems: {}, oldestAccessList: null, unpublishedEvents: 0, cursors: 0, namespaces: 0, deadLetters: 0 },
      ...{ unreadAccessLists: 0, disabled: false, deleted: false },
      ...graph,
    },
  }) as unknown as ConnectorStatus;

it('the status says what PipesHub has done to the connector, and what becomes of it', () => {
  const text = (graph: Partial<ConnectorStatus['graph']>): string => statusLines(statusWith(graph), 1).join('\n');
  expect(text({})).not.toContain('PipesHub');
  expect(text({ disabled: true })).toContain('PipesHub has disabled it: a running sync ends, no other begins');
  expect(text({ deleted: true })).toContain('PipesHub has deleted it: a running sync ends, and no other begins');
  expect(text({ deleted: true })).toContain('dropbox-teams cleanup c');
});

it('the status says why events are kept', () => {
  const status = statusWith({ unpublishedEvents: 7 });
  const line = (kind: 'none' | 'redis'): string | undefined =>
    statusLines(status, 1, undefined, { kind }).find((each) => each.startsWith('events'));
  expect(line('none')).toBe('events to send  7, kept until BROKER is set');
  expect(line('redis')).toBe('events to send  7');
});

describe('progress', () => {
  it.each([
    ['is shown on a terminal', true],
    ['is not shown elsewhere', false],
  ])('%s', (_, isTTY) => {
    const notes = Object.assign(new PassThrough(), { isTTY });
    const bar = memberBar({ notes });
    bar.show(1, 2);
    bar.stop();
    expect(String(notes.read() ?? '').includes('1/2 members')).toBe(isTTY);
  });
});

describe('completion', () => {
  const scriptOf = async (shell: string): Promise<string> => (await runCli(['completion', shell], {})).out;
  const folder = mkdtempSync(path.join(tmpdir(), 'completion-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What bash completes at the end of these words. */
  const completed = async (...words: string[]): Promise<string[]> => {
    const file = path.join(folder, 'completion.bash');
    writeFileSync(file, await scriptOf('bash'));
    const call = `source ${file}; COMP_WORDS=(dropbox-teams ${words.map((word) => `'${word}'`).join(' ')})
      COMP_CWORD=${words.length}; _dropbox_teams; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-euc', call], { encoding: 'utf8' }).trim().split('\n');
  };

  it('completes commands, options and choices in bash', async () => {
    expect(await completed('res')).toEqual(['resume', 'restore-schedules']);
    expect(await completed('sync', 'c', '--d')).toEqual(['--dry-run']);
    expect(await completed('create', '--strategy', '')).toEqual(['manual', 'scheduled', 'webhook']);
    expect(await completed('completion', 'f')).toEqual(['fish']);
  });

  it.each(['bash', 'zsh', 'fish'])('of %s has every command and every option', async (shell) => {
    const script = await scriptOf(shell);
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long } of command.options) expect(script).toContain(shell === 'fish' ? long?.slice(2) : long);
    }
  });

  const isThere = (shell: string): boolean =>
    (process.env['PATH'] ?? '').split(':').some((dir) => existsSync(path.join(dir, shell)));

  (isThere('fish') ? it : it.skip)('completes commands, options and choices in fish', async () => {
    const file = path.join(folder, 'completes.fish');
    writeFileSync(file, await scriptOf('fish'));
    const inFish = (line: string): string[] => {
      const call = `source ${file}; complete -C 'dropbox-teams ${line}'`;
      const lines = execFileSync('fish', ['--no-config', '-c', call], { encoding: 'utf8' }).trim().split('\n');
      return lines.map((found) => found.split('\t')[0] ?? '');
    };
    expect(inFish('res').sort()).toEqual(['restore-schedules', 'resume']);
    expect(inFish('sync c --d')).toEqual(['--dry-run']);
    expect(inFish('create --strategy ')).toEqual(['manual', 'scheduled', 'webhook']);
    expect(inFish('completion f')).toEqual(['fish']);
  });

  it.each(['zsh', 'fish'])('of %s is a script that the shell can parse', async (shell) => {
    if (!isThere(shell)) return;
    const file = path.join(folder, `completion.${shell}`);
    writeFileSync(file, await scriptOf(shell));
    execFileSync(shell, ['-n', file]);
  });

  it('of another shell is refused', async () => {
    expect(await runCli(['completion', 'tcsh'], {})).toMatchObject({
      code: 2,
      err: expect.stringMatching(/bash, zsh, fish/),
    });
  });
});
