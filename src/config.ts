import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import type { z } from 'zod';
import { misspelledNames } from './config/misspelledNames';
import { schema, type logLevels, type Name, type Values } from './config/schema';
import { secretVariables, settings } from './config/settings';
import { hasUnprintable } from './config/values';
import { acceptsWeakSecrets, REPEATED, weakSecrets } from './config/weakSecrets';
import type { HttpsProxy } from './dropbox';
import { messageOf } from './failures';
import type { Broker, KafkaLogin } from './outbox/settings';
import { withSecretFiles } from './secretFiles';

/** Settings of a worker or of the CLI. Frozen, and loaded once, before anything connects. */
export interface Config {
  readonly temporal: {
    /** Address, TLS and API key, from Temporal's environment configuration. */
    readonly connection: ClientConnectConfig['connectionOptions'] & { readonly address: string };
    readonly namespace: string;
    readonly taskQueue: string;
    /** Keys of payloads. The first one encrypts, all of them decrypt; without any nothing is encrypted. */
    readonly payloadKeys: readonly KeyObject[];
    /** The origin of Temporal's UI, for the codec server. */
    readonly uiOrigin: string | undefined;
    readonly maxConcurrentActivities: number;
    readonly workers: number;
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
    /** Concurrent calls of this process per acting member, and for the team's own routes. */
    readonly concurrentCalls: number;
  };
  /** Keys of the stored credentials. The first one encrypts, all of them decrypt. */
  readonly secretKeys: readonly [KeyObject, ...KeyObject[]];
  /** Names of secrets that are easy to guess. Only a Dropbox on this machine, outside production, permits any. */
  readonly weakSecrets: readonly string[];
  /** Variables that have no effect, and whose names are nearly those of settings, each with what may be meant. */
  readonly misspelled: readonly string[];
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

export type LogLevel = (typeof logLevels)[number];

/** The environment is not usable. Each line of `problems` names a variable. Commands exit with 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Reads the settings. An empty variable counts as not set.
 * @throws ConfigError with all problems at once. No message contains a value.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { given, problems, unread } = withSecretFiles(withProxyNames(env), secretVariables);
  const parsed = schema.safeParse(given);
  const wrong = wrongSettings(given, parsed.error);
  for (const name of settings.keys()) {
    const reason = wrong.get(name);
    // What a file would have held is unknown: that it can't be read is the one problem.
    if (reason !== undefined && !unread.has(name)) problems.push(describeProblem(name, reason));
  }

  const temporal = loadTemporal(given, problems, wrong);
  if (!parsed.success || !temporal || problems.length > 0) throw new ConfigError(problems);
  const values = parsed.data;
  return deepFreeze({
    temporal: {
      ...temporal,
      taskQueue: values.TEMPORAL_TASK_QUEUE,
      payloadKeys: [values.TEMPORAL_PAYLOAD_KEY ?? [], values.TEMPORAL_PAYLOAD_KEY_PREVIOUS ?? []].flat(),
      uiOrigin: values.TEMPORAL_UI_ORIGIN === undefined ? undefined : new URL(values.TEMPORAL_UI_ORIGIN).origin,
      maxConcurrentActivities: values.MAX_CONCURRENT_ACTIVITIES,
      workers: values.WORKER_COUNT,
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
      concurrentCalls: Math.max(1, Math.floor(values.DROPBOX_CONCURRENT_CALLS / values.WORKER_COUNT)),
    },
    secretKeys: [values.CONNECTOR_SECRET_KEY, ...(values.CONNECTOR_SECRET_KEY_PREVIOUS ?? [])],
    weakSecrets: weakSecrets(given),
    misspelled: misspelledNames(env),
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

const UNPRINTABLE = 'has a line break, or another character that is not printable';

/** What is wrong with each setting that can't be used, by itself or together with others. */
function wrongSettings(given: Record<string, string>, error: z.ZodError | undefined): Map<Name, string> {
  const wrong = new Map<Name, string>();
  for (const { path, code, message } of error?.issues ?? []) {
    const name = path[0] as Name;
    if (!wrong.has(name)) wrong.set(name, code === 'custom' ? message : name in given ? 'is malformed' : 'is not set');
  }
  for (const name of secretVariables as Name[]) {
    if (!wrong.has(name) && hasUnprintable(given[name] ?? '')) wrong.set(name, UNPRINTABLE);
  }
  if (!acceptsWeakSecrets(given)) {
    for (const name of weakSecrets(given)) if (!wrong.has(name)) wrong.set(name, REPEATED);
  }
  const { TEMPORAL_CONFIG_FILE: file } = given;
  // Temporal's library takes a file that is missing for an empty one: the worker would call another server.
  if (file !== undefined && !existsSync(file)) wrong.set('TEMPORAL_CONFIG_FILE', 'does not exist');
  if (given['BROKER'] === 'kafka' && !given['KAFKA_BROKERS']) wrong.set('KAFKA_BROKERS', 'is not set');
  if (given['BROKER'] === 'redis' && !given['REDIS_URL']) wrong.set('REDIS_URL', 'is not set');
  const sasl = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
  // A login that is given in part would be no login.
  if (sasl.some((name) => given[name])) for (const name of sasl) if (!given[name]) wrong.set(name, 'is not set');
  if (given['CONTENT_LISTENER'] === 'internal' && !given['ADMIN_PORT']) wrong.set('ADMIN_PORT', 'is not set');
  const isRisky = given['NODE_ENV'] === 'production' && given['DROPBOX_API_URL_IN_PRODUCTION'] !== 'true';
  if (given['DROPBOX_API_URL'] && isRisky) wrong.set('DROPBOX_API_URL', 'is set in production');
  return wrong;
}

/** The variables of a proxy are also common in lower case. */
const withProxyNames = (env: Readonly<Record<string, string | undefined>>): typeof env => ({
  ...env,
  HTTPS_PROXY: env['HTTPS_PROXY'] || env['https_proxy'],
  NO_PROXY: env['NO_PROXY'] || env['no_proxy'],
});

function describeProblem(name: Name, reason: string): string {
  const { expected = 'a value', example = '' } = settings.get(name) ?? {};
  return `${name} ${reason}: expected ${expected}, for example ${example}`;
}

function loadTemporal(
  given: Record<string, string>,
  problems: string[],
  wrong: ReadonlyMap<Name, string>,
): Pick<Config['temporal'], 'connection' | 'namespace'> | undefined {
  // The library would report the same file or profile once more.
  if ([...wrong.keys()].some((name) => /^TEMPORAL_(TLS_|CONFIG_FILE|PROFILE)/.test(name))) return undefined;
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: given });
    const address = connectionOptions.address ?? '127.0.0.1:7233';
    if (!wrong.has('TEMPORAL_ADDRESS') && !/^[^\s/]+:\d+$/.test(address)) {
      problems.push(describeProblem('TEMPORAL_ADDRESS', 'is malformed'));
    }
    const { tls } = connectionOptions;
    // The library shows no certificate when it has half of a pair. The other half may be in its configuration file.
    if (typeof tls === 'object' && !tls?.clientCertPair) {
      const pair = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'] as const;
      if (pair.some((name) => given[name]))
        for (const name of pair) if (!given[name]) problems.push(describeProblem(name, 'is not set'));
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

function versionOf(values: Values): Config['temporal']['version'] {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } = values;
  return buildId === undefined ? undefined : { deploymentName, buildId };
}

function brokerOf(values: Values): Broker {
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
}: Values): { sasl?: KafkaLogin } =>
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
