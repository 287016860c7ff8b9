import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { closedAfterAll } from '../../support/hooks';
import { limits } from '../../support/limits';

jest.setTimeout(limits.programs);

const ROOT = path.join(__dirname, '..', '..', '..');
const resources = closedAfterAll();

it('the demo agrees with Dropbox, and the commands that it prints work from a second terminal', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'demo-'));
  resources.defer(() => rm(folder, { recursive: true }));
  // The shell, and a file `.env`, may have the settings of another installation.
  await writeFile(path.join(folder, '.env'), 'CONNECTOR_SECRET_KEY_FILE=connector.key\nTEMPORAL_NAMESPACE=elsewhere\n');
  const own = { BROKER: 'kafka', KAFKA_BROKERS: '127.0.0.1:1', CONNECTOR_SECRET_KEY_FILE: 'connector.key' };
  const demo = spawn(process.execPath, [path.join(ROOT, 'dist', 'sandbox', 'demo', 'index.js')], {
    cwd: folder,
    env: { ...process.env, ...own },
  });
  resources.defer(() => demo.kill('SIGKILL'));
  const exited = once(demo, 'exit');
  const lines: string[] = [];
  demo.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  for await (const line of createInterface({ input: demo.stdout })) {
    lines.push(line);
    if (line.startsWith('Ctrl-C')) break;
  }
  const output = lines.join('\n');
  expect(output).toContain('PipesHub and Dropbox agree on every user and file.');
  expect(lines.filter((line) => /^listening on http:\S+$/.test(line))).toHaveLength(1);

  const [settings, ...commands] = lines.filter((line) => /^ {4}(\.|npx) /.test(line)).map((line) => line.trim());
  expect(settings).toBe('. ./.env.demo');
  expect(commands.map((command) => command.split(' ')[2])).toEqual(['status', 'explain', 'verify', 'sync']);
  const outputs: string[] = [];
  for (const command of commands) {
    const local = command.replace('npx dropbox-teams', `'${process.execPath}' '${ROOT}/bin/dropbox-teams.js'`);
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `${settings}; ${local}`], { cwd: folder });
    outputs.push(stdout);
  }
  expect(outputs[1]).toMatch(/femi@lumenoak\.example can't read/);

  demo.kill('SIGINT');
  expect((await exited)[0]).toBe(0);
  expect(existsSync(path.join(folder, '.env.demo'))).toBe(false);
});
