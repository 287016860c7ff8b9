/** The Dropbox simulator with a generated team in which many files have members of their own. */
import { parseArgs } from 'node:util';
import { FileNode } from '../sandbox/dropbox/model';
import { startDropboxSimulator } from '../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../sandbox/dropbox/sources';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      team: { type: 'string', default: 'demo' },
      'latency-ms': { type: 'string', default: '0' },
      /** How many files have members of their own. */
      shared: { type: 'string', default: '0' },
    },
  });
  const company = buildTeam(teamSource(values.team), 'A');
  const members = [...company.state.accounts.values()].filter(({ status }) => status === 'active');
  let shared = 0;
  for (const item of company.state.items) {
    if (shared >= Number(values.shared)) break;
    if (!(item instanceof FileNode)) continue;
    // One to three members, the same ones in each run.
    for (let count = 0; count <= shared % 3; count += 1) {
      const account = members[(shared * 7 + count * 13) % members.length];
      if (account) company.build.fileMember(item, account, 'viewer');
    }
    shared += 1;
  }
  if (shared < Number(values.shared)) throw new Error(`the team has ${shared} files only`);
  const { url } = await startDropboxSimulator({ port: 0, company, latencyMs: Number(values['latency-ms']) });
  process.stdout.write(`listening on ${url}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
