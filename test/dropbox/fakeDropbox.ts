import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DropboxConnections, type Actor, type DropboxOptions, type DropboxSession } from '../../src/dropbox';

export interface Call {
  route: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  argument: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- each test knows the shape of its calls
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** A string and bytes are sent as they are, anything else as JSON. */
  body?: unknown;
  /** Closes the connection after that many bytes of the body. */
  cutAfter?: number;
  /** Sends the body, and never ends the response. */
  endless?: boolean;
  /** Sends no answer at all. */
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

/** A 400, of which Dropbox sends only a text. */
export const badRequest = (text: string): Answer => ({
  status: 400,
  body: `Error in call to API function "a/route": ${text}`,
});

/** The refusal of a call whose scope is off in the App Console. */
export const scopeOff = (scope: string): Answer =>
  badRequest(
    `Your app is not permitted to access this endpoint because it does not have the required scope '${scope}'. ` +
      'The owner of the app can enable the scope for the app using the Permissions tab on the App Console.',
  );

/** A server that answers what a test scripts: faults and rare errors on the wire, behind the real SDK. */
export class FakeDropbox {
  readonly calls: Call[] = [];
  private readonly scripts = new Map<string, Script>();
  private readonly server = createServer((request, response) => void this.serve(request, response));
  url = '';

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  /** Forgets calls and scripts. Only the token endpoint is scripted afterwards. */
  reset(): void {
    this.calls.length = 0;
    this.scripts.clear();
    this.on('oauth2/token', () => token());
  }

  /** What a route answers. `count` is the number of this call to the route, from 1. */
  on(route: string, script: Script): void {
    this.scripts.set(route, script);
  }

  callsOf(route: string): Call[] {
    return this.calls.filter((call) => call.route === route);
  }

  session(options: DropboxOptions = {}, signal?: AbortSignal, teamId: string | null = null): DropboxSession {
    return this.connections(options).session('c1', credentials, { teamId, ...(signal ? { signal } : {}) });
  }

  connections(options: DropboxOptions = {}): DropboxConnections {
    return new DropboxConnections({ apiUrl: this.url, firstRetryMs: 1, ...options });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString('utf8') || (request.headers['dropbox-api-arg'] as string | undefined);
    const call: Call = {
      route: url.pathname.replace(/^\/(2\/)?/, ''),
      query: url.searchParams,
      headers: request.headers,
      argument: text ? parsed(text, request.headers['content-type']) : undefined,
    };
    this.calls.push(call);
    const script = this.scripts.get(call.route);
    const answer: Answer = script
      ? await script(call, this.callsOf(call.route).length)
      : { status: 404, body: `no script for ${call.route}` };
    if (answer.silent) return;
    const isRaw = typeof answer.body === 'string' || Buffer.isBuffer(answer.body);
    const body = Buffer.from(isRaw ? (answer.body as string) : JSON.stringify(answer.body ?? null));
    response.writeHead(answer.status ?? 200, {
      'Content-Type': typeof answer.body === 'string' ? 'text/plain' : 'application/json',
      'Content-Length': body.length,
      ...answer.headers,
    });
    if (answer.endless) response.write(body);
    else if (answer.cutAfter === undefined) response.end(body);
    else response.write(body.subarray(0, answer.cutAfter), () => response.destroy());
  }
}

const parsed = (text: string, contentType: string | undefined): unknown =>
  contentType === 'application/x-www-form-urlencoded'
    ? Object.fromEntries(new URLSearchParams(text))
    : (JSON.parse(text) as unknown);

/** A server for all tests of a file, without scripts and recorded calls at the start of each. */
export function useFakeDropbox(): FakeDropbox {
  const dropbox = new FakeDropbox();
  beforeAll(() => dropbox.start());
  afterAll(() => dropbox.stop());
  beforeEach(() => dropbox.reset());
  return dropbox;
}

export const credentials = { appKey: 'key', appSecret: 'app-secret', refreshToken: 'refresh-token' };

export const member = (teamMemberId: string): Actor => ({ kind: 'member', teamMemberId });

export const emptyFolder: Answer = { body: { entries: [], cursor: 'cursor-1', has_more: false } };
export const teamInfo: Answer = { body: { name: 'Team', team_id: 'dbtid:1', num_provisioned_users: 3 } };

/** What a call threw; the test fails when it succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call succeeded');
}

export async function collect<T>(pages: AsyncGenerator<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
