import type { FastifyInstance } from 'fastify';
import { clientError, type DropboxTeamsClient } from '../client';
import { INDEXING_SCOPE, requireRecord, statusOf } from './contentRights';
import { Unauthorized, type TokenCheck } from './tokens';

/** What PipesHub's connector class asks for besides contents, and besides syncs, which go through Temporal. */
export function connectorRoutes(
  app: FastifyInstance,
  { client, check }: { client: DropboxTeamsClient; check: TokenCheck },
): void {
  const answer = async (
    authorization: string | undefined,
    work: (orgId: string) => Promise<unknown>,
  ): Promise<{ status: number; body: unknown }> => {
    try {
      const { orgId, scopes } = check(authorization);
      if (!scopes.includes(INDEXING_SCOPE)) throw new Unauthorized(403, `the token lacks the scope ${INDEXING_SCOPE}`);
      return { status: 200, body: await work(orgId) };
    } catch (error) {
      if (error instanceof Unauthorized) return { status: error.statusCode, body: { error: error.message } };
      const { code, message } = clientError(error);
      return { status: statusOf[code] ?? 500, body: { error: message, code } };
    }
  };

  app.get<{ Params: { key: string } }>('/api/v1/internal/record/:key/signedUrl', async (request, reply) => {
    const { key } = request.params;
    const { status, body } = await answer(request.headers.authorization, async (orgId) => {
      await requireRecord(client, key, orgId);
      return { signedUrl: await client.getSignedUrl(key) };
    });
    return reply.code(status).send(body);
  });

  app.get<{ Params: { connectorId: string } }>(
    '/api/v1/internal/connector/:connectorId/test',
    async (request, reply) => {
      const { connectorId } = request.params;
      const { status, body } = await answer(request.headers.authorization, async (orgId) => {
        await requireConnector(client, connectorId, orgId);
        return client.testConnectionAndAccess(connectorId);
      });
      return reply.code(status).send(body);
    },
  );
}

async function requireConnector(client: DropboxTeamsClient, connectorId: string, orgId: string): Promise<void> {
  const connector = await client.connector(connectorId);
  if (connector.orgId !== orgId) throw new Unauthorized(403, 'this connector belongs to another organization');
}
