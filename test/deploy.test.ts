import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { WORKER_MEMORY } from '../bench/processes';
import { loadConfig } from '../src/config';
import { secretVariables, settings as variables } from '../src/config/settings';

const ROOT = path.join(__dirname, '..');
const FOLDER = path.join(ROOT, 'deploy', 'kubernetes');

interface Probe {
  httpGet: { path: string; port: string };
}
interface Container {
  image: string;
  env: { name: string; value: string }[];
  envFrom: { configMapRef: { name: string } }[];
  ports: { name: string; containerPort: number }[];
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  securityContext: Record<string, unknown>;
  volumeMounts: { name: string; mountPath: string }[];
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
  lifecycle: { preStop: { sleep: { seconds: number } } };
}
interface Pod {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  terminationGracePeriodSeconds: number;
  securityContext: Record<string, unknown>;
  containers: [Container];
  volumes: { name: string; secret?: { secretName: string } }[];
}
interface Manifest {
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}
interface Deployment extends Manifest {
  spec: {
    replicas: number;
    selector: { matchLabels: Record<string, string> };
    template: { metadata: { labels: Record<string, string> }; spec: Pod };
  };
}

const read = <T = Manifest>(name: string): T => parse(readFileSync(path.join(FOLDER, name), 'utf8')) as T;
const deployment = read<Deployment>('deployment.yaml').spec;
const pod = deployment.template.spec;
const [worker] = pod.containers;
const settings = read('configmap.yaml').data ?? {};

