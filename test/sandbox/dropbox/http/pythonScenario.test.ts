/**
 * The official Python SDK runs a scenario that uses every route of the simulator, and its validators accept every
 * answer. This needs Python with the package of test/python/requirements.txt. The environment variable PYTHON selects
 * another interpreter than `python3`.
 */
import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { routes } from '../../../../sandbox/dropbox/http/routes';
import type { TeamModel } from '../../../../sandbox/dropbox/model';
import { startDropboxSimulator } from '../../../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../../../sandbox/dropbox/sources';

const python = process.env['PYTHON'] || 'python3';
const isInstalled = spawnSync(python, ['-c', 'import dropbox, requests'], { stdio: 'ignore' }).status === 0;
const reason = isInstalled ? '' : ` (skipped: ${python} does not have the package dropbox)`;
const script = path.join(__dirname, '../../../python/dropbox_scenario.py');

const itWithPython = isInstalled ? it : it.skip;

/** Waits for the Python process to finish its scenario, which takes a few seconds on an idle machine. */
const SCENARIO_TIMEOUT_MS = 300_000;

async function run(model: TeamModel, ...options: string[]): Promise<unknown> {
  const server = await startDropboxSimulator({ port: 0, company: buildTeam(teamSource('demo'), model) });
  try {
    const { stdout } = await promisify(execFile)(python, [script, ...options, server.url]);
    return JSON.parse(stdout);
  } finally {
    await server.close();
  }
}

itWithPython(
  `the Python SDK uses every route${reason}`,
  async () => {
    expect(await run('A')).toEqual({ calls: expect.any(Number), routes: routes.size });
  },
  SCENARIO_TIMEOUT_MS,
);

itWithPython.each(['A', 'B', 'C'] as const)(
  `the Python SDK reads the demo team of model %s${reason}`,
  async (model) => {
    expect(await run(model, '--read-only')).toEqual({ calls: expect.any(Number), files: expect.any(Number) });
  },
  SCENARIO_TIMEOUT_MS,
);
