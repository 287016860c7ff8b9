import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../sandbox/temporal/searchAttributes';
import { loadConfig } from '../src/config';
import { secretVariables, settings } from '../src/config/settings';

interface Service {
  image?: string;
  build?: string | { context: string; target: string };
  profiles?: string[];
  user?: string;
  cap_drop?: string[];
  security_opt?: string[];
  read_only?: boolean;
  stop_grace_period?: string;
  network_mode?: string;
  container_name?: string;
  deploy?: { resources: { limits: { cpus: string; memory: string } } };
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  volumes?: string[];
  ports?: string[];
  command?: string[];
  restart?: string;
  logging?: { driver: string; options: Record<string, string> };
  secrets?: string[];
}

const ROOT = path.join(__dirname, '..');
const text = readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
  'x-required': string[];
};
const { services } = compose;
const service = (name: string): Service => services[name] ?? {};

/** Keys of the Compose Specification that the services may use. */
const SERVICE_KEYS = [
  ...['image', 'build', 'init', 'depends_on', 'environment', 'entrypoint', 'command', 'ports', 'volumes', 'tmpfs'],
  ...['healthcheck', 'restart', 'stop_grace_period', 'user', 'profiles', 'network_mode', 'deploy'],
  ...['cap_drop', 'security_opt', 'read_only', 'logging', 'secrets'],
];

/** The secrets without which compose starts nothing. */
const REQUIRED = ['TEMPORAL_DB_PASSWORD', 'ARANGO_ROOT_PASSWORD', 'ARANGO_PASSWORD', 'CONNECTOR_SECRET_KEY'];
/** The variables of the services' images that hold one of them. */
const NAMED_OTHERWISE = ['POSTGRES_PASSWORD', 'POSTGRES_PWD', 'SQL_PASSWORD'];

/** A value with what `.env` gives, as compose inserts it. */
const interpolated = (value: unknown, given: Record<string, string>): string =>
  String(value).replace(/\$\{(\w+):([-+])([^}]*)\}/g, (_, name: string, operator: string, text: string) =>
    operator === '+' ? (given[name] ? text : '') : given[name] || text,
  );

/** The environment of a service. */
const environmentOf = (name: string, given: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(service(name).environment ?? {}).map(([variable, value]) => [variable, interpolated(value, given)]),
  );

