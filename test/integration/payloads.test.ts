import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { createSigner } from 'fast-jwt';
import { DropboxTeamsClient, loadConfig } from '../../src/client';
import { syncWorkflowId } from '../../src/contract/sync';
import { serveInternally } from '../server/fixture';
import { FaultProxy } from '../support/faultProxy';
import { closedAfterAll } from '../support/hooks';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';
import type { WorkerProcess } from '../support/workerProcess';

jest.setTimeout(limits.syncs);

const key = (): string => randomBytes(32).toString('base64');

interface StoredPayload {
  metadata: Record<string, string>;
  data?: string;
}
const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('utf8');

/** All payloads in a history, without search attributes, which Temporal reads, and headers. */
function payloadsIn(value: unknown): StoredPayload[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('metadata' in value && typeof value.metadata === 'object' && 'encoding' in (value.metadata as object)) {
    return [value as StoredPayload];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'searchAttributes' || name === 'header' ? [] : payloadsIn(inner),
  );
}

describe('payloads in Temporal that are encrypted', () => {
  const resources = closedAfterAll();
  const former = { TEMPORAL_PAYLOAD_KEY: key() };
  const rotated = { TEMPORAL_PAYLOAD_KEY: key(), TEMPORAL_PAYLOAD_KEY_PREVIOUS: former.TEMPORAL_PAYLOAD_KEY };
  let stack: Stack;
  let dropbox: FaultProxy;
  let client: DropboxTeamsClient;
  let temporal: Client;

  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) await delay(50);
  };
  const worker = (keys: Record<string, string>): Promise<WorkerProcess> =>
    stack.startWorker({ DROPBOX_API_URL: dropbox.url, LOG_LEVEL: 'warn', ...keys });
  const historiesOf = async (): Promise<string[]> => {
    const texts: string[] = [];
    for await (const { workflowId, runId } of temporal.workflow.list()) {
      texts.push(historyToJSON(await temporal.workflow.getHandle(workflowId, runId).fetchHistory()));
    }
    return texts;
  };

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'demo', transactionIdleSeconds: 2, worker: former }));
    dropbox = resources.add(await FaultProxy.start(stack.dropbox.url));
    client = resources.add(DropboxTeamsClient.connect(loadConfig({ ...stack.environment, ...rotated })));
    temporal = new Client({ connection: resources.add(await Connection.connect({ address: stack.temporal.address })) });
    await stack.createConnector();
  });

  it('are replaced by those of a new key in the middle of a run, and no history holds plain text', async () => {
    let isOpen = false;
    dropbox.decide = ({ path }) =>
      isOpen || !path.endsWith('/files/list_folder') ? undefined : { status: 429, retryAfterSeconds: 10 };
    const first = await worker(former);
    await stack.client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS });
    await until(() => dropbox.counts.faults > 0);
    await first.stop();
    const second = await worker(rotated);
    const run = await client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS });
    isOpen = true;
    expect(await run.result()).toMatchObject({ status: 'complete', deadLetters: 0 });

    const histories = await historiesOf();
    const payloads = histories.flatMap((history) => payloadsIn(JSON.parse(history)));
    expect(payloads.length).toBeGreaterThan(50);
    const metadataOf = (name: string): Set<string> => new Set(payloads.map(({ metadata }) => text(metadata[name])));
    expect(metadataOf('encoding')).toEqual(new Set(['binary/encrypted']));
    expect(metadataOf('encryption-key-id').size).toBe(2);
    const shown = histories.join('\n').replace(/"data":\s*"([^"]*)"/g, (_all, data: string) => text(data));
    for (const plain of ['startedAt', 'namespaceIds', 'deadLetters', 'Dropbox limits', stack.company.state.teamId]) {
      expect(shown).not.toContain(plain);
    }

    // A command that has the former key only says what it lacks.
    await expect(stack.client.runSync(CONNECTOR, { answerWithinSeconds: 5 })).rejects.toMatchObject({
      code: 'SecretKeyWrong',
      message: expect.stringContaining('add it to TEMPORAL_PAYLOAD_KEY_PREVIOUS'),
    });
    await second.stop();
  });

  it('are refused by a worker without the key, which says what to do, and processed by the next one with it', async () => {
    const without = await worker({ TEMPORAL_PAYLOAD_KEY: '' });
    const handle = temporal.workflow.getHandle(syncWorkflowId(CONNECTOR));
    const requested = client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS });
    const advice = 'set TEMPORAL_PAYLOAD_KEY to that key';
    const failures = async (): Promise<(string | null | undefined)[]> =>
      ((await handle.fetchHistory()).events ?? []).map(
        ({ workflowTaskFailedEventAttributes: failed }) => failed?.failure?.message,
      );
    await until(async () => (await failures()).some((message) => message?.includes(advice) === true));
    await until(() => without.lines.join('\n').includes(advice));
    await without.stop();
    await worker(rotated);
    expect(await (await requested).result()).toMatchObject({ status: 'complete' });
  });

  it('are decoded and encoded by the codec server, for those with its scope, and for the origin of the UI', async () => {
    const settings = { ...stack.environment, ...rotated, TEMPORAL_UI_ORIGIN: 'https://temporal.example' };
    const listener = await serveInternally(loadConfig(settings), client);
    resources.defer(() => listener.close(0));
    const signed = createSigner({ key: stack.environment['PIPESHUB_JWT_SECRET'] ?? '', expiresIn: 3_600_000 });
    const ask = (path: string, body: unknown, scopes: string[] | null = ['temporal:codec']): Promise<Response> => {
      const authorization =
        scopes === null ? {} : { authorization: `Bearer ${signed({ orgId: ORGANIZATION, scopes })}` };
      return fetch(`${listener.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers: authorization });
    };
    const stored = (await historiesOf()).flatMap((history) => payloadsIn(JSON.parse(history)));

    const answer = await ask('/decode', { payloads: stored });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://temporal.example');
    const { payloads } = (await answer.json()) as { payloads: StoredPayload[] };
    expect(payloads).toHaveLength(stored.length);
    expect(payloads.map(({ data }) => text(data)).join('\n')).toContain('"deadLetters":0');

    const base64 = (content: string): string => Buffer.from(content).toString('base64');
    const data = base64('"a value that is not encrypted"');
    const plain = { payloads: [{ metadata: { encoding: base64('json/plain') }, data }] };
    const encoded: unknown = await (await ask('/encode', plain)).json();
    expect(JSON.stringify(encoded)).not.toContain(data);
    expect(await (await ask('/decode', encoded)).json()).toEqual(plain);

    expect((await ask('/decode', plain, null)).status).toBe(401);
    expect((await ask('/decode', plain, ['connector:signedUrl'])).status).toBe(403);
    expect((await ask('/decode', { payloads: [{ metadata: 1 }] })).status).toBe(400);
    const preflight = await fetch(`${listener.url}/decode`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  });
});
