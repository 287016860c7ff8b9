import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../sandbox/temporal/searchAttributes';
import { loadConfig } from '../src/config';
import { settings } from '../src/config/settings';

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
}

const ROOT = path.join(__dirname, '..');
const text = readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const { services } = compose;
const service = (name: string): Service => services[name] ?? {};

/** Keys of the Compose Specification that the services may use. */
const SERVICE_KEYS = [
  ...['image', 'build', 'init', 'depends_on', 'environment', 'entrypoint', 'command', 'ports', 'volumes', 'tmpfs'],
  ...['healthcheck', 'restart', 'stop_grace_period', 'user', 'profiles', 'network_mode', 'deploy'],
  ...['cap_drop', 'security_opt', 'read_only', 'logging'],
];

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
    expect(Object.keys(service('worker').environment ?? {}).sort()).toEqual([...settings.keys()].sort());
  });

  it('gives the worker a valid environment when all optional variables are empty', () => {
    const chosen: Record<string, string> = {
      ARANGO_PASSWORD: 'secret',
      CONNECTOR_SECRET_KEY: Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64'),
    };
    const environment = Object.entries(service('worker').environment ?? {}).map(([name, value]) => [
      name,
      String(value).replace(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g, (_, variable: string, fallback = '') =>
        String(chosen[variable] ?? fallback),
      ),
    ]);
    const config = loadConfig(Object.fromEntries(environment) as Record<string, string>);
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
  });

  it('contains no secret and no default of one', () => {
    const secrets = [...text.matchAll(/^ *(\w*(?:PASSWORD|PWD|SECRET)\w*): (.*)$/gm)];
    expect(secrets.length).toBeGreaterThan(8);
    for (const [line, , value] of secrets)
      expect({ line, value }).toMatchObject({ value: expect.stringMatching(/^\$\{\w+:[?-]/) });
    for (const [line] of secrets) expect(line).not.toMatch(/:-[^}]/);
  });
});