/** The schemas of Kubernetes are checked by .ci/run. These are the rules of this project. */
describe('manifests for Kubernetes', () => {
  it('are all applied by the kustomization, except the example of a secret', () => {
    const { resources } = read<{ resources: string[] }>('kustomization.yaml');
    const files = readdirSync(FOLDER).filter((name) => !['kustomization.yaml', 'secret.example.yaml'].includes(name));
    expect([...resources].sort()).toEqual(files.sort());
  });

  it('select the pods of the deployment', () => {
    const labels = deployment.template.metadata.labels;
    expect(deployment.selector.matchLabels).toEqual(labels);
    expect(read<{ spec: { selector: object } }>('service.yaml').spec.selector).toEqual(labels);
    for (const [name, field] of [
      ['poddisruptionbudget.yaml', 'selector'],
      ['networkpolicy.yaml', 'podSelector'],
    ] as const) {
      expect(read<{ spec: Record<string, unknown> }>(name).spec[field]).toEqual({ matchLabels: labels });
    }
  });

  it('keep a worker when a node is drained', () => {
    const budget = read<{ spec: { minAvailable: number; unhealthyPodEvictionPolicy: string } }>(
      'poddisruptionbudget.yaml',
    ).spec;
    expect(budget.minAvailable).toBeLessThan(deployment.replicas);
    // Workers that can't start must not stop the drain.
    expect(budget.unhealthyPodEvictionPolicy).toBe('AlwaysAllow');
  });

  it('run a pinned image without rights, on a read-only root, within limits', () => {
    expect(worker.image).toMatch(/:\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(worker.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(Object.keys(worker.resources.limits).sort()).toEqual(['cpu', 'memory']);
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(read<{ automountServiceAccountToken: boolean }>('serviceaccount.yaml').automountServiceAccountToken).toBe(
      false,
    );
  });

  it('give the worker a valid environment of variables that it reads, with each secret from a file', () => {
    const secrets = worker.env.map(({ name }) => name);
    expect(secretVariables.map((name) => `${name}_FILE`)).toEqual(expect.arrayContaining(secrets));
    const names = [...Object.keys(settings), ...secrets.map((name) => name.replace(/_FILE$/, ''))];
    expect([...variables.keys()]).toEqual(expect.arrayContaining(names));
    expect(Object.keys(settings).filter((name) => /PASSWORD|SECRET|TOKEN|API_KEY/.test(name))).toEqual([]);
    const config = loadConfig({ ...settings, CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64') });
    const ports = new Map(worker.ports.map(({ name, containerPort }) => [name, containerPort]));
    expect(config.http.port).toBe(ports.get('public'));
    expect(config.admin).toEqual({ host: '0.0.0.0', port: ports.get('admin') });
    expect(config.arango.username).not.toBe('root');
    // After this pause, the worker stops within the grace period and ten seconds.
    const { seconds } = worker.lifecycle.preStop.sleep;
    expect(seconds).toBeGreaterThan(0);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      seconds + config.temporal.shutdownGraceSeconds + 10,
    );
  });

  it('mount what the variables name, and the example lists its keys without values', () => {
    const { metadata, stringData = {} } = read('secret.example.yaml');
    const volume = pod.volumes.find(({ secret }) => secret?.secretName === metadata.name);
    const mount = worker.volumeMounts.find(({ name }) => name === volume?.name);
    const files = worker.env.map(({ value }) => path.posix.relative(mount?.mountPath ?? '', value));
    expect(files.sort()).toEqual(Object.keys(stringData).sort());
    expect(new Set(Object.values(stringData))).toEqual(new Set(['']));
    expect(worker.envFrom).toEqual([{ configMapRef: { name: read('configmap.yaml').metadata.name } }]);
    expect(pod.serviceAccountName).toBe(read('serviceaccount.yaml').metadata.name);
  });

  it('probe the internal listener', () => {
    const port = 'admin';
    expect(worker.startupProbe.httpGet).toEqual({ path: '/livez', port });
    expect(worker.livenessProbe.httpGet).toEqual({ path: '/livez', port });
    expect(worker.readinessProbe.httpGet).toEqual({ path: '/readyz', port });
  });
});

describe('Dockerfile', () => {
  const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');
  const stages = dockerfile.split(/^(?=FROM )/m);
  const last = stages.at(-1) ?? '';

  it('pins its base by version and digest', () => {
    expect(dockerfile).toMatch(/^ARG NODE=node:24\.\d+\.\d+-bookworm-slim@sha256:[0-9a-f]{64}$/m);
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    const named = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)/gm)].map(([, name]) => name);
    expect(bases.filter((base) => base !== '${NODE}' && !named.includes(base))).toEqual([]);
  });

  it('installs exactly what the lock file lists', () => {
    expect(dockerfile).toMatch(/^RUN npm ci --ignore-scripts/m);
    expect(dockerfile).not.toMatch(/npm install/);
  });

  it('starts a worker with the same options for memory as `npm run worker` and the measurements', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { worker: string };
    };
    const optionsIn = (text: string): string[] => (text.match(/(?:--max-|MALLOC_)[\w-]+=\d+/g) ?? []).sort();
    const inImage = optionsIn(last.match(/^(?:ENV|CMD) .*/gm)?.join(' ') ?? '');
    expect(inImage).toHaveLength(2);
    expect(optionsIn(scripts.worker)).toEqual(inImage);
    const measured = Object.entries(WORKER_MEMORY).map(([name, value]) => `${name}=${value}`);
    expect(optionsIn(measured.join(' '))).toEqual(inImage);
  });

  it('builds an image that runs the worker without root rights, with a health check of the internal listener', () => {
    expect(stages.filter((stage) => /^CMD/m.test(stage)).every((stage) => /^USER 1000:1000$/m.test(stage))).toBe(true);
    expect(last).toMatch(
      /^HEALTHCHECK .*\\\n +CMD \["node", "-e", ".*127\.0\.0\.1:\$\{process\.env\.ADMIN_PORT\}\/livez/m,
    );
    expect(last).toMatch(/^ENV NODE_ENV=production ADMIN_PORT=\d+ MALLOC_ARENA_MAX=2$/m);
    expect(last).toMatch(/^CMD \["node", .*"dist\/src\/worker\.js"\]$/m);
  });

  it('copies only files of the package', () => {
    const { files } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
    const copied = [...last.matchAll(/^COPY --from=production \/app\/(\S+)/gm)].map(([, name]) => name);
    expect(copied.filter((name) => ![...files, 'package.json', 'node_modules'].includes(name ?? ''))).toEqual([]);
  });

  it('does not see secrets of the folder that it is built from', () => {
    expect(readFileSync(path.join(ROOT, '.dockerignore'), 'utf8')).toMatch(/^\.env\*$/m);
    expect(existsSync(path.join(ROOT, '.gitignore')) && readFileSync(path.join(ROOT, '.gitignore'), 'utf8')).toMatch(
      /^\.env$/m,
    );
  });
});
