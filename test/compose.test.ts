import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../sandbox/temporal/searchAttributes';
import { environmentVariables, loadConfig } from '../src/config';

interface Service {
  image?: string;
  build?: string;
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  volumes?: string[];
  ports?: string[];
  command?: string[];
  restart?: string;
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
  ...['image', 'build', 'init', 'depends_on', 'environment', 'entrypoint', 'command', 'ports', 'volumes'],
  ...['healthcheck', 'restart', 'stop_grace_period'],
];

describe('docker-compose.yml', () => {
  it('has the worker, Temporal, ArangoDB and the services that they need', () => {
    expect(Object.keys(services).sort()).toEqual([
      'arangodb',
      'temporal',
      'temporal-db',
      'temporal-search-attributes',
      'temporal-ui',
      'worker',
    ]);
  });

  it.each(Object.entries(services))('%s uses known keys, and either a pinned image or a build', (_, facts) => {
    expect(SERVICE_KEYS).toEqual(expect.arrayContaining(Object.keys(facts)));
    expect(facts.build ?? facts.image).toMatch(/^(\.|[a-z/-]+:\d[\w.-]*)$/);
  });

  it('gives the worker every variable that it reads, and no other', () => {
    expect(Object.keys(service('worker').environment ?? {}).sort()).toEqual([...environmentVariables].sort());
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
    expect(config.arango).toMatchObject({ url: 'http://arangodb:8529', database: 'es', username: 'root' });
    expect(config.http).toMatchObject({ host: '0.0.0.0', port: 8090 });
    expect(config.temporal.shutdownGraceSeconds).toBeLessThan(60);
  });

  it('has a health check for every long-running service', () => {
    const longRunning = Object.entries(services).filter(([, { restart }]) => restart === 'unless-stopped');
    expect(longRunning.map(([name]) => name)).toHaveLength(5);
    for (const [, { healthcheck }] of longRunning) expect(healthcheck?.test[0]).toBe('CMD');
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
    expect(mounted.map((volume) => volume.split(':')[0]).sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('opens ports only to this machine', () => {
    for (const { ports } of Object.values(services)) {
      for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    }
  });

  it('registers the same search attributes as the sandbox', () => {
    const command = service('temporal-search-attributes').command?.join('\n') ?? '';
    const registered = [...command.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [name, type]);
    expect(Object.fromEntries(registered)).toEqual(SEARCH_ATTRIBUTES);
  });

  it('contains no secret except the password of a database without open ports', () => {
    expect(text).toMatch(/ARANGO_PASSWORD:\?/);
    expect(text).toMatch(/CONNECTOR_SECRET_KEY:\?/);
    expect(service('temporal-db').ports).toBeUndefined();
  });
});

describe('Dockerfile', () => {
  const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');

  it('builds an image that runs the worker without root rights', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^\nFROM node:24-bookworm-slim$/m);
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^CMD \["node", "dist\/src\/worker\.js"\]$/m);
  });

  it('copies only files of the package', () => {
    const { files } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
    expect(dockerfile).toMatch(/^COPY --from=build \/app\/dist\/src \.\/dist\/src$/m);
    expect(files).toContain('dist/src');
  });
});
