import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DropboxConnections, type DropboxOptions, type DropboxSession } from '../../src/dropbox';

export interface Call {
  route: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  argument: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- each test knows the shape of its calls
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
  /** Cuts the connection after that many bytes of the body. */
  cutAfter?: number;
  /** The body is sent, and its end is not. */
  endless?: boolean;
  /** Never answers. */
  silent?: boolean;
}

export type Script = (call: Call, count: number) => Answer | Promise<Answer>;

export const token = (about: object = {}): Answer => ({
  body: { access_token: 'token-1', token_type: 'bearer', expires_in: 14_400, ...about },
});
export const apiError = (status: number, error: object, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'X-Dropbox-Request-Id': 'request-1', ...headers },
  body: { error_summary: 'never/parse/this/...', error },
});

/** A server that answers what a test tells it to: faults and rare errors, on the wire and behind the real SDK. */
export class FakeDropbox {
  readonly calls: Call[] = [];
  readonly #scripts = new Map<string, Script>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  url = '';

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Forgets calls and scripts; tokens are given out. */
  reset(): void {
    this.calls.length = 0;
    this.#scripts.clear();
    this.on('oauth2/token', () => token());
  }

  /** What a route answers; `count` begins at 1. */
  on(route: string, script: Script): void {
    this.#scripts.set(route, script);
  }

  callsOf(route: string): Call[] {
    return this.calls.filter((call) => call.route === route);
  }

  session(options: DropboxOptions = {}, signal?: AbortSignal): DropboxSession {
    return this.connections(options).session('c1', credentials, signal ? { signal } : {});
  }

  connections(options: DropboxOptions = {}): DropboxConnections {
    return new DropboxConnections({ apiUrl: this.url, retryDelaysMs: [1, 2], ...options });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString('utf8') || (request.headers['dropbox-api-arg'] as string | undefined);
    const call: Call = {
      route: url.pathname.replace(/^\/(2\/)?/, ''),
      query: url.searchParams,
      headers: request.headers,
      argument: text ? JSON.parse(text) : undefined,
    };
    this.calls.push(call);
    const script = this.#scripts.get(call.route);
    const answer: Answer = script
      ? await script(call, this.callsOf(call.route).length)
      : { status: 404, body: `no script for ${call.route}` };
    if (answer.silent) return;
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? null);
    response.writeHead(answer.status ?? 200, {
      'Content-Type': typeof answer.body === 'string' ? 'text/plain' : 'application/json',
      'Content-Length': Buffer.byteLength(body),
      ...answer.headers,
    });
    if (answer.endless) response.write(body);
    else if (answer.cutAfter === undefined) response.end(body);
    else response.write(body.slice(0, answer.cutAfter), () => response.destroy());
  }
}

export const credentials = { appKey: 'key', appSecret: 'app-secret', refreshToken: 'refresh-token' };

export async function collect<T>(pages: AsyncGenerator<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
