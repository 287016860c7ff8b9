import { z } from 'zod';
import { described, SECRET, text } from './described';
import { headerSecret, list, secretKey, serverUrl, unpadded } from './values';

/** Temporal's own library reads and checks most of these. */
export const temporal = {
  TEMPORAL_ADDRESS: text("Temporal's server", 'host and port without a scheme', '127.0.0.1:7233', {
    elsewhere: '127.0.0.1:7233',
  }),
  TEMPORAL_NAMESPACE: text('The namespace in Temporal', 'the name of a namespace', 'default', {
    elsewhere: 'default',
  }),
  // Temporal's library would send no key in place of one that no header can have.
  TEMPORAL_API_KEY: described(
    headerSecret.optional(),
    'The login at Temporal Cloud',
    'an API key',
    'the key from Temporal Cloud',
    SECRET,
  ),
  // The library takes any other text for false: no TLS, and an API key that everyone on the way can read.
  TEMPORAL_TLS: described(z.enum(['true', 'false', '1', '0']).optional(), 'TLS to Temporal', 'true or false', 'true', {
    elsewhere: 'true with an API key',
  }),
  TEMPORAL_TLS_SERVER_NAME: text('The name in the certificate of Temporal', 'a host', 'temporal.internal'),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: text(
    'The certificate authority of Temporal',
    'the path of a PEM file',
    '/run/secrets/temporal-ca.pem',
  ),
  TEMPORAL_TLS_CLIENT_CERT_PATH: text(
    'The certificate that is shown to Temporal',
    'the path of a PEM file',
    '/run/secrets/temporal-client.pem',
  ),
  TEMPORAL_TLS_CLIENT_KEY_PATH: text(
    'The key of that certificate',
    'the path of a PEM file',
    '/run/secrets/temporal-client.key',
  ),
  TEMPORAL_CONFIG_FILE: text(
    'A configuration file of Temporal in place of these variables',
    'the path of a TOML file',
    '/etc/temporal/temporal.toml',
  ),
  TEMPORAL_PROFILE: text('The profile in that file', 'the name of a profile', 'production', {
    elsewhere: 'default',
  }),
  TEMPORAL_PAYLOAD_KEY: described(
    secretKey.optional(),
    'Encrypts what workflows and activities send to Temporal ([Payload encryption](operations.md#payload-encryption)). Workers and commands need the same one',
    '32 bytes in base64',
    'the output of: openssl rand -base64 32',
    SECRET,
  ),
  TEMPORAL_PAYLOAD_KEY_PREVIOUS: described(
    list(secretKey).optional(),
    'Other keys that decrypt, such as former ones',
    'keys, 32 bytes in base64 each, separated by commas',
    'the TEMPORAL_PAYLOAD_KEY before the current one',
    SECRET,
  ),
  TEMPORAL_UI_ORIGIN: described(
    serverUrl.optional(),
    "Where Temporal's UI is served from, if browsers call the codec server of the internal listener",
    'an origin',
    'https://temporal.example.com',
  ),
  TEMPORAL_TASK_QUEUE: described(
    unpadded.default('dropbox-teams'),
    'The task queue of workers and clients',
    'the name of a task queue',
    'dropbox-teams',
  ),
  TEMPORAL_DEPLOYMENT_NAME: described(
    unpadded.default('dropbox-teams'),
    'The deployment for worker versioning ([Upgrade](operations.md#upgrade))',
    'the name of a worker deployment',
    'dropbox-teams',
  ),
  TEMPORAL_WORKER_BUILD_ID: text(
    'Switches worker versioning on',
    'an id of this version of the worker, not set without worker versioning',
    '1.0.0',
  ),
};
