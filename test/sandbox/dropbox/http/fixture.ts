/** A small company behind a running simulator, and a client that sends requests exactly as a test specifies them. */
import { headerSafeJson } from '../../../../sandbox/dropbox/http/wire';
import {
  calm,
  Company,
  StoredContent,
  type Account,
  type Choices,
  type FileNode,
  type Namespace,
  type TeamModel,
} from '../../../../sandbox/dropbox/model';
import {
  startDropboxSimulator,
  type DropboxSimulator,
  type DropboxSimulatorOptions,
} from '../../../../sandbox/dropbox/server';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The body when it is JSON. */
  json: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- tests read answers of every shape
}

export interface CallOptions {
  as?: Account;
  admin?: Account;
  pathRoot?: object;
  headers?: Record<string, string>;
  /** Replaces the team's token; null sends no token. */
  token?: string | null;
  /** Sent unchanged instead of the argument. */
  rawBody?: string | Uint8Array;
  method?: string;
  query?: string;
}

export interface Fixture extends DropboxSimulator {
  company: Company;
  ada: Account;
  ben: Account;
  cleo: Account;
  plans: Namespace;
  shared: Namespace;
  note: FileNode;
  /** An access token of the team link. */
  token: string;
  call(route: string, argument?: unknown, options?: CallOptions): Promise<Reply>;
  /** Calls a content route, whose argument is sent in a header. */
  content(route: string, argument: unknown, options?: CallOptions): Promise<Reply>;
  sandbox(page: string, body?: unknown): Promise<Reply>;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
}

export async function readReply(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

export interface FixtureOptions extends Partial<Omit<DropboxSimulatorOptions, 'company'>> {
  model?: TeamModel;
  choices?: Partial<Choices>;
}

/** Starts one for each file of tests, or for each test. What is returned can be used in tests and hooks. */
export function useFixture(of: 'file' | 'test' = 'file'): Fixture {
  const fixture = {} as Fixture;
  const [before, after] = of === 'file' ? [beforeAll, afterAll] : [beforeEach, afterEach];
  before(async () => void Object.assign(fixture, await startFixture()));
  after(() => fixture.close());
  return fixture;
}

export async function startFixture({ model = 'A', choices, ...options }: FixtureOptions = {}): Promise<Fixture> {
  const company = new Company({ model, choices: { ...calm, ...choices } });
  const { build } = company;
  const ada = build.member({ email: 'ada@example.com', givenName: 'Ada', surname: 'Admin', role: 'team_admin' });
  const ben = build.member({ email: 'ben@example.com', givenName: 'Ben', surname: 'Builder' });
  const cleo = build.member({ email: 'cleo@example.com', givenName: 'Cleo', surname: 'Clerk' });
  const engineers = build.group({ name: 'Engineers' });
  build.groupMember(engineers, ben);
  const plans = build.teamFolder('Plans');
  build.folderMember(plans, engineers, 'editor');
  build.file(plans.root, 'budget.csv', new StoredContent(Buffer.from('a,b\n1,2\n')));
  const note = build.file(ben.home.root, 'Täglich 日本.txt', new StoredContent(Buffer.from('0123456789')));
  build.file(ben.home.root, 'Notes.paper', new StoredContent(Buffer.from('# Notes\n')), { downloadable: false });
  const shared = build.sharedFolder(ben, ben.home.root, 'Shared');
  build.folderMember(shared, cleo, 'viewer');
  company.goLive();

  const server = await startDropboxSimulator({ port: 0, company, ...options });
  const { token } = server.simulator.grants.issueAccessToken(server.simulator.grants.all()[0]!);
  const send = async (
    route: string,
    given: CallOptions,
    headers: Record<string, string>,
    body?: string | Uint8Array,
  ) => {
    const all = { ...headers, ...headersOf(given, token), ...given.headers };
    const url = `${server.url}/2/${route}${given.query ?? ''}`;
    const method = given.method ?? 'POST';
    return readReply(
      await fetch(url, {
        method,
        headers: all,
        ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
      }),
    );
  };
  return {
    ...server,
    company,
    ada,
    ben,
    cleo,
    plans,
    shared,
    note,
    token,
    call: (route, argument, given = {}) => {
      const body = given.rawBody ?? (argument === undefined ? undefined : JSON.stringify(argument));
      return send(route, given, body === undefined ? {} : { 'Content-Type': 'application/json' }, body);
    },
    content: (route, argument, given = {}) =>
      send(
        route,
        given,
        {
          'Dropbox-API-Arg': headerSafeJson(argument),
          ...(given.rawBody === undefined ? {} : { 'Content-Type': 'application/octet-stream' }),
        },
        given.rawBody,
      ),
    sandbox: async (page, body) =>
      readReply(
        await fetch(`${server.url}/sandbox/${page}`, {
          method: body === undefined ? 'GET' : 'POST',
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    get: async (path, headers = {}) => readReply(await fetch(server.url + path, { headers, redirect: 'manual' })),
  };
}

function headersOf(given: CallOptions, teamToken: string): Record<string, string> {
  const token = given.token === undefined ? teamToken : given.token;
  return {
    ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    ...(given.as ? { 'Dropbox-API-Select-User': given.as.memberId ?? '' } : {}),
    ...(given.admin ? { 'Dropbox-API-Select-Admin': given.admin.memberId ?? '' } : {}),
    ...(given.pathRoot ? { 'Dropbox-API-Path-Root': JSON.stringify(given.pathRoot) } : {}),
  };
}

/** Resolves when the simulator has received so many calls of a route since its statistics were last reset. */
export async function callsReceived(fixture: Fixture, route: string, count: number): Promise<void> {
  for (;;) {
    const { json } = await fixture.sandbox('stats');
    if ((json.calls[route] ?? 0) >= count) return;
  }
}

/** An access token of a new link with the member's own account. */
export async function personalToken(fixture: Fixture, member: Account, scopes: string[]): Promise<string> {
  const { json } = await fixture.sandbox('tokens', { link: { email: member.email, scopes } });
  return json.access_token;
}
