/**
 * Measures how fast the Dropbox simulator serves full listings: pages of 2,000 entries, one request at a time, with the
 * server in a separate process and therefore on one core. The time that this client needs to parse JSON does not count.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Report } from './report';

const TEAM = 'generate:members=50,groups=5,shared=40,files=100000,seed=1';
const PAGE = 2000;

interface Listing {
  entries: unknown[];
  cursor: string;
  has_more: boolean;
}

interface Measured {
  pages: number;
  entries: number;
  seconds: number;
}

/** Starts the simulator as the `sandbox` command does. */
async function startSimulator(): Promise<{ url: string; stop(): Promise<void> }> {
  const args = [require.resolve('../sandbox/main'), 'dropbox', '--port', '0', '--team', TEAM, '--model', 'A'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    return {
      url,
      stop: async () => {
        child.kill('SIGTERM');
        await exited;
      },
    };
  }
  throw new Error('the simulator exited before it accepted requests');
}

class Client {
  seconds = 0;

  constructor(
    private readonly url: string,
    private readonly headers: Record<string, string>,
  ) {}

  static async connect(url: string): Promise<Client> {
    const info = (await (await fetch(`${url}/sandbox/info`)).json()) as {
      app_key: string;
      app_secret: string;
      refresh_token: string;
      admin: { team_member_id: string };
    };
    const query = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: info.refresh_token,
      client_id: info.app_key,
      client_secret: info.app_secret,
    });
    const answer = await fetch(`${url}/oauth2/token?${query.toString()}`, { method: 'POST' });
    const { access_token } = (await answer.json()) as { access_token: string };
    return new Client(url, {
      Authorization: `Bearer ${access_token}`,
      'Content-Type': 'application/json',
      'Dropbox-API-Select-Admin': info.admin.team_member_id,
    });
  }

  /** @returns undefined when the admin may not read it, as with a folder whose owner is outside the team */
  async call<T>(route: string, argument: object): Promise<T | undefined> {
    const started = performance.now();
    const options = { method: 'POST', headers: this.headers, body: JSON.stringify(argument) };
    const response = await fetch(`${this.url}/2/${route}`, options);
    const bytes = await response.arrayBuffer();
    this.seconds += (performance.now() - started) / 1000;
    const text = Buffer.from(bytes).toString();
    if (response.status === 409) return undefined;
    if (response.status !== 200) throw new Error(`${route}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }
}

/** All pages of one namespace. */
async function* pagesOf(client: Client, namespaceId: string): AsyncGenerator<Listing> {
  const first = { path: `ns:${namespaceId}`, recursive: true, limit: PAGE, include_mounted_folders: false };
  let page = await client.call<Listing>('files/list_folder', first);
  while (page !== undefined) {
    yield page;
    if (!page.has_more) return;
    page = await client.call<Listing>('files/list_folder/continue', { cursor: page.cursor });
  }
}

/** Lists each namespace completely, one after the other. Only pages that are at least half full count. */
async function listEverything(client: Client): Promise<Measured> {
  const all = await client.call<{ namespaces: { namespace_id: string }[] }>('team/namespaces/list', {});
  const measured: Measured = { pages: 0, entries: 0, seconds: 0 };
  for (const { namespace_id } of all?.namespaces ?? []) {
    client.seconds = 0;
    for await (const { entries } of pagesOf(client, namespace_id)) {
      const seconds = client.seconds;
      client.seconds = 0;
      if (entries.length < PAGE / 2) continue;
      measured.pages += 1;
      measured.entries += entries.length;
      measured.seconds += seconds;
    }
  }
  return measured;
}

export async function benchDropbox(): Promise<Measured> {
  const simulator = await startSimulator();
  try {
    const client = await Client.connect(simulator.url);
    await listEverything(client);
    return await listEverything(client);
  } finally {
    await simulator.stop();
  }
}

export async function run(): Promise<void> {
  const { pages, entries, seconds } = await benchDropbox();
  const report = new Report();
  report.line('team', TEAM);
  report.line('listed', `${pages} pages, ${entries} entries`);
  report.figure('time of the requests', seconds, 's');
  report.figure(`pages of ${PAGE} entries per second, one core`, entries / PAGE / seconds, '', { least: 20 }, 1);
  report.end();
}
