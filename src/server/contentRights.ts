import type { DropboxTeamsClient } from '../client';
import { DropboxTeamsError, type DropboxTeamsErrorCode } from '../DropboxTeamsError';

/** Of the indexing service, which reads for everybody. */
export const INDEXING_SCOPE = 'connector:signedUrl';
/** What a caller is told; everything else is 500. */
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

/** A record of another organization looks like one that is not there. */
export async function requireRecord(client: DropboxTeamsClient, key: string, orgId: string): Promise<void> {
  if ((await client.organizationOf(key)) === orgId) return;
  throw new DropboxTeamsError('RecordUnknown', `There is no record ${key}`);
}
