import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'environment-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a program says about its settings in a folder whose `.env` has two malformed ones. */
function problemsOf(program: string[], env: Record<string, string>): string {
  writeFileSync(path.join(folder, '.env'), 'ARANGO_URL=nowhere\nLOG_LEVEL=loud\n');
  const { PATH = '' } = process.env;
  const { status, stderr } = spawnSync(process.execPath, program, {
    cwd: folder,
    env: { PATH, ...env },
    encoding: 'utf8',
  });
  expect(status).toBe(2);
  return stderr;
}

describe.each([
  ['a command', [path.join(ROOT, 'bin', 'dropbox-teams.js'), 'status']],
  ['a worker', [path.join(ROOT, 'bin', 'run.js'), 'src/worker']],
])('%s', (_, program) => {
  it('reads .env of its folder, and prefers what the environment has', () => {
    const problems = problemsOf(program, { ARANGO_URL: 'http://127.0.0.1:8529' });
    expect(problems).toContain('LOG_LEVEL is malformed');
    expect(problems).toContain('CONNECTOR_SECRET_KEY is not set');
    expect(problems).not.toContain('ARANGO_URL');
  });
});
