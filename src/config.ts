import { createSecretKey, type KeyObject } from 'node:crypto';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import type { HttpsProxy } from './dropbox';
import { messageOf } from './failures';
import { saslMechanisms, type Broker, type KafkaLogin } from './outbox/settings';
import { withSecretFiles } from './secretFiles';

/** Settings of a worker or of the CLI. Frozen, and loaded once, before anything connects. */
export interface Config {
  readonly temporal: {
    /** Address, TLS and API key, from Temporal's environment configuration. */
    readonly connection: ClientConnectConfig['connectionOptions'] & { readonly address: string };
    readonly namespace: string;
    readonly taskQueue: string;
    readonly maxConcurrentActivities: number;
    /** How long running activities may continue after the worker receives a stop signal. */
    readonly shutdownGraceSeconds: number;
    /** Which version of this program the worker runs, for Temporal's worker versioning. undefined: unversioned. */
    readonly version: { readonly deploymentName: string; readonly buildId: string } | undefined;
  };
  readonly arango: {
    readonly url: string;
    readonly database: string;
    readonly username: string;
    readonly password: string;
    /** Authentication by user and password, by a token for which the user logs in, or by a given token. */
    readonly login: 'basic' | 'jwt' | { readonly token: string };
  };
  readonly dropbox: {
    /** Replaces all of Dropbox's hosts. Only for the simulator or a proxy. */
    readonly apiUrl: string | undefined;
    readonly proxy: HttpsProxy | undefined;
    /** For one request, until its whole answer has arrived. */
    readonly timeoutSeconds: number;
    /** Concurrent calls per acting member, and for the team's own routes. */
    readonly concurrentCalls: number;
  };
  /** Keys of the stored credentials. The first one encrypts, all of them decrypt. */
  readonly secretKeys: readonly [KeyObject, ...KeyObject[]];
  readonly http: {
    readonly host: string;
    /** Port of the public listener: webhooks, and contents. undefined: there is none. */
    readonly port: number | undefined;
    /** Addresses and networks of reverse proxies, whose X-Forwarded-For is believed. */
    readonly trustedProxies: readonly string[];
    /** The listener that serves contents. */
    readonly contents: 'public' | 'internal';
    readonly tokens: {
      /** PipesHub's scopedJwtSecret and former ones. Without any all requests for content are refused. */
      readonly secrets: readonly string[];
      /** PipesHub's jwtSecret, if its users show the tokens of their sessions to the worker. */
      readonly sessionSecret: string | undefined;
      readonly maxAgeHours: number;
      /** undefined: not checked. */
      readonly audience: string | undefined;
      readonly issuer: string | undefined;
    };
  };
  /** The internal listener: probes, health and metrics, without a login. Port undefined: there is none. */
  readonly admin: { readonly host: string; readonly port: number | undefined };
  readonly broker: Broker;
  readonly log: { readonly level: LogLevel };
  /** An OpenTelemetry collector (OTLP over HTTP), which gets traces. undefined: there are none. */
  readonly tracesUrl: string | undefined;
  /** Older member lists of folders are read again. */
  readonly membersMaxAgeHours: number;
  /** How long after a run first did not see something another one confirms that it is gone. */
  readonly confirmAfterMinutes: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The environment is not usable. Each line of `problems` names a variable. Commands exit with 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

const descriptions = z.registry<{ expected: string; example: string }>();

const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));

/** A whole number of `unit` in this range. The default is also the example. */
const numberOf = (unit: string, least: number, most: number, value: number): z.ZodDefault<z.ZodType<number, string>> =>
  described(`a whole number of ${unit} from ${least} to ${most}`, `${value}`, wholeNumber(least, most).default(value));

/** Fewer different bytes are a word, or a placeholder. 32 random bytes have far more. */
const LEAST_DIFFERENT_BYTES = 8;
const isVaried = (bytes: Buffer): boolean => new Set(bytes).size >= LEAST_DIFFERENT_BYTES;
const REPEATED = `is weak, with fewer than ${LEAST_DIFFERENT_BYTES} different bytes`;

const secretKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/)
  .refine((text) => isVaried(Buffer.from(text, 'base64')), REPEATED)
  .transform((text) => createSecretKey(text, 'base64'));

/** For HS256, which needs 32 bytes (RFC 7518, 3.2). */
const sharedSecret = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= 32, 'is weak, with less than 32 bytes')
  .refine((text) => isVaried(Buffer.from(text)), REPEATED);

const list = <T>(item: z.ZodType<T, string>): z.ZodType<T[], string> =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));

const httpUrl = z.url({ protocol: /^https?$/ });

function isEncryptedOrLocal(url: string): boolean {
  // Another rule refuses it.
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname);
}

