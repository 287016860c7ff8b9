/**
 * Compares a full sync with two yardsticks from the same servers: a bare loop that only lists the same namespaces, as the
 * same members, with the official SDK; and a bare copy, which also imports the same documents. Latencies and batch sizes
 * may be lists, such as `0,100`: each combination is measured on new servers, and gets a row of the table that is printed
 * at the end.
 */
import { parseArgs } from 'node:util';
import { standalone } from '../src/graph/driver/graph';
import { allNamespaces } from '../src/graph/state/namespaces';
import { copyAll, listAll, readCopy, type ListedNamespace } from './bare-copy';
import { peakMemory, processorSeconds } from './processes';
import { Report } from './report';
import { BenchStack, CONNECTOR } from './stack';

const TABLE_HEAD = `| Node | batch | latency | files | full sync | / bare copy | / bare listing | worker, processor time per 1,000 files | ArangoDB requests per 1,000 files | Dropbox calls |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |`;
const TEAM = 'generate:members=10,groups=3,shared=10,files=20000,seed=1';

/** Namespaces that a sync lists at a time. */
const CONCURRENCY = 10;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      team: { type: 'string', default: TEAM },
      'latency-ms': { type: 'string', default: '100' },
      'batch-size': { type: 'string', default: '100' },
      routes: { type: 'boolean', default: false },
    },
  });
  const report = new Report();
  const rows: string[] = [];
  for (const batchSize of values['batch-size'].split(',').map(Number)) {
    for (const latencyMs of values['latency-ms'].split(',').map(Number)) {
      const stack = await BenchStack.start({ team: values.team, latencyMs, batchSize });
      try {
        report.line('team', values.team);
        report.line('latency of each Dropbox call', `${latencyMs} ms`);
        report.line('batch size', String(batchSize));
        rows.push(await measure(stack, report, { batchSize, latencyMs, routes: values.routes }));
      } finally {
        await stack.stop();
      }
    }
  }
  process.stdout.write(`${[TABLE_HEAD, ...rows].join('\n')}\n`);
  report.end();
}

interface Setting {
  batchSize: number;
  latencyMs: number;
  routes: boolean;
}

/** Targets by batch size: of 100 and of 1,000. */
const targets = (batchSize: number) =>
  batchSize < 1000
    ? { requests: 45, processor: 0.28, copy: (latencyMs: number) => (latencyMs === 0 ? 2 : 1.5) }
    : { requests: 8, processor: 0.2, copy: (latencyMs: number) => (latencyMs === 0 ? 1.6 : 1.3) };

