import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseEnv, promisify } from 'node:util';
import { castOf, paced, type TimedLine } from './cast';
import { dashboardPicture } from './dashboard';
import { deleteFiles, type Info } from './deleteFiles';
import { DOCS, findChromium, Screenshots } from './screenshots';

const ROOT = path.join(__dirname, '..', '..', '..');
const CONNECTOR = 'demo-dropbox';
const run = promisify(execFile);

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const program = (name: string): string => path.join(ROOT, 'dist', name);

/**
 * `npm run pictures`: runs the demo, and writes the pictures of docs/ from what it shows, and one of the dashboard.
 * `-- dashboard` writes that one only.
 */
async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pictures-'));
  try {
    const chromium = await findChromium();
    const screenshots = chromium === undefined ? undefined : new Screenshots(chromium, folder);
    if (process.argv[2] !== 'dashboard') await demoPictures(folder, screenshots);
    if (screenshots) await dashboardPicture(screenshots, folder);
    else print('no Chromium: the other pictures stay as they are');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function demoPictures(folder: string, screenshots: Screenshots | undefined): Promise<void> {
  const demo = await Demo.start(folder);
  try {
    const refused =
      demo.lines.map(({ text }) => /dropbox-teams (explain [^#]*[^#\s])/.exec(text)?.[1]).find(Boolean) ?? '';
    await demo.record(refused);
    const cast = castOf(paced(demo.lines), 'The demo in a terminal');
    writeFileSync(path.join(DOCS, 'demo.svg'), cast);
    print(`docs/demo.svg: ${Math.round(cast.length / 1000)} kB`);
    if (!screenshots) return;
    await reportPages(demo, screenshots, folder);
    await temporalPages(demo, screenshots);
    await consentPages(demo, screenshots);
  } finally {
    await demo.stop();
  }
}

/** The demo, and what a terminal would show of it and of the commands that are recorded. */
class Demo {
  readonly lines: TimedLine[] = [{ at: 0, text: '$ npm run demo', isTyped: true }];
  private readonly startedAt = performance.now();

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(folder: string): Promise<Demo> {
    const child = spawn(process.execPath, [program('sandbox/demo/index.js')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const demo = new Demo(child, folder);
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (text) => {
        demo.add(text);
        if (text.startsWith('Ctrl-C')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)));
    });
    return demo;
  }

  private add(text: string, isTyped = false): void {
    this.lines.push({ at: (performance.now() - this.startedAt) / 1000, text, isTyped });
  }

  get environment(): Record<string, string> {
    const text = readFileSync(path.join(this.folder, '.env.demo'), 'utf8').replaceAll(/^export /gm, '');
    return parseEnv(text) as Record<string, string>;
  }

  /** The address in a line that begins with a name. */
  address(name: string): string {
    const line = this.lines.find(({ text }) => text.trim().startsWith(name))?.text ?? '';
    return /https?:\/\/[^\s/]+/.exec(line)?.[0] ?? '';
  }

  /** Runs a command against the demo. A difference, exit code 3, is no failure. */
  async command(args: readonly string[]): Promise<string> {
    const options = { cwd: this.folder, env: { ...process.env, ...this.environment } };
    const answer = await run(process.execPath, [program('src/cli/main.js'), ...args], options).catch(
      (error: { code?: number; stdout?: string }) => {
        if (error.code === 3) return { stdout: error.stdout ?? '' };
        throw error;
      },
    );
    return answer.stdout;
  }

  /** Adds a command that is typed in a second terminal, and what it writes. */
  async record(line: string): Promise<void> {
    this.add('');
    this.add(`$ npx dropbox-teams ${line}`, true);
    const words = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
    for (const text of (await this.command(words)).trimEnd().split('\n')) this.add(text);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    await ended;
  }
}

/** The pages that explain and verify write. Some changes in Dropbox since the last sync are the differences. */
async function reportPages(demo: Demo, screenshots: Screenshots, folder: string): Promise<void> {
  const [explanation, verification] = [path.join(folder, 'explain.html'), path.join(folder, 'verify.html')];
  const { admin } = (await (await fetch(`${demo.address('Dropbox')}/sandbox/info`)).json()) as Info;
  const item = ['--path', '/Engineering/Security/Pen test 2025.pdf', '--user', admin.email];
  await demo.command(['explain', CONNECTOR, ...item, '--html', explanation, '--quiet']);
  await screenshots.take('explain-page', `file://${explanation}`, 1200, 620);
  await deleteFiles(demo.address('Dropbox'), 6);
  await demo.command(['verify', CONNECTOR, '--html', verification, '--quiet']);
  await screenshots.take('verify-page', `file://${verification}`, 1200, 1000);
}

async function temporalPages(demo: Demo, screenshots: Screenshots): Promise<void> {
  const workflows = `${demo.address('Temporal UI')}/namespaces/default/workflows`;
  await screenshots.take('temporal-workflows', workflows, 1500, 900);
  const api = `${demo.address('Temporal UI')}/api/v1/namespaces/default/workflows`;
  const query = encodeURIComponent('WorkflowType = "runSync"');
  const { executions } = (await (await fetch(`${api}?query=${query}`)).json()) as {
    executions: { execution: { workflowId: string; runId: string } }[];
  };
  // The latest run is the first; the full sync, which has more children, the last.
  const { workflowId = '', runId = '' } = executions.at(-1)?.execution ?? {};
  const page = `${workflows}/${encodeURIComponent(workflowId)}/${runId}/relationships`;
  await screenshots.take('temporal-run', page, 1500, 900);
}

/** The consent page of the simulator, and the page on which the command ends the consent. */
async function consentPages(demo: Demo, screenshots: Screenshots): Promise<void> {
  const port = 18_765;
  const child = spawn(
    process.execPath,
    [program('src/cli/main.js'), 'authorize', CONNECTOR, '--no-browser', '--port', String(port)],
    { env: { ...process.env, ...demo.environment }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('http')) resolve(line);
    });
    child.once('exit', (code) => reject(new Error(`authorize ended with ${code}`)));
  });
  await screenshots.take('authorize-consent', address, 900, 700);
  const { admin } = (await (await fetch(`${demo.address('Dropbox')}/sandbox/info`)).json()) as Info;
  const form = new URLSearchParams({ answer: 'allow', member: admin.team_member_id });
  const { headers } = await fetch(address, { method: 'POST', body: form, redirect: 'manual' });
  await screenshots.take('authorized', headers.get('location') ?? '', 900, 700);
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