const described = <T extends z.ZodType>(expected: string, example: string, type: T): T => {
  descriptions.add(type, { expected, example });
  return type;
};

const schema = z.object({
  TEMPORAL_TASK_QUEUE: described('the name of a task queue', 'dropbox-teams', z.string().default('dropbox-teams')),
  TEMPORAL_DEPLOYMENT_NAME: described(
    'the name of a worker deployment',
    'dropbox-teams',
    z.string().default('dropbox-teams'),
  ),
  TEMPORAL_WORKER_BUILD_ID: described(
    'an id of this version of the worker, not set without worker versioning',
    '1.0.0',
    z.string().optional(),
  ),
  MAX_CONCURRENT_ACTIVITIES: numberOf('activities', 1, 1000, 16),
  SHUTDOWN_GRACE_SECONDS: numberOf('seconds', 1, 3600, 30),
  ARANGO_URL: described('the URL of ArangoDB', 'http://127.0.0.1:8529', httpUrl),
  ARANGO_DATABASE: described('the name of a database', 'es', z.string().default('es')),
  ARANGO_USERNAME: described('the name of a user', 'root', z.string().default('root')),
  ARANGO_PASSWORD: described('a password', 'the password of that user', z.string().default('')),
  ARANGO_LOGIN: described('basic or jwt', 'jwt', z.enum(['basic', 'jwt']).default('basic')),
  ARANGO_TOKEN: described(
    'a token of ArangoDB, instead of user and password',
    'the jwt that POST /_open/auth answers',
    z.string().optional(),
  ),
  DROPBOX_API_URL: described(
    'the URL of the simulator or of a proxy, not set for Dropbox itself, with https unless it is on this machine',
    'http://127.0.0.1:8100',
    httpUrl.refine(isEncryptedOrLocal, 'is plain http to another machine').optional(),
  ),
  DROPBOX_API_URL_IN_PRODUCTION: described(
    'true if all secrets and tokens may go to DROPBOX_API_URL while NODE_ENV is production',
    'false',
    z.enum(['true', 'false']).default('false'),
  ),
  HTTPS_PROXY: described('the URL of a proxy for requests to Dropbox', 'http://proxy:3128', httpUrl.optional()),
  NO_PROXY: described('hosts, separated by commas', 'localhost,.internal', z.string().default('')),
  DROPBOX_TIMEOUT_SECONDS: numberOf('seconds', 1, 600, 60),
  DROPBOX_CONCURRENT_CALLS: numberOf('calls', 1, 64, 4),
  CONNECTOR_SECRET_KEY: described('32 bytes in base64', 'the output of: openssl rand -base64 32', secretKey),
  CONNECTOR_SECRET_KEY_PREVIOUS: described(
    'earlier keys, 32 bytes in base64 each, separated by commas',
    'the CONNECTOR_SECRET_KEY before the current one',
    list(secretKey).optional(),
  ),
  HTTP_HOST: described('the address to listen on', '0.0.0.0', z.string().default('127.0.0.1')),
  HTTP_PORT: described('a port', '8090', wholeNumber(0, 65_535).optional()),
  HTTP_TRUSTED_PROXIES: described(
    'addresses or networks of reverse proxies, separated by commas',
    '10.0.0.0/8',
    list(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).optional(),
  ),
  CONTENT_LISTENER: described('public or internal', 'internal', z.enum(['public', 'internal']).default('public')),
  ADMIN_HOST: described('the address to listen on', '127.0.0.1', z.string().default('127.0.0.1')),
  ADMIN_PORT: described('a port', '9464', wholeNumber(0, 65_535).optional()),
  PIPESHUB_JWT_SECRET: described(
    "PipesHub's scopedJwtSecret, of 32 bytes or more",
    'the value in the configuration of the installation',
    sharedSecret.optional(),
  ),
  PIPESHUB_JWT_SECRET_PREVIOUS: described(
    'former values of PIPESHUB_JWT_SECRET, separated by commas',
    'the PIPESHUB_JWT_SECRET before the current one',
    list(sharedSecret).optional(),
  ),
  PIPESHUB_SESSION_JWT_SECRET: described(
    "PipesHub's jwtSecret, of 32 bytes or more",
    'the value in the configuration of the installation',
    sharedSecret.optional(),
  ),
  PIPESHUB_JWT_MAX_AGE_HOURS: numberOf('hours', 1, 720, 24),
  PIPESHUB_JWT_AUDIENCE: described('the aud of tokens', 'dropbox-teams', z.string().optional()),
  PIPESHUB_JWT_ISSUER: described('the iss of tokens', 'pipeshub', z.string().optional()),
  BROKER: described('none, kafka or redis', 'redis', z.enum(['none', 'kafka', 'redis']).default('none')),
  KAFKA_BROKERS: described(
    'addresses with ports, separated by commas (BROKER is kafka)',
    'kafka-1:9092,kafka-2:9092',
    list(z.string().regex(/^[^\s:,]+:\d+$/)).optional(),
  ),
  KAFKA_SSL: described('true or false', 'true', z.enum(['true', 'false']).default('false')),
  KAFKA_SASL_MECHANISM: described(
    'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (with KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD)',
    'SCRAM-SHA-512',
    z.enum(saslMechanisms).optional(),
  ),
  KAFKA_SASL_USERNAME: described('the name of a user of Kafka', 'dropbox-teams', z.string().optional()),
  KAFKA_SASL_PASSWORD: described('a password', 'the password of that user', z.string().optional()),
  REDIS_URL: described(
    'the URL of Redis (BROKER is redis)',
    'redis://127.0.0.1:6379',
    z.url({ protocol: /^rediss?$/ }).optional(),
  ),
  REDIS_STREAMS_MAXLEN: numberOf('messages', 1, 1_000_000_000, 500_000),
  LOG_LEVEL: described('trace, debug, info, warn or error', 'info', z.enum(logLevels).default('info')),
  OTEL_EXPORTER_OTLP_ENDPOINT: described(
    'the URL of an OpenTelemetry collector (OTLP over HTTP)',
    'http://127.0.0.1:4318',
    httpUrl.optional(),
  ),
  MEMBERS_MAX_AGE_HOURS: numberOf('hours', 1, 8760, 24),
  CONFIRM_AFTER_MINUTES: numberOf('minutes', 0, 1440, 0),
});

