import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '../../src/client';
import { ConfigError } from '../../src/config';
import { DropboxConnections } from '../../src/dropbox';
import { openSecrets, sealSecrets } from '../../src/secrets';
import { runCli } from '../support/commandLine';

const strong = randomBytes(32).toString('base64');
const minimal = { ARANGO_URL: 'http://127.0.0.1:1', TEMPORAL_ADDRESS: '127.0.0.1:1', CONNECTOR_SECRET_KEY: strong };

const decision = (env: Record<string, string>): string => {
  try {
    loadConfig({ ...minimal, ...env });
    return 'accepted';
  } catch (error) {
    if (error instanceof ConfigError) return 'refused';
    throw error;
  }
};

describe('secrets', () => {
  const [key, other] = [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))];
  const owner = ['dropbox-1', 'org-1', 'app'];
  const sealed = sealSecrets({ appSecret: 's' }, owner, key);
  const head = sealed.slice(0, sealed.lastIndexOf(':') + 1);
  const bytes = Buffer.from(sealed.slice(head.length), 'base64');
  const altered = (change: (copy: Buffer) => Buffer): string => head + change(Buffer.from(bytes)).toString('base64');
  const opened = (text: string, by: KeyObject | KeyObject[] = key, of = owner): string => {
    try {
      openSecrets(text, of, [by].flat());
      return 'opened';
    } catch {
      return 'refused';
    }
  };

  it.each<[string, string, () => string]>([
    ['sealed credentials, their own key', 'opened', () => opened(sealed)],
    [
      'one bit flipped',
      'refused',
      () => opened(altered((copy) => (copy.writeUInt8(copy.readUInt8(30) ^ 1, 30), copy))),
    ],
    ['the tag cut', 'refused', () => opened(altered((copy) => copy.subarray(0, 20)))],
    ['another form', 'refused', () => opened(sealed.replace(/^[^:]+/, 'aes-256-gcm.1'))],
    ['another key', 'refused', () => opened(sealed, other)],
    ['the new key, with the former one beside it', 'opened', () => opened(sealed, [other, key])],
    ['no sealed text', 'refused', () => opened('garbage')],
    ['copied to another connector', 'refused', () => opened(sealed, key, ['dropbox-2', 'org-1', 'app'])],
    ['copied to another organization', 'refused', () => opened(sealed, key, ['dropbox-1', 'org-2', 'app'])],
  ])('%s → %s', (_attack, expected, attempt) => expect(attempt()).toBe(expected));

  it('the nonces of 20,000 seals → all different', () => {
    const nonces = Array.from({ length: 20_000 }, () =>
      Buffer.from(sealSecrets({}, owner, key).split(':')[2] ?? '', 'base64').toString('hex', 0, 12),
    );
    expect(new Set(nonces).size === nonces.length ? 'all different' : 'repeated').toBe('all different');
  });

  it.each<[string, string, Record<string, string>]>([
    ['CONNECTOR_SECRET_KEY of zeros', 'refused', { CONNECTOR_SECRET_KEY: Buffer.alloc(32).toString('base64') }],
    ['PIPESHUB_JWT_SECRET of 1 character', 'refused', { PIPESHUB_JWT_SECRET: 'x' }],
    ['PIPESHUB_JWT_SECRET of 31 bytes', 'refused', { PIPESHUB_JWT_SECRET: randomBytes(16).toString('hex').slice(1) }],
    ['PIPESHUB_JWT_SECRET of one repeated character', 'refused', { PIPESHUB_JWT_SECRET: 'x'.repeat(64) }],
    ['DROPBOX_API_URL, plain http to another machine', 'refused', { DROPBOX_API_URL: 'http://proxy.example' }],
    ['DROPBOX_API_URL, https', 'accepted', { DROPBOX_API_URL: 'https://proxy.example' }],
    ['DROPBOX_API_URL in production', 'refused', { DROPBOX_API_URL: 'https://proxy.example', NODE_ENV: 'production' }],
    ['a file of a secret that is not there', 'refused', { ARANGO_PASSWORD_FILE: '/nowhere' }],
  ])('%s → %s', (_attack, expected, env) => expect(decision(env)).toBe(expected));

  it('the internal listener, unless said otherwise → 127.0.0.1', () => {
    expect(loadConfig(minimal).admin.host).toBe('127.0.0.1');
  });

  it('the token request of a worker → no secret in its URL', async () => {
    const requests: string[] = [];
    const capture = createServer((request: IncomingMessage, response) => {
      requests.push(request.url ?? '');
      response.writeHead(400).end('{"error":"invalid_grant"}');
    }).listen(0, '127.0.0.1');
    await once(capture, 'listening');
    const apiUrl = `http://127.0.0.1:${(capture.address() as AddressInfo).port}`;
    const credentials = { appKey: 'k', appSecret: 'app-secret', refreshToken: 'refresh-token' };
    await new DropboxConnections({ apiUrl })
      .session('c', credentials)
      .team.teamInfo()
      .catch(() => undefined);
    capture.close();
    expect(requests.join()).toBe('/oauth2/token');
  });

  it('an app secret of “-” → read from standard input', async () => {
    const args = ['create', '--org', 'o', '--connector', 'c', '--app-key', 'k', '--app-secret', '-'];
    expect((await runCli(args, minimal, '\n')).err).toMatch(/^--app-secret: is empty/);
  });
});
