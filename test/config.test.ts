import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, environmentVariables, loadConfig } from '../src/config';

const key = Buffer.alloc(32, 7).toString('base64');
const otherKey = Buffer.alloc(32, 8).toString('base64');

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
      arango: { url: 'http://127.0.0.1:8529', database: 'es', username: 'root', password: '' },
      dropbox: { timeoutSeconds: 60 },
      broker: { kind: 'none' },
      log: { level: 'info' },
      membersMaxAgeHours: 24,
      confirmAfterMinutes: 10,
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
    expect(config.broker).toEqual({ kind: 'kafka', brokers: ['kafka-1:9092', 'kafka-2:9092'] });
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
    ['MEMBERS_MAX_AGE_HOURS', '-1'],
  ])('names %s when its value is %s', (name, value) => {
    const problems = problemsOf({ ...minimal, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} is malformed: expected .+, for example .+$`));
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

  it('names the settings of Temporal that cannot be used', () => {
    const problems = problemsOf({
      ...minimal,
      TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml',
      TEMPORAL_PROFILE: 'none',
    });
    expect(problems).toEqual([expect.stringMatching(/^TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE/)]);
  });

  it('returns frozen settings that do not print the key', () => {
    const config = loadConfig(minimal);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.arango)).toBe(true);
    expect(Object.isFrozen(config.secretKeys)).toBe(true);
    expect(JSON.stringify(config)).not.toContain(key);
  });

  it('lists every variable that it reads', () => {
    expect(environmentVariables).toEqual(
      expect.arrayContaining([
        'TEMPORAL_ADDRESS',
        'ARANGO_URL',
        'DROPBOX_API_URL',
        'CONNECTOR_SECRET_KEY',
        'HTTP_PORT',
      ]),
    );
    expect(new Set(environmentVariables).size).toBe(environmentVariables.length);
  });
});
