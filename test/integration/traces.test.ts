import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}
interface Export {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

const resources = closedAfterAll();

/** A collector that keeps what it gets. */
async function startCollector(): Promise<{ url: string; spans: Span[]; text: () => string }> {
  const spans: Span[] = [];
  let text = '';
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      text += JSON.stringify(body);
      for (const { scopeSpans } of (body as Export).resourceSpans)
        spans.push(...scopeSpans.flatMap((one) => one.spans));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  resources.defer(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, spans, text: () => text };
}

it('a sync is one trace, from the command to the calls of Dropbox and the commits', async () => {
  const collector = await startCollector();
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const stack = resources.add(await Stack.start({ team: 'demo' }));
  const worker = await stack.startWorker(traced);
  await stack.createConnector();
  expect((await stack.run(['sync', CONNECTOR, '--json'], traced)).json()).toMatchObject({ status: 'complete' });
  await worker.stop();
  while (!collector.spans.some(({ name }) => name === 'RunWorkflow:runSync')) await delay(50);

  const { traceId } = collector.spans.find(({ name }) => name === 'commit')!;
  const names = new Set(collector.spans.filter((span) => span.traceId === traceId).map(({ name }) => name));
  expect([...names]).toEqual(
    expect.arrayContaining([
      'RunWorkflow:runSync',
      'StartActivity:beginRun',
      'RunActivity:syncNamespace',
      'dropbox files/list_folder',
      'commit',
    ]),
  );
  // Each span of the trace hangs on another one, except the first.
  const ids = new Set(collector.spans.map(({ spanId }) => spanId));
  const roots = collector.spans.filter(
    (span) => span.traceId === traceId && !(span.parentSpanId && ids.has(span.parentSpanId)),
  );
  expect(roots).toHaveLength(1);

  const { files } = await stack.page<{ files: Record<string, { path: string; readers: string[] }> }>('truth');
  const people = Object.values(files).flatMap(({ readers }) => readers);
  const paths = Object.values(files).map(({ path }) => path);
  const { appSecret, refreshToken } = stack.credentials;
  for (const secret of [appSecret, refreshToken, ...people, ...paths.filter((path) => path.length > 5)]) {
    expect(collector.text()).not.toContain(secret);
  }
});
