/**
 * The official Python SDK lives a company's life on the simulator; its validators accept every answer, and every route is
 * used. Needs Python with the package of test/python/requirements.txt; PYTHON names another interpreter than `python3`.
 */
import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildTeam, teamSource } from '../../../../sandbox/dropbox/sources';
import { startDropboxSimulator } from '../../../../sandbox/dropbox/server';

const python = process.env['PYTHON'] || 'python3';
const isThere = spawnSync(python, ['-c', 'import dropbox, requests'], { stdio: 'ignore' }).status === 0;
const reason = isThere ? '' : ` (left out: ${python} with the package dropbox is not there)`;
const script = path.join(__dirname, '../../../python/dropbox_scenario.py');

(isThere ? it : it.skip)(
  `the Python SDK uses every route${reason}`,
  async () => {
    const server = await startDropboxSimulator({ port: 0, company: buildTeam(teamSource('demo'), 'A') });
    try {
      const { stdout } = await promisify(execFile)(python, [script, server.url]);
      expect(JSON.parse(stdout)).toEqual({ calls: expect.any(Number), routes: expect.any(Number) });
    } finally {
      await server.close();
    }
  },
  120_000,
);
