/**
 * The official Python SDK lives a company's life on the simulator; its validators accept every answer, and every route is
 * used. Needs Python with the package of test/python/requirements.txt; PYTHON names another interpreter than `python3`.
 */
import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { routes } from '../../../../sandbox/dropbox/http/routes';
import type { TeamModel } from '../../../../sandbox/dropbox/model';
import { buildTeam, teamSource } from '../../../../sandbox/dropbox/sources';
import { startDropboxSimulator } from '../../../../sandbox/dropbox/server';

const python = process.env['PYTHON'] || 'python3';
const isThere = spawnSync(python, ['-c', 'import dropbox, requests'], { stdio: 'ignore' }).status === 0;
const reason = isThere ? '' : ` (left out: ${python} with the package dropbox is not there)`;
const script = path.join(__dirname, '../../../python/dropbox_scenario.py');

const whenThere = isThere ? it : it.skip;

async function run(model: TeamModel, ...options: string[]): Promise<unknown> {
  const server = await startDropboxSimulator({ port: 0, company: buildTeam(teamSource('demo'), model) });
  try {
    const { stdout } = await promisify(execFile)(python, [script, ...options, server.url]);
    return JSON.parse(stdout);
  } finally {
    await server.close();
  }
}

whenThere(
  `the Python SDK uses every route${reason}`,
  async () => {
    expect(await run('A')).toEqual({ calls: expect.any(Number), routes: routes.size });
  },
  120_000,
);

whenThere.each(['A', 'B', 'C'] as const)(
  `the Python SDK reads the demo team of model %s${reason}`,
  async (model) => {
    expect(await run(model, '--read-only')).toEqual({ calls: expect.any(Number), files: expect.any(Number) });
  },
  120_000,
);
