import type { DatabaseSettings } from '../../../src/graph/driver/database';
import { NotTried } from '../assumption';

export interface ArangoAnswer {
  status: number;
  errorNum: number | undefined;
  body: unknown;
  headers: Headers;
}

const CONFLICT = 1200;
const TRIES = 3;

interface Cursor {
  result: unknown[];
  extra?: { warnings?: { code: number }[] };
}

/** One database, asked without a driver: what is looked at is the answer itself. */
export class ArangoServer {
  constructor(private readonly settings: DatabaseSettings) {}

  get database(): string {
    return this.settings.database;
  }

  /** The same server with other settings. */
  with(changed: Partial<DatabaseSettings>): ArangoServer {
    return new ArangoServer({ ...this.settings, ...changed });
  }

  /**
   * `path` is below the database, such as /_api/version. A text is sent as it is. What conflicts with another writer is
   * repeated, since that says nothing about the assumption: a conflict that is expected occurs each time.
   */
  async request(method: string, path: string, body?: unknown, transaction?: string): Promise<ArangoAnswer> {
    for (let left = TRIES; ; left--) {
      const answer = await this.send(method, path, body, transaction);
      if (left === 1 || answer.status !== 409 || answer.errorNum !== CONFLICT) return answer;
    }
  }

  private async send(method: string, path: string, body: unknown, transaction?: string): Promise<ArangoAnswer> {
    const { url, database, username, password } = this.settings;
    const response = await fetch(`${url}/_db/${encodeURIComponent(database)}${path}`, {
      method,
      headers: {
        Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'Content-Type': 'application/json',
        ...(transaction === undefined ? {} : { 'x-arango-trx-id': transaction }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
    const { errorNum } = (parsed ?? {}) as { errorNum?: number };
    return { status: response.status, errorNum, body: parsed, headers: response.headers };
  }

  query(query: string, more: object = {}, transaction?: string): Promise<ArangoAnswer> {
    return this.request('POST', '/_api/cursor', { query, ...more }, transaction);
  }

  /** The rows of a query that has to succeed, and its warnings. */
  async rows(query: string, more: object = {}): Promise<{ rows: unknown[]; warnings: number[] }> {
    const answer = await this.query(query, more);
    const { result, extra } = succeeded<Cursor>('the query', answer);
    return { rows: result, warnings: (extra?.warnings ?? []).map(({ code }) => code) };
  }

  /** Any collection of the database that is not one of the server. */
  async someCollection(): Promise<string> {
    const answer = await this.request('GET', '/_api/collection?excludeSystem=true');
    const [first] = succeeded<{ result: { name: string }[] }>('the list of collections', answer).result;
    if (!first) throw new NotTried('the database has no collection');
    return first.name;
  }
}

/** `200`, or status and error number such as `404 1202`. */
export const described = ({ status, errorNum }: ArangoAnswer): string =>
  errorNum === undefined || status < 400 ? `${status}` : `${status} ${errorNum}`;

export function succeeded<Body>(what: string, answer: ArangoAnswer): Body {
  if (answer.status >= 300) throw new NotTried(`${what} is answered with ${described(answer)}`);
  return answer.body as Body;
}