/** @returns the row of the table */
async function measure(stack: BenchStack, report: Report, { batchSize, latencyMs, routes }: Setting): Promise<string> {
  await stack.resetDropboxCalls();
  const requestsBefore = await stack.arangoRequests();
  const processors = [stack.worker, stack.arango, stack.dropbox, stack.temporal];
  const usedBefore = processors.map(({ pid }) => processorSeconds(pid));
  const startedAt = performance.now();
  const outcome = await stack.sync();
  const seconds = (performance.now() - startedAt) / 1000;
  const used = processors.map(({ pid }, at) => (processorSeconds(pid) ?? 0) - (usedBefore[at] ?? 0));
  const requests = (await stack.arangoRequests()) - requestsBefore - 1;
  const { total: calls, calls: byRoute } = await stack.dropboxCalls();
  if (outcome.status !== 'complete') {
    throw new Error(`the sync ended ${outcome.status}: ${outcome.error?.message ?? outcome.gaps.join('; ')}`);
  }

  const stored = await countFiles(stack);
  const namespaces: ListedNamespace[] = [];
  for await (const batch of allNamespaces(standalone(stack.db), CONNECTOR)) {
    for (const { namespaceId, delegate, kind } of batch) {
      if (delegate !== null && kind !== 'received') namespaces.push({ namespaceId, delegate });
    }
  }
  // The first loop warms up; the second one counts.
  await listAll(stack, namespaces, 1);
  const bare = await listAll(stack, namespaces, 1);
  const concurrent = await listAll(stack, namespaces, CONCURRENCY);
  const content = await readCopy(stack.db, bare.pages);
  await copyAll(stack, namespaces, CONCURRENCY, content);
  const copy = await copyAll(stack, namespaces, CONCURRENCY, content);
  const target = targets(batchSize);

  const perThousand = (count: number): number => (count / stored.files) * 1000;
  const unshared = stored.files - stored.shared;
  const ofShared = (byRoute['sharing/list_file_members/batch'] ?? 0) + (byRoute['sharing/list_file_members'] ?? 0);
  const first = byRoute['files/list_folder'] ?? 0;
  // Calls for members, groups, namespaces and events are needed for a team of any size. The rest grows with its files.
  const ofFiles = Object.entries(byRoute).reduce((sum, [route, n]) => sum + (route.startsWith('files/') ? n : 0), 0);
  report.line('namespaces, files, folders', `${namespaces.length}, ${stored.files}, ${stored.folders}`);
  report.line('files shared individually', String(stored.shared));
  report.figure('time of the full sync', seconds, 's');
  report.figure('files per second', stored.files / seconds, '', undefined, 0);
  report.figure('Dropbox calls, all', calls, '', undefined, 0);
  report.line('… for files, for members of files', `${ofFiles - first}, ${ofShared}`);
  report.line('… for the team and its namespaces', `${calls - ofFiles - ofShared + first}`);
  report.figure('calls for files per 1,000 unshared', ((ofFiles - first) / unshared) * 1000, '', { most: 1 });
  report.figure('all calls but shared files, per 1,000', ((calls - ofShared) / unshared) * 1000, '');
  report.figure('ArangoDB requests per 1,000 files', perThousand(requests), '', { most: target.requests }, 1);
  report.figure('bare loop, one after the other', bare.seconds, `s for ${bare.pages} pages`);
  report.figure('sync / bare loop', seconds / bare.seconds, '');
  report.figure('bare loop, ten namespaces at a time', concurrent.seconds, 's');
  report.figure('sync / bare loop, ten at a time', seconds / concurrent.seconds, '');
  report.figure('bare copy, ten namespaces at a time', copy.seconds, `s for ${content.documents} documents`);
  report.figure('sync / bare copy', seconds / copy.seconds, '', { most: target.copy(latencyMs) });
  const [worker = 0, arango = 0, dropbox = 0] = used;
  report.figure('worker, processor time per 1,000 files', perThousand(worker), 's', { most: target.processor });
  report.line(
    'processor time',
    `worker ${worker.toFixed(1)} s, ArangoDB ${arango.toFixed(1)} s, Dropbox ${dropbox.toFixed(1)} s`,
  );
  report.line('peak memory of the worker', `${peakMemory(stack.worker.pid)?.toFixed(0) ?? 'unknown'} MB`);
  report.check(
    'records of the run',
    outcome.records.added === stored.files + stored.folders,
    `${outcome.records.added} added`,
  );
  const row = [
    process.version,
    batchSize,
    `${latencyMs} ms`,
    stored.files,
    `${seconds.toFixed(1)} s`,
    `${(seconds / copy.seconds).toFixed(1)}`,
    `${(seconds / concurrent.seconds).toFixed(1)}`,
    `${perThousand(worker).toFixed(2)} s`,
    perThousand(requests).toFixed(1),
    calls,
  ];
  if (routes) for (const [route, count] of Object.entries(byRoute)) report.line(`  ${route}`, String(count));
  return `| ${row.join(' | ')} |`;
}

async function countFiles(stack: BenchStack): Promise<{ files: number; folders: number; shared: number }> {
  const cursor = await stack.db.query<{ kind: string; records: number; shared: number }>(
    `FOR e IN dropboxEntries
       FILTER e.connectorId == @connectorId
       COLLECT kind = e.kind AGGREGATE records = COUNT(1), shared = SUM(e.principals == null ? 0 : 1)
       RETURN { kind, records, shared }`,
    { connectorId: CONNECTOR },
  );
  const rows = await cursor.all();
  const of = (kind: string) => rows.find((row) => row.kind === kind);
  return { files: of('file')?.records ?? 0, folders: of('folder')?.records ?? 0, shared: of('file')?.shared ?? 0 };
}
