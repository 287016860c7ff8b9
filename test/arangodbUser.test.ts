import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PROGRAM = path.join(__dirname, '..', 'bin', 'arangodb-user.js');

/** The users and databases of ArangoDB, behind the routes that the program calls. */
class Users {
  readonly databases = new Set(['_system']);
  readonly passwords = new Map([['root', 'of root']]);
  readonly rights = new Map<string, string>();
  private readonly server: Server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString() || '{}') as Record<string, string>;
      const [status, errorNum] = this.answer(
        `${incoming.method} ${incoming.url}`,
        incoming.headers.authorization,
        body,
      );
      outgoing.writeHead(status, { 'content-type': 'application/json' });
      outgoing.end(
        JSON.stringify(status < 400 ? {} : { error: true, code: status, errorNum, errorMessage: 'refused' }),
      );
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer(call: string, login: string | undefined, body: Record<string, string>): [number, number?] {
    const root = `Basic ${Buffer.from(`root:${this.passwords.get('root')}`).toString('base64')}`;
    if (login !== root) return [401, 11];
    const { name = '', user = '', passwd = '', grant = '' } = body;
    const [, changed, database] = /^\w+ \/_db\/_system\/_api\/user\/([^/]+)(?:\/database\/(.+))?$/.exec(call) ?? [];
    if (call === 'POST /_db/_system/_api/database') {
      if (this.databases.has(name)) return [409, 1207];
      this.databases.add(name);
      return [201];
    }
    if (call === 'POST /_db/_system/_api/user') {
      if (this.passwords.has(user)) return [409, 1702];
      this.passwords.set(user, passwd);
      return [201];
    }
    if (changed === undefined || !this.passwords.has(changed)) return [404, 1703];
    if (database === undefined) this.passwords.set(changed, passwd);
    else this.rights.set(`${changed} ${database}`, grant);
    return [200];
  }
}

const users = new Users();
let url: string;
beforeAll(async () => {
  url = await users.listen();
});
afterAll(() => users.close());

const run = (env: Record<string, string>): Promise<{ code: number; out: string }> =>
  new Promise((resolve) => {
    const settings = { ARANGO_ROOT_PASSWORD: 'of root', ARANGO_USERNAME: 'dropbox-teams', ARANGO_PASSWORD: 'first' };
    execFile(
      process.execPath,
      [PROGRAM],
      { env: { ARANGO_URL: url, ...settings, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), out: `${stdout}${stderr}` });
      },
    );
  });

test("the worker's user has rights on one database, and a repeat changes only the password", async () => {
  expect(await run({})).toMatchObject({ code: 0 });
  expect([...users.rights]).toEqual([['dropbox-teams es', 'rw']]);
  expect(await run({ ARANGO_PASSWORD: 'second' })).toMatchObject({ code: 0 });
  expect([...users.rights]).toEqual([['dropbox-teams es', 'rw']]);
  expect(users.passwords.get('dropbox-teams')).toBe('second');
  expect(users.databases).toEqual(new Set(['_system', 'es']));
});

test('passwords may be in files', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'arangodb-user-'));
  const [ofRoot, own] = [path.join(folder, 'root'), path.join(folder, 'own')];
  try {
    writeFileSync(ofRoot, 'of root\n');
    writeFileSync(own, 'from a file\n');
    const files = { ARANGO_ROOT_PASSWORD_FILE: ofRoot, ARANGO_PASSWORD_FILE: own };
    expect(await run({ ARANGO_ROOT_PASSWORD: '', ARANGO_PASSWORD: '', ...files })).toMatchObject({ code: 0 });
    expect(users.passwords.get('dropbox-teams')).toBe('from a file');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['without a password', { ARANGO_PASSWORD: '' }, 'not set: ARANGO_PASSWORD'],
  ['for root', { ARANGO_USERNAME: 'root' }, 'choose another name'],
  ['with a wrong root password', { ARANGO_ROOT_PASSWORD: 'guessed' }, 'ArangoDB answered 401'],
  [
    'with a URL without a scheme',
    { ARANGO_URL: '127.0.0.1:8529' },
    'ARANGO_URL is malformed: expected a URL without a login',
  ],
  ['with a login in the URL', { ARANGO_URL: 'http://root:guessed@127.0.0.1:1' }, 'ARANGO_URL is malformed'],
])('%s it changes nothing, and says why', async (_case, env, reason) => {
  const before = [...users.passwords];
  const { code, out } = await run(env);
  expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining(reason) });
  expect(out).not.toContain('guessed');
  expect([...users.passwords]).toEqual(before);
});
