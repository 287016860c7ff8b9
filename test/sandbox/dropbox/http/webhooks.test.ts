import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFixture, personalToken, type Fixture } from './fixture';

interface Notification {
  body: string;
  signature: string | undefined;
  type: string | undefined;
}

/** The webhook endpoint of an app. */
class Receiver {
  readonly received: Notification[] = [];
  readonly challenges: string[] = [];
  /** Statuses of the next answers; 200 when the list is empty. */
  readonly statuses: number[] = [];
  echoes = true;
  private readonly waiting: (() => void)[] = [];

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      void receiver.answer(request).then(([status, text]) => {
        response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text);
        receiver.waiting.splice(0).forEach((wake) => wake());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook?x=1`;
  }

  private async answer(request: IncomingMessage): Promise<[number, string]> {
    const challenge = new URL(request.url ?? '', 'http://x').searchParams.get('challenge');
    if (request.method === 'GET') {
      this.challenges.push(challenge ?? '');
      return [200, this.echoes ? (challenge ?? '') : 'something else'];
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const signature = request.headers['x-dropbox-signature'];
    this.received.push({
      body: Buffer.concat(chunks).toString(),
      signature: Array.isArray(signature) ? signature[0] : signature,
      type: request.headers['content-type'],
    });
    return [this.statuses.shift() ?? 200, ''];
  }

  async count(number: number): Promise<void> {
    while (this.received.length < number) await new Promise<void>((wake) => this.waiting.push(wake));
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

let fixture: Fixture;
let receiver: Receiver;
beforeEach(async () => {
  fixture = await startFixture({ webhooks: { batchMs: 10, firstRetryMs: 5, giveUpAfterMs: 600_000 } });
  receiver = await Receiver.open();
});
afterEach(async () => {
  await fixture.close();
  await receiver.close();
});

const change = (name: string) => fixture.call('files/create_folder_v2', { path: `/${name}` }, { as: fixture.ben });

it('registering a webhook sends a challenge that the receiver must echo', async () => {
  expect((await fixture.sandbox('webhook', { url: receiver.url })).status).toBe(200);
  expect(receiver.challenges).toEqual([expect.stringMatching(/.{20,}/)]);
  receiver.echoes = false;
  const refused = await fixture.sandbox('webhook', { url: receiver.url });
  expect([refused.status, refused.text]).toEqual([400, 'the challenge was not echoed']);
  expect((await fixture.sandbox('webhook', { url: 'nonsense' })).status).toBe(400);
  expect((await fixture.sandbox('webhook', { url: 'http://127.0.0.1:1/' })).text).toContain('was not answered');
});

it('a notification of a team link names the changed members and signs the raw body', async () => {
  await fixture.sandbox('webhook', { url: receiver.url });
  await change('one');
  await receiver.count(1);
  const { body, signature, type } = receiver.received[0]!;
  expect(type).toBe('application/json');
  expect(signature).toBe(createHmac('sha256', fixture.simulator.grants.app.appSecret).update(body).digest('hex'));
  expect(JSON.parse(body)).toEqual({ list_folder: { teams: { [fixture.simulator.teamId]: [fixture.ben.memberId] } } });
});

it('a change in a shared folder notifies all members who have the folder', async () => {
  await fixture.sandbox('webhook', { url: receiver.url });
  await fixture.call('files/create_folder_v2', { path: '/Shared/inside' }, { as: fixture.ben });
  await receiver.count(1);
  const members = JSON.parse(receiver.received[0]!.body).list_folder.teams[fixture.simulator.teamId];
  expect([...members].sort()).toEqual([fixture.ben.memberId, fixture.cleo.memberId].sort());
});

it('a notification of a user link names accounts, also in the legacy field', async () => {
  await personalToken(fixture, fixture.ben, ['files.metadata.read']);
  await fixture.sandbox('webhook', { url: receiver.url });
  await change('two');
  await receiver.count(2);
  expect(receiver.received.map((each) => JSON.parse(each.body))).toContainEqual({
    list_folder: { accounts: [fixture.ben.accountId] },
    delta: { users: [Number(fixture.ben.uid)] },
  });
});

it('a notification is retried until it is accepted', async () => {
  receiver.statuses.push(500, 404);
  await fixture.sandbox('webhook', { url: receiver.url });
  await change('three');
  await receiver.count(3);
  expect(new Set(receiver.received.map((each) => each.body)).size).toBe(1);
  let report = await fixture.sandbox('webhook');
  while (report.json.pending > 0) report = await fixture.sandbox('webhook');
  expect(report.json).toEqual({ url: receiver.url, delivered: 1, failed: 0, pending: 0 });
});

it('a notification that is never accepted fails after the time limit', async () => {
  await fixture.close();
  fixture = await startFixture({ webhooks: { batchMs: 10, firstRetryMs: 5, giveUpAfterMs: 60 } });
  receiver.statuses.push(...Array<number>(50).fill(503));
  await fixture.sandbox('webhook', { url: receiver.url });
  await change('four');
  let report = await fixture.sandbox('webhook');
  while (report.json.failed === 0) report = await fixture.sandbox('webhook');
  expect(report.json).toMatchObject({ delivered: 0, failed: 1, pending: 0 });
});

it('no notification is sent after the address is removed', async () => {
  await fixture.sandbox('webhook', { url: receiver.url });
  await fixture.sandbox('webhook', {});
  await change('five');
  expect((await fixture.sandbox('webhook')).json).toEqual({ url: null, delivered: 0, failed: 0, pending: 0 });
  expect(receiver.received).toEqual([]);
});
