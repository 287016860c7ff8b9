import { DropboxTeamsError, type DropboxTeamsClient, type DropboxTeamsErrorCode } from '../client';
import { Unauthorized, type Claims } from './tokens';

/** Scope of the indexing service, which reads every record. */
export const INDEXING_SCOPE = 'connector:signedUrl';

/** HTTP status by error code; any other code is 500. */
export const statusOf: Partial<Record<DropboxTeamsErrorCode, number>> = {
  RecordUnknown: 404,
  ConnectorUnknown: 404,
  InvalidArgument: 400,
  AccessDenied: 403,
  NamespaceUnreachable: 404,
  DropboxRateLimited: 503,
  DropboxUnavailable: 503,
  GraphUnavailable: 503,
  CredentialsRefused: 502,
};

/** @throws Unauthorized if the token has none of these scopes */
export function requireScope({ scopes }: Claims, ...sufficient: string[]): void {
  if (sufficient.some((scope) => scopes.includes(scope))) return;
  throw new Unauthorized(403, `the token lacks the scope ${sufficient.join(' or ')}`);
}

/** A record of another organization is answered like one that does not exist. */
export async function requireRecord(client: DropboxTeamsClient, key: string, orgId: string): Promise<void> {
  if ((await client.organizationOf(key)) === orgId) return;
  throw new DropboxTeamsError('RecordUnknown', `there is no record ${key}`);
}
