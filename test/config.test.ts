import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '../src/config';
import { secretVariables } from '../src/config/settings';

const key = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64');
const otherKey = Buffer.from('vutsrqponmlkjihgfedcba9876543210').toString('base64');

// Without it the tests would read the configuration file of the person who runs them.
const folder = mkdtempSync(join(tmpdir(), 'config-test-'));
const TEMPORAL_CONFIG_FILE = join(folder, 'temporal.toml');
writeFileSync(TEMPORAL_CONFIG_FILE, '[profile.default]\n');
afterAll(() => rmSync(folder, { recursive: true }));

const minimal = { ARANGO_URL: 'http://127.0.0.1:8529', CONNECTOR_SECRET_KEY: key, TEMPORAL_CONFIG_FILE };

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('has defaults for settings that are not set', () => {
    const config = loadConfig(minimal);
    expect(config).toMatchObject({
      temporal: { namespace: 'default', taskQueue: 'dropbox-teams', connection: { address: '127.0.0.1:7233' } },
      arango: { url: 'http://127.0.0.1:8529', database: 'es', username: 'root', password: '', login: 'basic' },
      dropbox: { timeoutSeconds: 60 },
      broker: { kind: 'none' },
      log: { level: 'info' },
      membersMaxAgeHours: 24,
      confirmAfterMinutes: 0,
    });
    expect(config.dropbox.apiUrl).toBeUndefined();
    expect(config.secretKeys).toHaveLength(1);
  });

  it('uses the settings that are set', () => {
    const config = loadConfig({
      ...minimal,
      TEMPORAL_ADDRESS: 'temporal:7233',
      TEMPORAL_NAMESPACE: 'pipeshub',
      DROPBOX_API_URL: 'http://127.0.0.1:8100',
      CONNECTOR_SECRET_KEY_PREVIOUS: `${otherKey},${key}`,
      BROKER: 'kafka',
      KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9092',
      HTTP_PORT: '0',
    });
    expect(config.temporal).toMatchObject({ namespace: 'pipeshub', connection: { address: 'temporal:7233' } });
    expect(config.dropbox.apiUrl).toBe('http://127.0.0.1:8100');
    expect(config.secretKeys).toHaveLength(3);
    expect(config.broker).toEqual({ kind: 'kafka', brokers: ['kafka-1:9092', 'kafka-2:9092'], tls: false });
    expect(config.http.port).toBe(0);
  });

  it('treats an empty variable as not set', () => {
    const config = loadConfig({
      ...minimal,
      ARANGO_DATABASE: '',
      DROPBOX_API_URL: '',
      HTTP_PORT: '',
      TEMPORAL_ADDRESS: '',
    });
    expect(config.arango.database).toBe('es');
    expect(config.dropbox.apiUrl).toBeUndefined();
    expect(problemsOf({ ...minimal, ARANGO_URL: '' })).toEqual([
      'ARANGO_URL is not set: expected the URL of ArangoDB, for example http://127.0.0.1:8529',
    ]);
  });

  it.each([
    ['ARANGO_URL', '127.0.0.1:8529'],
    ['ARANGO_URL', 'ftp://127.0.0.1'],
    ['CONNECTOR_SECRET_KEY', 'short'],
    ['CONNECTOR_SECRET_KEY', Buffer.alloc(16).toString('base64')],
    ['CONNECTOR_SECRET_KEY_PREVIOUS', `${key},short`],
    ['DROPBOX_API_URL', 'localhost'],
    ['DROPBOX_TIMEOUT_SECONDS', '0'],
    ['DROPBOX_TIMEOUT_SECONDS', '1.5'],
    ['HTTP_PORT', '65536'],
    ['HTTP_PORT', 'http'],
    ['BROKER', 'rabbitmq'],
    ['LOG_LEVEL', 'loud'],
    ['TEMPORAL_ADDRESS', 'http://127.0.0.1:7233'],
    ['REDIS_URL', 'http://127.0.0.1:6379'],
    ['HTTP_TRUSTED_PROXIES', 'proxy'],
    ['DROPBOX_API_URL_IN_PRODUCTION', 'yes'],
    ['MEMBERS_MAX_AGE_HOURS', '-1'],
  ])('names %s when its value is %s', (name, value) => {
    const problems = problemsOf({ ...minimal, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} is malformed: expected .+, for example .+$`));
  });

  it.each([
    ['CONNECTOR_SECRET_KEY', `${'A'.repeat(43)}=`, 'is weak, with fewer than 8 different bytes'],
    ['CONNECTOR_SECRET_KEY_PREVIOUS', `${key},${'A'.repeat(43)}=`, 'is weak, with fewer than 8 different bytes'],
    ['PIPESHUB_JWT_SECRET', 'x', 'is weak, with less than 32 bytes'],
    ['PIPESHUB_JWT_SECRET', 'secret'.repeat(6), 'is weak, with fewer than 8 different bytes'],
    ['PIPESHUB_JWT_SECRET_PREVIOUS', 'x', 'is weak, with less than 32 bytes'],
    ['PIPESHUB_SESSION_JWT_SECRET', 'x', 'is weak, with less than 32 bytes'],
    ['TEMPORAL_PAYLOAD_KEY', `${'A'.repeat(43)}=`, 'is weak, with fewer than 8 different bytes'],
    ['DROPBOX_API_URL', 'http://dropbox.internal:8100', 'is plain http to another machine'],
    ['DROPBOX_API_URL', 'http://127.0.0.1.evil.example', 'is plain http to another machine'],
    ['ARANGO_URL', 'http://root:pass@127.0.0.1:8529', 'has a user or a password in it'],
    ['DROPBOX_API_URL', 'http://user@127.0.0.1:8100', 'has a user or a password in it'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://:pass@127.0.0.1', 'has a user or a password in it'],
    ['TEMPORAL_UI_ORIGIN', 'http://user:pass@127.0.0.1', 'has a user or a password in it'],
    ['ARANGO_TOKEN', 'a.b\nc', 'has a line break, or another character that no header can have'],
    ['TEMPORAL_API_KEY', 'a.b€', 'has a line break, or another character that no header can have'],
    ['ARANGO_PASSWORD', 'first line\nsecond', 'has a line break, or another character that is not printable'],
    ['KAFKA_SASL_PASSWORD', '\ufeffpassword', 'has a line break, or another character that is not printable'],
    ['REDIS_URL', 'redis://:pass\nword@redis', 'has a line break, or another character that is not printable'],
  ])('refuses a %s that is not safe, with the reason', (name, value, reason) => {
    const login = { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'worker' };
    const needed = name === 'KAFKA_SASL_PASSWORD' ? login : {};
    const [problem, ...others] = problemsOf({ ...minimal, ...needed, [name]: value });
    expect(problem).toMatch(new RegExp(`^${name} ${reason}: expected `));
    expect(others).toEqual([]);
  });

  it.each([
    ...['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_TASK_QUEUE', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
    ...['ARANGO_DATABASE', 'ARANGO_USERNAME', 'HTTP_HOST', 'ADMIN_HOST', 'PIPESHUB_JWT_ISSUER'],
  ])('refuses blanks around %s, which would make another name of it', (name) => {
    for (const value of ['name ', ' name', ' ']) {
      const problems = problemsOf({ ...minimal, [name]: value });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(new RegExp(`^${name} has blanks before or after it: expected .+, for example .+$`));
    }
  });

  it('accepts a key that is easy to guess only for a Dropbox on this machine, and reports it', () => {
    const handmade = { ...minimal, CONNECTOR_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };
    const simulated = { ...handmade, DROPBOX_API_URL: 'http://127.0.0.1:8100' };
    expect(loadConfig(simulated).weakSecrets).toEqual(['CONNECTOR_SECRET_KEY']);
    expect(loadConfig(minimal).weakSecrets).toEqual([]);
    expect(problemsOf({ ...minimal, PIPESHUB_JWT_SECRET: `aaa,${'0123456789'.repeat(4)}` })).toEqual([]);
    const elsewhere = { DROPBOX_API_URL: 'https://proxy.internal' };
    const production = { NODE_ENV: 'production', DROPBOX_API_URL_IN_PRODUCTION: 'true' };
    for (const environment of [handmade, { ...handmade, ...elsewhere }, { ...simulated, ...production }]) {
      expect(problemsOf(environment)).toEqual([
        expect.stringMatching(/^CONNECTOR_SECRET_KEY is weak, with fewer than 8/),
      ]);
    }
  });

  it.each(['http://localhost:8100', 'http://127.0.0.1:8100', 'http://[::1]:8100', 'https://proxy.internal'])(
    'accepts the DROPBOX_API_URL %s',
    (DROPBOX_API_URL) => expect(problemsOf({ ...minimal, DROPBOX_API_URL })).toEqual([]),
  );

  it('accepts a DROPBOX_API_URL in production only when that is said explicitly', () => {
    const production = { ...minimal, NODE_ENV: 'production', DROPBOX_API_URL: 'http://127.0.0.1:8100' };
    expect(problemsOf(production)).toEqual([expect.stringMatching(/^DROPBOX_API_URL is set in production: expected/)]);
    expect(problemsOf({ ...production, DROPBOX_API_URL_IN_PRODUCTION: 'true' })).toEqual([]);
    expect(problemsOf({ ...minimal, NODE_ENV: 'production' })).toEqual([]);
  });

  it('takes the variables of a proxy in lower case as well', () => {
    const { proxy } = loadConfig({ ...minimal, https_proxy: 'http://proxy:3128', NO_PROXY: '.internal' }).dropbox;
    expect(proxy).toEqual({ url: 'http://proxy:3128', except: '.internal' });
    expect(loadConfig(minimal).dropbox.proxy).toBeUndefined();
    expect(problemsOf({ ...minimal, HTTPS_PROXY: 'proxy:3128' })).toEqual([
      expect.stringMatching(/^HTTPS_PROXY is malformed: expected the URL of a proxy/),
    ]);
  });

  it('logs in to ArangoDB by password, by a token for it, or by a given token', () => {
    const loginOf = (env: object): unknown => loadConfig({ ...minimal, ...env }).arango.login;
    expect(loginOf({ ARANGO_LOGIN: 'jwt' })).toBe('jwt');
    expect(loginOf({ ARANGO_LOGIN: 'jwt', ARANGO_TOKEN: 'a.b.c' })).toEqual({ token: 'a.b.c' });
  });

  describe('secrets in files', () => {
    const fileOf = (name: string, content: string): string => {
      const file = join(folder, name);
      writeFileSync(file, content);
      return file;
    };
    const { CONNECTOR_SECRET_KEY: _key, ...withoutKey } = minimal;

    it.each(secretVariables)('%s can be given as a file', (name) => {
      const values: Record<string, string> = {
        CONNECTOR_SECRET_KEY: key,
        CONNECTOR_SECRET_KEY_PREVIOUS: otherKey,
        TEMPORAL_PAYLOAD_KEY: key,
        TEMPORAL_PAYLOAD_KEY_PREVIOUS: otherKey,
        REDIS_URL: 'redis://:password@127.0.0.1:6379',
        HTTPS_PROXY: 'http://user:password@127.0.0.1:3128',
      };
      const value = values[name] ?? 'a secret of thirty-two characters or more';
      const { [name]: _given, ...others } = minimal as Record<string, string>;
      const file = fileOf(name, `${value}\n`);
      const needed: Record<string, Record<string, string>> = {
        REDIS_URL: { BROKER: 'redis' },
        KAFKA_SASL_PASSWORD: { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'worker' },
      };
      expect(problemsOf({ ...others, ...needed[name], [`${name}_FILE`]: file })).toEqual([]);
    });

    it('count as not set when the file is empty', () => {
      const PIPESHUB_JWT_SECRET_FILE = fileOf('empty', '\n');
      expect(loadConfig({ ...minimal, PIPESHUB_JWT_SECRET_FILE })).toEqual(loadConfig(minimal));
      const { CONNECTOR_SECRET_KEY: _key, ...others } = minimal;
      const CONNECTOR_SECRET_KEY_FILE = fileOf('empty', '');
      expect(problemsOf({ ...others, CONNECTOR_SECRET_KEY_FILE })).toEqual([
        expect.stringMatching(/^CONNECTOR_SECRET_KEY is not set/),
      ]);
    });

    it('are read without the line break at their end', () => {
      const ARANGO_PASSWORD_FILE = fileOf('password', ' a b \r\n');
      expect(loadConfig({ ...minimal, ARANGO_PASSWORD_FILE }).arango.password).toBe(' a b ');
    });

    it('are named when they cannot be read, are empty, or are given twice', () => {
      const CONNECTOR_SECRET_KEY_FILE = join(folder, 'nowhere');
      expect(problemsOf({ ...withoutKey, CONNECTOR_SECRET_KEY_FILE })).toEqual([
        expect.stringMatching(/^CONNECTOR_SECRET_KEY_FILE can't be read \(ENOENT\): expected the path of a file/),
      ]);
      expect(problemsOf({ ...withoutKey, CONNECTOR_SECRET_KEY_FILE: fileOf('empty', '') })).toHaveLength(1);
      expect(problemsOf({ ...minimal, CONNECTOR_SECRET_KEY_FILE: fileOf('key', key) })).toEqual([
        'CONNECTOR_SECRET_KEY and CONNECTOR_SECRET_KEY_FILE are both set: expected one of them',
      ]);
    });
  });

  it('lists all problems together, one line each, without any value', () => {
    const problems = problemsOf({
      CONNECTOR_SECRET_KEY: 'my-secret-key',
      ARANGO_PASSWORD: 'my-password',
      HTTP_PORT: 'my-port',
      TEMPORAL_CONFIG_FILE,
    });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'ARANGO_URL',
      'CONNECTOR_SECRET_KEY',
      'HTTP_PORT',
    ]);
    expect(problems.join('\n')).not.toContain('my-');
  });

  it.each([
    ['kafka', 'KAFKA_BROKERS'],
    ['redis', 'REDIS_URL'],
  ])('requires the address of the broker %s', (BROKER, name) => {
    expect(problemsOf({ ...minimal, BROKER })).toEqual([expect.stringMatching(`^${name} is not set`)]);
  });

  it('requires all of a login at Kafka, or nothing of it', () => {
    const kafka = { ...minimal, BROKER: 'kafka', KAFKA_BROKERS: 'kafka:9093', KAFKA_SSL: 'true' };
    const login = { KAFKA_SASL_USERNAME: 'worker', KAFKA_SASL_PASSWORD: 'secret' };
    expect(problemsOf({ ...kafka, ...login })).toEqual([expect.stringMatching(/^KAFKA_SASL_MECHANISM is not set/)]);
    expect(loadConfig({ ...kafka, ...login, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' }).broker).toEqual({
      kind: 'kafka',
      brokers: ['kafka:9093'],
      tls: true,
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'worker', password: 'secret' },
    });
  });

  it.each(['yes', 'True', 'TRUE', 'on', 'fales'])('refuses TEMPORAL_TLS=%s, which would mean no TLS', (text) => {
    const given = { ...minimal, TEMPORAL_TLS: text, TEMPORAL_API_KEY: 'the key' };
    expect(problemsOf(given)).toEqual([expect.stringMatching(/^TEMPORAL_TLS is malformed: expected true or false/)]);
  });

  it.each([
    ['true', {}],
    ['1', {}],
    ['false', false],
    ['0', false],
  ])('takes TEMPORAL_TLS=%s', (text, tls) => {
    const { connection } = loadConfig({ ...minimal, TEMPORAL_TLS: text, TEMPORAL_API_KEY: 'the key' }).temporal;
    expect(connection.tls).toEqual(tls);
  });

  it('requires both halves of the certificate that is shown to Temporal', () => {
    const file = join(folder, 'half.pem');
    writeFileSync(file, 'PEM');
    const [certificate, privateKey] = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'];
    expect(problemsOf({ ...minimal, [certificate]: file })).toEqual([
      expect.stringMatching(/^TEMPORAL_TLS_CLIENT_KEY_PATH is not set/),
    ]);
    expect(problemsOf({ ...minimal, [privateKey]: file })).toEqual([
      expect.stringMatching(/^TEMPORAL_TLS_CLIENT_CERT_PATH is not set/),
    ]);
    expect(problemsOf({ ...minimal, [certificate]: file, [privateKey]: file })).toEqual([]);
    const halfInFile = join(folder, 'half.toml');
    writeFileSync(halfInFile, `[profile.default.tls]\nclient_cert_path = "${file}"\n`);
    expect(problemsOf({ ...minimal, TEMPORAL_CONFIG_FILE: halfInFile, [privateKey]: file })).toEqual([]);
  });

  it('names the settings of Temporal that cannot be used', () => {
    expect(problemsOf({ ...minimal, TEMPORAL_PROFILE: 'none' })).toEqual([
      expect.stringMatching(/^TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE/),
    ]);
  });

  it('refuses a configuration file of Temporal that does not exist, which would be another server', () => {
    expect(problemsOf({ ...minimal, TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' })).toEqual([
      expect.stringMatching(/^TEMPORAL_CONFIG_FILE does not exist: expected the path of a TOML file/),
    ]);
  });

  it('names variables that are nearly settings, without their values', () => {
    const misspelled = {
      CONFIRM_AFTER_MINUTE: '60',
      MAX_CONCURENT_ACTIVITIES: '64',
      ARANGO_DATABSAE: 'other',
      SHUTDOWN_GRACE_SECONDZ: '5',
      KAFKA_SASL_PASSWORD_FIL: '/run/secret',
      ARANGO_USERNAME_FILE: '/run/user',
    };
    const others = {
      HTTP_PROXY: 'http://proxy',
      https_proxy: 'http://proxy',
      HOME: '/',
      ARANGO_ROOT_PASSWORD: 'of root',
    };
    expect(loadConfig({ ...minimal, ...misspelled, ...others, BROKERS: 'kafka', LOG_LEVLE: '' }).misspelled).toEqual([
      'CONFIRM_AFTER_MINUTE (CONFIRM_AFTER_MINUTES?)',
      'MAX_CONCURENT_ACTIVITIES (MAX_CONCURRENT_ACTIVITIES?)',
      'ARANGO_DATABSAE (ARANGO_DATABASE?)',
      'SHUTDOWN_GRACE_SECONDZ (SHUTDOWN_GRACE_SECONDS?)',
      'KAFKA_SASL_PASSWORD_FIL (KAFKA_SASL_PASSWORD_FILE?)',
      'ARANGO_USERNAME_FILE (ARANGO_USERNAME is not read from a file)',
    ]);
    expect(loadConfig(minimal).misspelled).toEqual([]);
  });

  it('returns frozen settings that do not print the key', () => {
    const config = loadConfig(minimal);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.arango)).toBe(true);
    expect(Object.isFrozen(config.secretKeys)).toBe(true);
    expect(JSON.stringify(config)).not.toContain(key);
  });
});
