/** Reads a file that is larger than the worker's memory from the content route, with a pause at the start. */
import { createHmac } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../src/server/freePort';
import { residentMemory } from './processes';
import { Report } from './report';
import { BenchStack, CONNECTOR, ORGANIZATION } from './stack';

const MB = 1024 * 1024;
const JWT_SECRET = 'the secret of the measured installation';
/** How far the worker's memory may grow. */
const MOST_GROWTH_MB = 80;
/** How long the client waits before it reads. */
const UNREAD_MS = 3_000;
const SAMPLE_MS = 50;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { 'size-mb': { type: 'string', default: '2048' } } });
  const size = Number(values['size-mb']) * MB;
  if (!Number.isSafeInteger(size) || size <= 0) throw new Error('--size-mb is a whole number of megabytes');
  const report = new Report();
  const dir = await mkdtemp(path.join(tmpdir(), 'stream-'));
  try {
    // A sparse file of zeros takes no space on the disk.
    const file = await open(path.join(dir, 'Film.mov'), 'w');
    await file.truncate(size);
    await file.close();
    const port = await freePort();
    const stack = await BenchStack.start({
      team: `from:${dir}`,
      workerEnvironment: { HTTP_PORT: String(port), PIPESHUB_JWT_SECRET: JWT_SECRET },
    });
    try {
      await measure(stack, port, size, report);
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(dir, { recursive: true });
  }
  report.end();
}

async function measure(stack: BenchStack, port: number, size: number, report: Report): Promise<void> {
  const outcome = await stack.sync();
  if (outcome.status !== 'complete') throw new Error(`the sync ended ${outcome.status}: ${outcome.gaps.join('; ')}`);
  const cursor = await stack.db.query<string>(
    'FOR r IN records FILTER r.connectorId == @connector AND r.recordName == "Film.mov" RETURN r._key',
    { connector: CONNECTOR },
  );
  const key = await cursor.next();
  if (key === undefined) throw new Error('the sync has not found the file');

  const resident = (): number => residentMemory(stack.worker.pid) ?? Number.NaN;
  const before = resident();
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, resident())), SAMPLE_MS);
  try {
    const answer = await request(`http://127.0.0.1:${port}/api/v1/internal/stream/record/${key}`);
    await delay(UNREAD_MS);
    const unread = peak;
    const began = performance.now();
    let received = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) received += chunk.length;
    const seconds = (performance.now() - began) / 1000;
    peak = Math.max(peak, resident());
    report.figure('size of the file', size / MB, 'MB', undefined, 0);
    report.check('bytes received', received === size, String(received));
    report.figure('speed, with the hash checked', size / MB / seconds, 'MB/s', undefined, 0);
    report.figure('worker before', before, 'MB', undefined, 0);
    report.figure('worker, growth before the client reads', unread - before, 'MB', { most: MOST_GROWTH_MB }, 0);
    report.figure('worker, growth at its peak', peak - before, 'MB', { most: MOST_GROWTH_MB }, 0);
  } finally {
    clearInterval(sampling);
  }
}

async function request(url: string): Promise<IncomingMessage> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${token()}` } }, resolve).on('error', reject);
  });
  if (answer.statusCode !== 200) throw new Error(`the content route answered ${answer.statusCode}`);
  return answer;
}

/** A token as PipesHub's indexing service signs it (HS256). */
function token(): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const claims = { orgId: ORGANIZATION, scopes: ['connector:signedUrl'], exp: expires };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', JWT_SECRET).update(text).digest('base64url')}`;
}
