import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { environmentFile, settingsPage } from '../bin/settings.js';
import { SEARCH_ATTRIBUTES } from '../sandbox/temporal/searchAttributes';
import { buildProgram } from '../src/cli/program';
import { loadConfig } from '../src/config';
import { schema } from '../src/config/schema';
import { settingGroups, settings } from '../src/config/settings';
import { clientCodes } from '../src/DropboxTeamsError';
import { failureTypes } from '../src/failures';

const ROOT = path.join(__dirname, '..');
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const documents = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => name !== '' && existsSync(path.join(ROOT, name)));

it('docs/errors.md has exactly the existing codes', () => {
  const listed = read('docs/errors.md')
    .split('\n')
    .filter((line) => line.startsWith('- `'))
    .flatMap((line) => [...(line.split(':')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code));
  expect([...listed].sort()).toEqual([...Object.values(failureTypes).flat(), ...clientCodes].sort());
});

/** The text of Markdown without its code. */
const prose = (text: string): string => text.replaceAll(/^ *```[^]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, '');
/** The anchors of a document's headings, in GitHub's form. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

it.each(documents)('links in %s lead to existing files and headings', (name) => {
  const text = read(name);
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(
    ([, inline, reference]) => inline ?? reference ?? '',
  );
  const broken = targets
    .filter((target) => !/^(https?|mailto):/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const full = file === '' ? name : path.join(path.dirname(name), file);
      if (!existsSync(path.join(ROOT, full))) return true;
      return anchor !== undefined && !anchors(read(full)).includes(anchor);
    });
  expect(broken).toEqual([]);
});

it.each(documents)('commands in %s give the tools of ArangoDB an endpoint of their form', (name) => {
  const endpoints = [...read(name).matchAll(/--server\.endpoint (\S+)/g)].map(([, endpoint]) => endpoint);
  for (const endpoint of endpoints) expect(endpoint).toMatch(/^(tcp|ssl):\/\/[\w.-]+:\d+$/);
});

it.each([
  ['README.md', /--name (\w+) --type (\w+)/g],
  ['docs/operations.md', /--search-attribute (\w+)=(\w+)/g],
])('%s registers the search attributes that the worker sets', (name, pattern) => {
  const registered = [...read(name).matchAll(pattern)].map(([, attribute, type]) => [attribute, type]);
  expect(Object.fromEntries(registered)).toEqual(SEARCH_ATTRIBUTES);
});

describe('docs/demo.svg', () => {
  const cast = read('docs/demo.svg');

  it('is the picture of the README, small, and loads nothing', () => {
    expect(read('README.md')).toContain('](docs/demo.svg)');
    expect(cast.length).toBeLessThan(300_000);
    expect(cast.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/href|url\(|@import|<script|<image/);
  });

  it('shows the demo up to its result, and why a member cannot read a file', () => {
    const shown = cast.replaceAll('\u00A0', ' ');
    for (const text of ['$ npm run demo', 'PipesHub and Dropbox agree on every user and file.', "can't read"]) {
      expect(shown).toContain(text);
    }
  });
});

it('every picture of docs is shown in a document', () => {
  const pictures = readdirSync(path.join(ROOT, 'docs')).filter((name) => /\.(png|svg)$/.test(name));
  const shown = documents.map(read).join('\n');
  expect(pictures.filter((name) => !shown.includes(`${name})`))).toEqual([]);
});

it('the README has at most 120 lines, and no table wider than 100 characters', () => {
  const lines = read('README.md').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(120);
  expect(lines.filter((line) => line.startsWith('|') && line.length > 100)).toEqual([]);
});

describe('npm run settings', () => {
  it('has written docs/settings.md', () => expect(read('docs/settings.md')).toBe(settingsPage(settingGroups)));

  it('has written .env.example', () => expect(read('.env.example')).toBe(environmentFile(settingGroups)));
});

it('.env.example is an environment for a worker once its required variables are set', () => {
  const example = parseEnv(read('.env.example'));
  const required = [...settings.values()].filter(({ isRequired }) => isRequired).map(({ name }) => name);
  expect(Object.keys(example).sort()).toEqual(required.sort());
  const key = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64');
  expect(() => loadConfig({ ...example, CONNECTOR_SECRET_KEY: key })).not.toThrow();
});

it('.env.example shows values that the schema accepts', () => {
  // A text in place of a value says where the value comes from.
  const shown = [...read('.env.example').matchAll(/^#?([A-Z][A-Z_]+)=(\S+)$/gm)];
  const values = Object.fromEntries(shown.map(([, name = '', value]) => [name, value]));
  const { error } = schema.partial().safeParse(values);
  expect(error?.issues ?? []).toEqual([]);
  expect(shown.length).toBeGreaterThan(30);
});

describe('commands in documents', () => {
  const nothing = { write: () => true };
  const program = buildProgram({ env: {}, out: nothing, err: nothing } as never, () => undefined);
  const commands = new Map(
    program.commands.map((command) => [command.name(), new Set(command.options.map(({ long }) => long))]),
  );
  const used = documents.flatMap((name) =>
    [...read(name).matchAll(/npx dropbox-teams ([a-z-]+)([^\n`]*)/g)].map(([line, command = '', rest = '']) => ({
      name,
      line,
      command,
      options: [...rest.matchAll(/--[a-z-]+/g)].map(([option]) => option),
    })),
  );

  it('exist, with their options', () => {
    const unknown = used.filter(
      ({ command, options }) =>
        !commands.has(command) || options.some((option) => option !== '--help' && !commands.get(command)?.has(option)),
    );
    expect(unknown.map(({ name, line }) => `${name}: ${line}`)).toEqual([]);
    expect(used.length).toBeGreaterThan(5);
  });

  it('are all in docs/commands.md', () => {
    const text = read('docs/commands.md');
    expect([...commands.keys()].filter((command) => !text.includes(`\`${command}`))).toEqual([]);
  });

  it('run by npm are scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const names = documents.flatMap((name) =>
      [...read(name).matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, s = '']) => s),
    );
    expect([...new Set(names)].filter((name) => !(name in scripts))).toEqual([]);
  });
});
