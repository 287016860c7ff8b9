import { randomUUID } from 'node:crypto';
import { Database } from 'arangojs';
import { startArangoEmulator, type RunningEmulator } from '../../sandbox/arangodb/server';

/**
 * The tests of this folder run against any ArangoDB: the server at ARANGO_URL (with ARANGO_USERNAME and
 * ARANGO_PASSWORD), or else an emulator that each test file starts. They create databases with random names and drop
 * them at the end.
 */
export interface Server {
  readonly system: Database;
  freshDatabase(): Promise<Database>;
  /** Sends one request without the driver. Like the driver, rejects with errorNum and code if the request fails. */
  call(db: Database, method: string, path: string, body?: unknown, search?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests inspect answers of all kinds. A type for each would only repeat their expectations.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/**
 * Opens the server before the tests of a file and closes it after them. `prepare` runs once, when the server is open.
 * The returned server must only be used in `prepare`, in tests and in hooks.
 */
export function useServer(prepare: () => Promise<void> = () => Promise.resolve()): Server {
  const server = new TestServer();
  beforeAll(async () => {
    await server.open();
    await prepare();
  });
  afterAll(() => server.close());
  return server;
}

class TestServer implements Server {
  private readonly auth = {
    username: process.env['ARANGO_USERNAME'] ?? 'root',
    password: process.env['ARANGO_PASSWORD'] ?? '',
  };
  private readonly databases: string[] = [];
  private emulator: RunningEmulator | undefined;
  private url = process.env['ARANGO_URL'] ?? '';
  private opened: Database | undefined;

  get system(): Database {
    if (this.opened === undefined) throw new Error('the server is not open yet');
    return this.opened;
  }

  async open(): Promise<void> {
    if (this.url === '') {
      this.emulator = await startArangoEmulator({ port: 0, conflicts: 0 });
      this.url = this.emulator.url;
    }
    this.opened = new Database({ url: this.url, auth: this.auth });
  }

  async freshDatabase(): Promise<Database> {
    const name = `test-${randomUUID()}`;
    this.databases.push(name);
    return this.system.createDatabase(name);
  }

  async call(
    db: Database,
    method: string,
    path: string,
    body?: unknown,
    search?: Record<string, string>,
  ): Promise<Answer> {
    const { username, password } = this.auth;
    const query = search === undefined ? '' : `?${new URLSearchParams(search).toString()}`;
    const response = await fetch(`${this.url}/_db/${encodeURIComponent(db.name)}/${path}${query}`, {
      method,
      headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw Object.assign(new Error('the request failed'), answer);
    return { status: response.status, headers: response.headers, body: answer };
  }

  async close(): Promise<void> {
    for (const name of this.databases) {
      if (await this.system.database(name).exists()) await this.system.dropDatabase(name);
    }
    this.opened?.close();
    await this.emulator?.close();
  }
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

/** Matches the error with which a refused call rejects. */
export function refused(errorNum: number, code?: number): object {
  return expect.objectContaining({ errorNum, ...(code === undefined ? {} : { code }) }) as object;
}

let names = 0;

/** A collection name that no other test of the file uses. */
export function freshName(): string {
  return `c${++names}`;
}
