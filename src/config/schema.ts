import { z } from 'zod';
import { saslMechanisms } from '../outbox/settings';
import { described, numberOf, SECRET, text } from './described';
import { temporal } from './temporal';
import {
  flag,
  headerSecret,
  httpUrl,
  isEncryptedOrLocal,
  list,
  secretKey,
  serverUrl,
  sharedSecret,
  unpadded,
  wholeNumber,
} from './values';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;

const arangodb = {
  ARANGO_URL: described(serverUrl, "PipesHub's ArangoDB", 'the URL of ArangoDB', 'http://127.0.0.1:8529'),
  ARANGO_DATABASE: described(unpadded.default('es'), "PipesHub's database", 'the name of a database', 'es'),
  ARANGO_USERNAME: described(
    unpadded.default('root'),
    'The login at ArangoDB ([one of its own](operations.md#a-user-of-its-own-in-arangodb))',
    'the name of a user',
    'root',
  ),
  ARANGO_PASSWORD: described(
    z.string().default(''),
    'The password of the user',
    'a password',
    'the password of that user',
    SECRET,
  ),
  ARANGO_LOGIN: described(
    z.enum(['basic', 'jwt']).default('basic'),
    '`jwt`: the user logs in at `/_open/auth`, and requests have the token, which is renewed before it ends',
    'basic or jwt',
    'jwt',
  ),
  ARANGO_TOKEN: described(
    headerSecret.optional(),
    'Replaces user and password',
    'a token of ArangoDB',
    'the jwt that POST /_open/auth answers',
    SECRET,
  ),
};

const credentials = {
  CONNECTOR_SECRET_KEY: described(
    secretKey,
    'Encrypts the stored credentials of connectors. Workers and commands need the same one. Keep it in another place than the backup of ArangoDB',
    '32 bytes in base64',
    'the output of: openssl rand -base64 32',
    SECRET,
  ),
  CONNECTOR_SECRET_KEY_PREVIOUS: described(
    list(secretKey).optional(),
    'Former keys, while they are replaced: give both to every process, run `dropbox-teams test C` for each connector, then drop the former',
    'earlier keys, 32 bytes in base64 each, separated by commas',
    'the CONNECTOR_SECRET_KEY before the current one',
    SECRET,
  ),
};

const dropbox = {
  DROPBOX_TIMEOUT_SECONDS: numberOf(
    'seconds',
    { least: 1, most: 600, fallback: 60 },
    'For one call, until its whole answer has arrived',
  ),
  DROPBOX_CONCURRENT_CALLS: numberOf(
    'calls',
    { least: 1, most: 64, fallback: 8 },
    "At the same time, for one member and for the team's routes, of all workers together",
  ),
  // A secret, since it often has a password.
  HTTPS_PROXY: described(
    httpUrl.optional(),
    'For requests to Dropbox; in lower case, too',
    'the URL of a proxy',
    'http://proxy:3128',
    SECRET,
  ),
  NO_PROXY: described(
    z.string().default(''),
    'Reached without the proxy; in lower case, too',
    'hosts, separated by commas',
    'localhost,.internal',
  ),
  DROPBOX_API_URL: described(
    serverUrl.refine(isEncryptedOrLocal, 'is plain http to another machine').optional(),
    "All of Dropbox's hosts are replaced by this one",
    'the URL of the simulator or of a proxy, not set for Dropbox itself, with https unless it is on this machine',
    'http://127.0.0.1:8100',
  ),
  DROPBOX_API_URL_IN_PRODUCTION: described(
    flag(),
    'Permits DROPBOX_API_URL with NODE_ENV=production',
    'true if all secrets and tokens may go to DROPBOX_API_URL while NODE_ENV is production',
    'false',
  ),
};

const syncs = {
  MEMBERS_MAX_AGE_HOURS: numberOf(
    'hours',
    { least: 1, most: 8760, fallback: 24 },
    'Access lists are read again at least this often',
  ),
  CONFIRM_AFTER_MINUTES: numberOf(
    'minutes',
    { least: 0, most: 1440, fallback: 0 },
    'So long after a run first did not see something, another one may confirm that it is gone',
  ),
  WORKER_COUNT: numberOf(
    'workers',
    { least: 1, most: 1000, fallback: 1 },
    'How many workers run. DROPBOX_CONCURRENT_CALLS is divided by it, since Dropbox limits a member, not a worker. One sync uses half of the activities of all of them',
  ),
  MAX_CONCURRENT_ACTIVITIES: numberOf('activities', { least: 1, most: 1000, fallback: 16 }, 'Of one worker'),
  SHUTDOWN_GRACE_SECONDS: numberOf(
    'seconds',
    { least: 1, most: 3600, fallback: 30 },
    'How long activities and requests may continue after a stop signal; the process ends at most 10 seconds later. With more than 45, raise the 60 seconds after which compose (`stop_grace_period`) or Kubernetes (`terminationGracePeriodSeconds`) kills it',
  ),
};

