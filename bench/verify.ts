/** `verify` on a team in which many files have members of their own: its time, Dropbox calls and ArangoDB requests. */
import { parseArgs } from 'node:util';
import { processorSeconds } from './processes';
import { Report } from './report';
import { BenchStack, CONNECTOR } from './stack';

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      team: { type: 'string', default: 'generate:members=300,groups=5,shared=40,files=12000,seed=1' },
      /** Files with members of their own. */
      shared: { type: 'string', default: '10000' },
      'latency-ms': { type: 'string', default: '20' },
      /** Compare the view of this many members only. */
      sample: { type: 'string' },
      routes: { type: 'boolean', default: false },
    },
  });
  const latencyMs = Number(values['latency-ms']);
  const report = new Report();
  report.line('team', values.team);
  report.line('latency of each Dropbox call', `${latencyMs} ms`);
  const dropboxProgram = { path: 'bench/special-team.js', args: ['--shared', values.shared] };
  const stack = await BenchStack.start({ team: values.team, latencyMs, dropboxProgram });
  try {
    const outcome = await stack.sync();
    if (outcome.status !== 'complete') {
      throw new Error(`the sync ended ${outcome.status}: ${outcome.error?.message ?? outcome.gaps.join('; ')}`);
    }
    report.figure('time of the full sync', outcome.seconds, 's', undefined, 1);
    await stack.resetDropboxCalls();
    const requestsBefore = await stack.arangoRequests();
    const processors = [process, stack.arango, stack.dropbox].map(({ pid }) => pid);
    const usedBefore = processors.map((pid) => processorSeconds(pid) ?? 0);
    const startedAt = performance.now();
    const sample = values.sample === undefined ? {} : { sample: Number(values.sample) };
    const verified = await stack.client.verify(CONNECTOR, sample);
    const seconds = (performance.now() - startedAt) / 1000;
    const used = processors.map((pid, at) => (processorSeconds(pid) ?? 0) - (usedBefore[at] ?? 0));
    const requests = (await stack.arangoRequests()) - requestsBefore - 1;
    const { total, calls } = await stack.dropboxCalls();
    const { records } = verified.files;
    report.line('members compared, records', `${verified.members.checked}, ${records}`);
    report.check('differences', verified.ok, verified.ok ? 'none' : String(verified.findings.length));
    for (const { kind, text } of verified.findings.slice(0, 5)) report.line(`  ${kind}`, text);
    report.figure('files with members of their own', await sharedFiles(stack), '', undefined, 0);
    report.figure('time of verify', seconds, 's', undefined, 1);
    report.figure('records a second', records / seconds, '', undefined, 0);
    const [verify = 0, arango = 0, dropbox = 0] = used;
    report.line(
      'processor time',
      `verify ${verify.toFixed(1)} s, ArangoDB ${arango.toFixed(1)} s, Dropbox ${dropbox.toFixed(1)} s`,
    );
    report.figure('Dropbox calls', total, '', undefined, 0);
    report.figure('ArangoDB requests', requests, '', undefined, 0);
    if (values.routes) for (const [route, count] of Object.entries(calls)) report.line(`  ${route}`, String(count));
  } finally {
    await stack.stop();
  }
  report.end();
}

async function sharedFiles({ db }: BenchStack): Promise<number> {
  const cursor = await db.query<number>(
    `FOR entry IN dropboxEntries
       FILTER entry.connectorId == @connectorId AND entry.principals != null
       COLLECT WITH COUNT INTO files
       RETURN files`,
    { connectorId: CONNECTOR },
  );
  return (await cursor.next()) ?? 0;
}
