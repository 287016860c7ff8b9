import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { form } from '../support/form';

const MINUTES = form({ short: 2, long: 5 });
/** Seconds of peace after each sync: other tests run on the same machine. */
const PAUSE = 10;

jest.setTimeout((MINUTES + 5) * 60_000);

it('a company that is always changing stays exact over restarts, faults and lies, in flat memory', async () => {
  const program = path.join(__dirname, '../../bin/run.js');
  const soak = ['bench/main', 'soak', '--minutes', String(MINUTES), '--pause', String(PAUSE), '--seed', '3'];
  // It fails with the report when a line of it does not hold.
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...soak]);
  expect(stdout).toMatch(/verify\s+the graph equals Dropbox/);
});