const broker = {
  BROKER: described(
    z.enum(['none', 'kafka', 'redis']).default('none'),
    "Where record events are sent: like PipesHub's MESSAGE_BROKER",
    'none, kafka or redis',
    'redis',
  ),
  // A secret, since it often has a password.
  REDIS_URL: described(
    z.url({ protocol: /^rediss?$/ }).optional(),
    'Redis, which BROKER=redis requires',
    'the URL of Redis (BROKER is redis)',
    'redis://127.0.0.1:6379',
    SECRET,
  ),
  REDIS_STREAMS_MAXLEN: numberOf(
    'messages',
    { least: 1, most: 1_000_000_000, fallback: 500_000 },
    'The length to which a stream is trimmed',
  ),
  KAFKA_BROKERS: described(
    list(z.string().regex(/^[^\s:,]+:\d+$/)).optional(),
    'Kafka, which BROKER=kafka requires',
    'addresses with ports, separated by commas (BROKER is kafka)',
    'kafka-1:9092,kafka-2:9092',
  ),
  KAFKA_SSL: described(flag(), 'TLS to Kafka', 'true or false', 'true'),
  KAFKA_SASL_MECHANISM: described(
    z.enum(saslMechanisms).optional(),
    'The login at Kafka',
    'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (with KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD)',
    'SCRAM-SHA-512',
  ),
  KAFKA_SASL_USERNAME: text('The user of that login', 'the name of a user of Kafka', 'dropbox-teams'),
  KAFKA_SASL_PASSWORD: text('The password of the user', 'a password', 'the password of that user', SECRET),
};

const listeners = {
  HTTP_PORT: described(
    wholeNumber(0, 65_535).optional(),
    'The public listener: webhooks, contents, and `/health`, which names no reason without a token. Without a port there is none',
    'a port',
    '8090',
  ),
  HTTP_HOST: described(
    unpadded.default('127.0.0.1'),
    'The address of the public listener',
    'the address to listen on',
    '0.0.0.0',
  ),
  HTTP_TRUSTED_PROXIES: described(
    list(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).optional(),
    'Reverse proxies, whose `X-Forwarded-For` names the client: 600 notifications a minute are taken for one connector from one client',
    'addresses or networks of reverse proxies, separated by commas',
    '10.0.0.0/8',
  ),
  CONTENT_LISTENER: described(
    z.enum(['public', 'internal']).default('public'),
    'The listener that serves contents',
    'public or internal',
    'internal',
  ),
  ADMIN_PORT: described(
    wholeNumber(0, 65_535).optional(),
    "The internal listener, without a login: `/livez`, `/readyz`, `/health`, and `/metrics` of the worker and of Temporal's SDK. Without a port there is none",
    'a port',
    '9464',
  ),
  ADMIN_HOST: described(
    unpadded.default('127.0.0.1'),
    'The address of the internal listener',
    'the address to listen on',
    '127.0.0.1',
  ),
  PIPESHUB_JWT_SECRET: described(
    sharedSecret.optional(),
    "Lets PipesHub's services ask for contents",
    "PipesHub's scopedJwtSecret, of 32 bytes or more",
    'the value in the configuration of the installation',
    SECRET,
  ),
  PIPESHUB_JWT_SECRET_PREVIOUS: described(
    list(sharedSecret).optional(),
    'Former ones, while it is replaced',
    'former values of PIPESHUB_JWT_SECRET, separated by commas',
    'the PIPESHUB_JWT_SECRET before the current one',
    SECRET,
  ),
  PIPESHUB_SESSION_JWT_SECRET: described(
    sharedSecret.optional(),
    "Only if the browsers of PipesHub's users ask the worker for contents",
    "PipesHub's jwtSecret, of 32 bytes or more",
    'the value in the configuration of the installation',
    SECRET,
  ),
  PIPESHUB_JWT_MAX_AGE_HOURS: numberOf(
    'hours',
    { least: 1, most: 720, fallback: 24 },
    'Tokens that are older, or valid for longer, are refused',
  ),
  PIPESHUB_JWT_AUDIENCE: text(
    "Required as `aud`, for an installation that sets it; PipesHub's own tokens have none",
    'the aud of tokens',
    'dropbox-teams',
  ),
  PIPESHUB_JWT_ISSUER: text(
    "Required as `iss`, for an installation that sets it; PipesHub's own tokens have none",
    'the iss of tokens',
    'pipeshub',
  ),
};

const observation = {
  LOG_LEVEL: described(
    z.enum(logLevels).default('info'),
    'The least level that is logged',
    'trace, debug, info, warn or error',
    'info',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: described(
    serverUrl.optional(),
    'Gets a trace of each sync, from the command to the calls of Dropbox and the commits',
    'the URL of an OpenTelemetry collector (OTLP over HTTP)',
    'http://127.0.0.1:4318',
  ),
};

/** The variables of the environment. */
export const schema = z.object({
  ...temporal,
  ...arangodb,
  ...credentials,
  ...dropbox,
  ...syncs,
  ...broker,
  ...listeners,
  ...observation,
});

export type Name = keyof typeof schema.shape;
export type Values = z.output<typeof schema>;

/** The settings by subject, in the order of docs/settings.md. */
export const groups: Readonly<Record<string, Partial<Record<Name, z.ZodType>>>> = {
  Temporal: temporal,
  ArangoDB: arangodb,
  'Stored credentials': credentials,
  Dropbox: dropbox,
  'Syncs and workers': syncs,
  'Record events': broker,
  'Listeners and contents': listeners,
  'Logs and traces': observation,
};
