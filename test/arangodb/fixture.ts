import { randomUUID } from 'node:crypto';
import { Database } from 'arangojs';
import { startArangoEmulator } from '../../sandbox/arangodb/server';

/**
 * These tests speak to any server: the one at ARANGO_URL (with ARANGO_USERNAME and ARANGO_PASSWORD), or else an
 * emulator of their own. They create databases with names of their own and drop them.
 */
export interface Server {
  readonly system: Database;
  freshDatabase(): Promise<Database>;
  /** One request as it is, for what the driver hides. Rejects as the driver does, with errorNum and code. */
  call(db: Database, method: string, path: string, body?: unknown, search?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Whatever the server said. */
  // Tests look into answers of all kinds; a type for each would only repeat their expectations.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export async function openServer(): Promise<Server> {
  const given = process.env['ARANGO_URL'];
  const emulator = given === undefined || given === '' ? await startArangoEmulator({ port: 0 }) : undefined;
  const url = emulator?.url ?? given ?? '';
  const auth = { username: process.env['ARANGO_USERNAME'] ?? 'root', password: process.env['ARANGO_PASSWORD'] ?? '' };
  const system = new Database({ url, auth });
  const names: string[] = [];
  return {
    system,
    async freshDatabase() {
      const name = `test-${randomUUID()}`;
      names.push(name);
      return system.createDatabase(name);
    },
    async call(db, method, path, body, search) {
      const query = search === undefined ? '' : `?${new URLSearchParams(search).toString()}`;
      const response = await fetch(`${url}/_db/${encodeURIComponent(db.name)}/${path}${query}`, {
        method,
        headers: { authorization: `Basic ${btoa(`${auth.username}:${auth.password}`)}` },
        ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw Object.assign(new Error('refused'), answer);
      return { status: response.status, headers: response.headers, body: answer };
    },
    async close() {
      for (const name of names) if (await system.database(name).exists()) await system.dropDatabase(name);
      system.close();
      await emulator?.close();
    },
  };
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

/** What a refused call must reject with. */
export function refused(errorNum: number, code?: number): object {
  return expect.objectContaining({ errorNum, ...(code === undefined ? {} : { code }) }) as object;
}