describe('docker-compose.yml', () => {
  it('has the worker, Temporal, ArangoDB and the services that they need, and a profile with the simulator', () => {
    const named = (isExtra: boolean): string[] =>
      Object.entries(services).flatMap(([name, { profiles }]) => ((profiles !== undefined) === isExtra ? [name] : []));
    const setups = ['arangodb-setup', 'temporal-schema', 'temporal-setup'];
    expect(named(false).sort()).toEqual(
      ['arangodb', 'temporal', 'temporal-db', 'temporal-ui', 'worker', ...setups].sort(),
    );
    expect(named(true).sort()).toEqual(['simulator', 'simulator-setup', 'simulator-worker']);
  });

  it.each(Object.entries(services))('%s uses known keys, and either a pinned image or a build', (_, facts) => {
    expect(SERVICE_KEYS).toEqual(expect.arrayContaining(Object.keys(facts)));
    if (facts.build === undefined)
      expect(facts.image).toMatch(/^[a-z/-]+:\d+\.\d+\.\d+[\w.-]*$|^postgres:\d+\.\d+-\w+$/);
    else expect(facts).not.toHaveProperty('image');
  });

  it('does not use images that set Temporal up by themselves, which are not for production', () => {
    expect(text).not.toContain('auto-setup');
  });

  it.each(Object.entries(services))('%s has no rights beyond its user, and limits', (name, facts) => {
    expect(facts.cap_drop).toEqual(['ALL']);
    expect(facts.security_opt).toEqual(['no-new-privileges:true']);
    expect(facts.deploy?.resources.limits).toEqual({
      cpus: expect.any(String),
      memory: expect.stringMatching(/^\d+[MG]$/),
    });
    // What is built here writes no file.
    if (facts.build !== undefined) expect({ name, read_only: facts.read_only }).toEqual({ name, read_only: true });
  });

  it.each(Object.entries(services))('%s can fill no disk with its log', (_, { logging }) => {
    expect(logging).toEqual({
      driver: 'json-file',
      options: { 'max-size': expect.stringMatching(/^\d+m$/), 'max-file': expect.stringMatching(/^\d+$/) },
    });
  });

  it('gives each database time to stop', () => {
    for (const { volumes = [], stop_grace_period } of Object.values(services)) {
      if (volumes.some((volume) => !volume.startsWith('.'))) expect(stop_grace_period).toBe('60s');
    }
  });

  it('lets the worker be started several times', () => {
    const { container_name, ports = [] } = service('worker');
    expect(container_name).toBeUndefined();
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+-\d+:\d+$/);
  });

  it('gives the simulated team a worker of its own queue, and plain http on its own host only', () => {
    for (const name of ['simulator-worker', 'simulator-setup']) {
      expect(service(name).network_mode).toBe('service:simulator');
      expect(service(name).environment).toMatchObject({
        DROPBOX_API_URL: 'http://127.0.0.1:8100',
        TEMPORAL_TASK_QUEUE: 'dropbox-teams-simulator',
        NODE_ENV: 'development',
      });
    }
  });

  it('gives the worker every variable that it reads, and no other', () => {
    const files = secretVariables.map((name) => `${name}_FILE`);
    expect(Object.keys(service('worker').environment ?? {}).sort()).toEqual([...settings.keys(), ...files].sort());
  });

  it('gives the worker a valid environment when all optional variables are empty', () => {
    const chosen: Record<string, string> = {
      ARANGO_PASSWORD: 'secret',
      CONNECTOR_SECRET_KEY: Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64'),
    };
    const config = loadConfig(environmentOf('worker', chosen));
    expect(config.temporal.connection.address).toBe('temporal:7233');
    expect(config.arango).toMatchObject({ url: 'http://arangodb:8529', database: 'es', username: 'dropbox-teams' });
    expect(config.http).toMatchObject({ host: '0.0.0.0', port: 8090 });
    expect(config.admin.port).toBe(9464);
    const stop = Number(service('worker').stop_grace_period?.replace('s', ''));
    expect(config.temporal.shutdownGraceSeconds + 10).toBeLessThanOrEqual(stop);
  });

  it('has a health check for every long-running service', () => {
    const longRunning = Object.entries(services).filter(([, { restart }]) => restart === 'unless-stopped');
    expect(longRunning.map(([name]) => name)).toHaveLength(7);
    // The image of the workers has one.
    const fromImage = ['worker', 'simulator-worker'];
    for (const [name, { healthcheck }] of longRunning) {
      if (!fromImage.includes(name)) expect(healthcheck?.test[0]).toBe('CMD');
    }
  });

  it('starts each service after those that it depends on', () => {
    for (const { depends_on } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on ?? {})) {
        expect(Object.keys(services)).toContain(name);
        if (condition === 'service_healthy') expect(service(name).healthcheck).toBeDefined();
        else expect(condition).toBe('service_completed_successfully');
      }
    }
  });

  it('declares every volume that a service mounts', () => {
    const mounted = Object.values(services).flatMap(({ volumes }) => volumes ?? []);
    const sources = mounted.map((volume) => volume.split(':')[0] ?? '');
    expect(sources.filter((source) => !source.startsWith('.')).sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const source of sources.filter((name) => name.startsWith('.'))) {
      expect(existsSync(path.join(ROOT, source))).toBe(true);
    }
  });

  it('opens ports only to this machine', () => {
    for (const { ports } of Object.values(services)) {
      for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+(-\d+)?:\d+$/);
    }
  });

  it('registers the same search attributes as the sandbox', () => {
    const command = service('temporal-setup').command?.join('\n') ?? '';
    const registered = [...command.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [name, type]);
    expect(Object.fromEntries(registered)).toEqual(SEARCH_ATTRIBUTES);
  });

  it('names no file of secrets that Git or an image would take', () => {
    const files = [...text.matchAll(/`(\.env[\w.]*)`/g)]
      .map(([, name]) => name)
      .filter((name) => name !== '.env.example');
    const lines = (name: string): string[] => readFileSync(path.join(ROOT, name), 'utf8').split('\n');
    expect(files).toContain('.env.compose');
    expect(lines('.gitignore')).toEqual(expect.arrayContaining(files));
    expect(lines('.dockerignore')).toContain('.env*');
    expect(text).toContain('mkdir -p secrets');
    expect(lines('.gitignore')).toContain('/secrets/');
    expect(lines('.dockerignore')).toContain('secrets');
  });

  it('contains no secret and no default of one', () => {
    const secrets = [...text.matchAll(/^ +(\w*(?:PASSWORD|PWD|SECRET|TOKEN|API_KEY)\w*): (.*)$/gm)];
    expect(secrets.length).toBeGreaterThan(30);
    for (const [line, , value] of secrets) {
      expect({ line, value }).toMatchObject({
        value: expect.stringMatching(
          /^\$\{\w+:-\}$|^\$\{\w+_FILE:\+\/run\/secrets\/\w+\}$|^\{ file: '\$\{\w+_FILE:-deploy\/compose\/not-set\}' \}$|^\$\{PIPESHUB_JWT_MAX/,
        ),
      });
    }
  });

  it('starts nothing without the secrets that have no default', () => {
    expect(compose['x-required'].map((value) => /^\$\{(\w+)_FILE:-\$\{\1:\?[^}]+\}\}$/.exec(value)?.[1])).toEqual(
      REQUIRED,
    );
  });

  it('takes every secret from a variable or from a file, and from a file no process has it in its environment', () => {
    const names = [...new Set([...REQUIRED, ...secretVariables])];
    expect(Object.keys(compose.secrets).sort()).toEqual([...names].sort());
    const values = Object.fromEntries(names.map((name) => [name, `the value of ${name}`]));
    const paths = Object.fromEntries(names.map((name) => [`${name}_FILE`, `./secrets/${name}`]));
    for (const [name, { secrets = [] }] of Object.entries(services)) {
      const [fromVariables, fromFiles] = [environmentOf(name, values), environmentOf(name, paths)];
      expect(Object.values(fromFiles).filter((value) => value.startsWith('./secrets'))).toEqual([]);
      const mounted = Object.entries(fromFiles).filter(([, value]) => value.startsWith('/run/secrets/'));
      expect([...new Set(mounted.map(([, value]) => path.posix.basename(value)))].sort()).toEqual([...secrets].sort());
      for (const [variable, value] of mounted) {
        const own = variable.replace(/_FILE$/, '');
        if (!NAMED_OTHERWISE.includes(own)) expect(own).toBe(path.posix.basename(value));
        expect(fromVariables[own]).toBe(values[path.posix.basename(value)]);
        expect({ variable, value: fromVariables[variable] }).toEqual({ variable, value: '' });
        expect({ own, value: fromFiles[own] }).toEqual({ own, value: '' });
      }
    }
  });

  it('gives the worker an empty file for a secret that is not given as a file', () => {
    for (const [name, { file }] of Object.entries(compose.secrets)) {
      expect(interpolated(file, { [`${name}_FILE`]: './secrets/s' })).toBe('./secrets/s');
      expect(readFileSync(path.join(ROOT, interpolated(file, {})), 'utf8')).toBe('');
    }
  });

  it('gives the worker a valid environment when all secrets are files', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'compose-'));
    try {
      const given = { ARANGO_PASSWORD_FILE: 'a', CONNECTOR_SECRET_KEY_FILE: 'b' };
      const key = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64');
      writeFileSync(path.join(folder, 'ARANGO_PASSWORD'), 'secret\n');
      writeFileSync(path.join(folder, 'CONNECTOR_SECRET_KEY'), `${key}\n`);
      const environment = Object.entries(environmentOf('worker', given)).map(([name, value]) => [
        name,
        value.replace('/run/secrets', folder),
      ]);
      const config = loadConfig(Object.fromEntries(environment) as Record<string, string>);
      expect(config.arango.password).toBe('secret');
      expect(config.secretKeys[0].export().toString('base64')).toBe(key);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
