import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { DropboxCredentials } from './dropbox';
import { failure } from './failures';
import { openSecrets, sealSecrets, type SecretOwner } from './secrets';
import type { ConnectorDocument } from './sync/connectorDocument';

/** The first key seals credentials; each of them opens credentials that it sealed. */
export type SecretKeys = readonly [KeyObject, ...KeyObject[]];

/** The reason of CredentialsRefused when there was no consent yet. */
export const NOT_AUTHORIZED = 'not_authorized';

const secretsSchema = z.object({ appSecret: z.string(), refreshToken: z.string() });

/** What credentials belong to: sealed for one connector, they open for no other one. */
export const secretOwner = ({ _key, orgId, appKey }: Owned): SecretOwner => [_key, orgId, appKey];
type Owned = Pick<ConnectorDocument, '_key' | 'orgId' | 'appKey'>;

/** Encrypts the credentials for storage. The refresh token is empty until an admin has authorized the app. */
export const sealCredentials = (connector: Owned, secrets: z.infer<typeof secretsSchema>, key: KeyObject): string =>
  sealSecrets(secrets, secretOwner(connector), key);

/** @throws SecretKeyWrong */
export function storedSecrets(connector: ConnectorDocument, keys: readonly KeyObject[]): z.infer<typeof secretsSchema> {
  return secretsSchema.parse(openSecrets(connector.credentials, secretOwner(connector), keys));
}

/** @throws SecretKeyWrong, CredentialsRefused if no admin has authorized the app yet */
export function openCredentials(connector: ConnectorDocument, keys: readonly KeyObject[]): DropboxCredentials {
  const { appSecret, refreshToken } = storedSecrets(connector, keys);
  if (refreshToken === '') {
    throw failure(
      'CredentialsRefused',
      `the Dropbox app of this connector is not authorized yet; run: dropbox-teams authorize ${connector._key}`,
      { details: { reason: NOT_AUTHORIZED } },
    );
  }
  return { appKey: connector.appKey, appSecret, refreshToken };
}
