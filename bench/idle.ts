/**
 * Measures what an incremental run costs when nothing has changed: Dropbox calls, requests to ArangoDB, writes, and
 * events in its history.
 */
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { Database } from 'arangojs';
import { syncWorkflowId, type SyncOutcome } from '../src/client';
import { pipesHubDocuments, pipesHubEdges, ownCollections } from '../src/graph/driver/collections';
import { standalone } from '../src/graph/driver/graph';
import { allNamespaces } from '../src/graph/state/namespaces';
import { Report } from './report';
import { BenchStack, CONNECTOR } from './stack';

/** A team with many small namespaces: 100 members' folders and about 400 shared folders. */
const TEAM = 'generate:members=100,groups=5,shared=405,files=2000,seed=1';
const CONTINUE = 'files/list_folder/continue';
/** Collections with cursors, and with the state of the current and the last run. */
const MAY_CHANGE: ReadonlySet<string> = new Set(['syncPoints', 'dropboxConnectors', 'apps']);

export interface IdleRun {
  status: string;
  mode: string;
  seconds: number;
  namespaces: number;
  continueCalls: number;
  otherCalls: Record<string, number>;
  arangoRequests: number;
  /** Number of changed documents by collection, without cursors and the state of the run. */
  changed: Record<string, number>;
  /** Events in the history of the run's workflow. */
  events: number;
}

/** The system that is measured: separate processes in this benchmark, servers in one process in a test. */
export interface IdleSubject {
  db: Database;
  temporalAddress: string;
  sync: () => Promise<SyncOutcome>;
  resetDropboxCalls: () => Promise<void>;
  dropboxCalls: () => Promise<{ calls: Record<string, number> }>;
  arangoRequests: () => Promise<number>;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { team: { type: 'string', default: TEAM }, 'latency-ms': { type: 'string', default: '100' } },
  });
  const report = new Report();
  const stack = await BenchStack.start({ team: values.team, latencyMs: Number(values['latency-ms']) });
  try {
    const first = await stack.sync();
    if (first.status !== 'complete') throw new Error(`the full sync ended ${first.status}: ${first.gaps.join('; ')}`);
    report.line('team', values.team);
    report.line('latency of each Dropbox call', `${values['latency-ms']} ms`);
    print(report, await measureIdle(stack, CONNECTOR));
  } finally {
    await stack.stop();
  }
  report.end();
}

function print(report: Report, idle: IdleRun): void {
  const others = Object.values(idle.otherCalls).reduce((sum, count) => sum + count, 0);
  report.check('result', idle.status === 'complete' && idle.mode === 'incremental', `${idle.status}, ${idle.mode}`);
  report.line('namespaces', String(idle.namespaces));
  report.figure('time', idle.seconds, 's');
  report.figure('continue calls', idle.continueCalls, '', { most: idle.namespaces }, 0);
  report.figure('other calls', others, '', { most: 10 }, 0);
  for (const [route, count] of Object.entries(idle.otherCalls)) report.line(`  ${route}`, String(count));
  report.figure('requests to ArangoDB', idle.arangoRequests, '', undefined, 0);
  const changed = Object.entries(idle.changed);
  const written = changed.map(([collection, count]) => `${count} in ${collection}`).join(', ');
  report.check(
    'documents written besides cursors and state',
    changed.length === 0,
    changed.length === 0 ? 'none' : written,
  );
  report.figure("events in the run's history", idle.events, '', { most: 99 }, 0);
}

/** Runs an incremental sync while nothing changes, and returns what it did. */
export async function measureIdle(stack: IdleSubject, connectorId: string): Promise<IdleRun> {
  let namespaces = 0;
  for await (const batch of allNamespaces(standalone(stack.db), connectorId)) {
    namespaces += batch.filter(({ delegate, kind }) => delegate !== null && kind !== 'received').length;
  }
  const before = await revisions(stack);
  await stack.resetDropboxCalls();
  const requests = await stack.arangoRequests();
  const outcome = await stack.sync();
  const arangoRequests = (await stack.arangoRequests()) - requests - 1;
  const { calls } = await stack.dropboxCalls();
  const { [CONTINUE]: continueCalls = 0, ...otherCalls } = calls;
  const after = await revisions(stack);
  return {
    status: outcome.status,
    mode: outcome.mode,
    seconds: outcome.seconds,
    namespaces,
    continueCalls,
    otherCalls,
    arangoRequests,
    changed: differences(before, after),
    events: await historyLength(stack.temporalAddress, connectorId),
  };
}

type Revisions = Map<string, Map<string, string>>;

async function revisions(stack: IdleSubject): Promise<Revisions> {
  const found: Revisions = new Map();
  for (const name of [...pipesHubDocuments, ...pipesHubEdges, ...ownCollections]) {
    if (MAY_CHANGE.has(name)) continue;
    const cursor = await stack.db.query<[string, string]>('FOR d IN @@name RETURN [d._key, d._rev]', { '@name': name });
    found.set(name, new Map(await cursor.all()));
  }
  return found;
}

function differences(before: Revisions, after: Revisions): Record<string, number> {
  const changed: Record<string, number> = {};
  for (const [name, now] of after) {
    const then = before.get(name) ?? new Map<string, string>();
    const keys = new Set([...then.keys(), ...now.keys()]);
    const count = [...keys].filter((key) => then.get(key) !== now.get(key)).length;
    if (count > 0) changed[name] = count;
  }
  return changed;
}

async function historyLength(address: string, connectorId: string): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const handle = new Client({ connection }).workflow.getHandle(syncWorkflowId(connectorId));
    return (await handle.describe()).historyLength;
  } finally {
    await connection.close();
  }
}