type Name = keyof typeof schema.shape;

/** Variables of Temporal's environment configuration, which its own library reads. */
const temporalVariables = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
] as const;

/** Each may also be given as `<name>_FILE`, the path of a file that holds it. */
export const secretVariables: readonly string[] = [
  'ARANGO_PASSWORD',
  'ARANGO_TOKEN',
  'CONNECTOR_SECRET_KEY',
  'CONNECTOR_SECRET_KEY_PREVIOUS',
  'PIPESHUB_JWT_SECRET',
  'PIPESHUB_JWT_SECRET_PREVIOUS',
  'PIPESHUB_SESSION_JWT_SECRET',
  'KAFKA_SASL_PASSWORD',
  // These often hold a password.
  'REDIS_URL',
  'HTTPS_PROXY',
  'TEMPORAL_API_KEY',
];

export const environmentVariables: readonly string[] = [...temporalVariables, ...Object.keys(schema.shape)];

/**
 * Reads the settings. An empty variable counts as not set.
 * @throws ConfigError with all problems at once. No message contains a value.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { given, problems } = withSecretFiles(withProxyNames(env), secretVariables);
  const parsed = schema.safeParse(given);
  const wrong = new Map<Name, string>();
  for (const { path, code, message } of parsed.error?.issues ?? []) {
    const name = path[0] as Name;
    if (!wrong.has(name)) wrong.set(name, code === 'custom' ? message : name in given ? 'is malformed' : 'is not set');
  }
  if (given['BROKER'] === 'kafka' && !given['KAFKA_BROKERS']) wrong.set('KAFKA_BROKERS', 'is not set');
  if (given['BROKER'] === 'redis' && !given['REDIS_URL']) wrong.set('REDIS_URL', 'is not set');
  const sasl = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
  // A login that is given in part would be no login.
  if (sasl.some((name) => given[name])) for (const name of sasl) if (!given[name]) wrong.set(name, 'is not set');
  if (given['CONTENT_LISTENER'] === 'internal' && !given['ADMIN_PORT']) wrong.set('ADMIN_PORT', 'is not set');
  const isRisky = given['NODE_ENV'] === 'production' && given['DROPBOX_API_URL_IN_PRODUCTION'] !== 'true';
  if (given['DROPBOX_API_URL'] && isRisky) wrong.set('DROPBOX_API_URL', 'is set in production');
  for (const name of Object.keys(schema.shape) as Name[]) {
    const reason = wrong.get(name);
    if (reason !== undefined) problems.push(describeProblem(name, reason));
  }

  const temporal = loadTemporal(given, problems);
  if (!parsed.success || !temporal || problems.length > 0) throw new ConfigError(problems);
  const values = parsed.data;
  return deepFreeze({
    temporal: {
      ...temporal,
      taskQueue: values.TEMPORAL_TASK_QUEUE,
      maxConcurrentActivities: values.MAX_CONCURRENT_ACTIVITIES,
      shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS,
      version: versionOf(values),
    },
    arango: {
      url: values.ARANGO_URL,
      database: values.ARANGO_DATABASE,
      username: values.ARANGO_USERNAME,
      password: values.ARANGO_PASSWORD,
      login: values.ARANGO_TOKEN === undefined ? values.ARANGO_LOGIN : { token: values.ARANGO_TOKEN },
    },
    dropbox: {
      apiUrl: values.DROPBOX_API_URL,
      proxy: values.HTTPS_PROXY === undefined ? undefined : { url: values.HTTPS_PROXY, except: values.NO_PROXY },
      timeoutSeconds: values.DROPBOX_TIMEOUT_SECONDS,
      concurrentCalls: values.DROPBOX_CONCURRENT_CALLS,
    },
    secretKeys: [values.CONNECTOR_SECRET_KEY, ...(values.CONNECTOR_SECRET_KEY_PREVIOUS ?? [])],
    http: {
      host: values.HTTP_HOST,
      port: values.HTTP_PORT,
      trustedProxies: values.HTTP_TRUSTED_PROXIES ?? [],
      contents: values.CONTENT_LISTENER,
      tokens: {
        secrets: [values.PIPESHUB_JWT_SECRET ?? [], values.PIPESHUB_JWT_SECRET_PREVIOUS ?? []].flat(),
        sessionSecret: values.PIPESHUB_SESSION_JWT_SECRET,
        maxAgeHours: values.PIPESHUB_JWT_MAX_AGE_HOURS,
        audience: values.PIPESHUB_JWT_AUDIENCE,
        issuer: values.PIPESHUB_JWT_ISSUER,
      },
    },
    admin: { host: values.ADMIN_HOST, port: values.ADMIN_PORT },
    broker: brokerOf(values),
    log: { level: values.LOG_LEVEL },
    tracesUrl: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    membersMaxAgeHours: values.MEMBERS_MAX_AGE_HOURS,
    confirmAfterMinutes: values.CONFIRM_AFTER_MINUTES,
  });
}

/** The variables of a proxy are also common in lower case. */
const withProxyNames = (env: Readonly<Record<string, string | undefined>>): typeof env => ({
  ...env,
  HTTPS_PROXY: env['HTTPS_PROXY'] || env['https_proxy'],
  NO_PROXY: env['NO_PROXY'] || env['no_proxy'],
});

function describeProblem(name: Name, reason: string): string {
  const { expected, example } = descriptions.get(schema.shape[name]) ?? { expected: 'a value', example: '' };
  return `${name} ${reason}: expected ${expected}, for example ${example}`;
}

function loadTemporal(
  given: Record<string, string>,
  problems: string[],
): Pick<Config['temporal'], 'connection' | 'namespace'> | undefined {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: given });
    const address = connectionOptions.address ?? '127.0.0.1:7233';
    if (!/^[^\s/]+:\d+$/.test(address)) {
      problems.push(
        'TEMPORAL_ADDRESS is malformed: expected host and port without a scheme, for example 127.0.0.1:7233',
      );
    }
    return { connection: { ...connectionOptions, address }, namespace: namespace ?? 'default' };
  } catch (error) {
    // The library's messages name a missing file or profile, never a value.
    const [reason] = messageOf(error).split('\n');
    problems.push(
      `TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE or TEMPORAL_TLS_… can't be used (${reason}): expected Temporal's environment configuration, for example TEMPORAL_ADDRESS=127.0.0.1:7233`,
    );
    return undefined;
  }
}

function versionOf(values: z.output<typeof schema>): Config['temporal']['version'] {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } = values;
  return buildId === undefined ? undefined : { deploymentName, buildId };
}

function brokerOf(values: z.output<typeof schema>): Broker {
  switch (values.BROKER) {
    case 'none':
      return { kind: 'none' };
    case 'kafka':
      return {
        kind: 'kafka',
        brokers: values.KAFKA_BROKERS ?? [],
        tls: values.KAFKA_SSL === 'true',
        ...loginOf(values),
      };
    case 'redis':
      return { kind: 'redis', url: values.REDIS_URL ?? '', maxStreamLength: values.REDIS_STREAMS_MAXLEN };
  }
}

const loginOf = ({
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_SASL_USERNAME: username,
  KAFKA_SASL_PASSWORD: password,
}: z.output<typeof schema>): { sasl?: KafkaLogin } =>
  mechanism && username && password ? { sasl: { mechanism, username, password } } : {};

/** Keys and certificates stay as they are, since a buffer can't be frozen. */
function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[]) {
    if (
      typeof inner === 'object' &&
      inner !== null &&
      (Array.isArray(inner) || Object.getPrototypeOf(inner) === Object.prototype)
    ) {
      deepFreeze(inner);
    }
  }
  return Object.freeze(value);
}
