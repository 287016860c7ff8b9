import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientError, DropboxTeamsError, type DropboxTeamsClient } from '../client';
import { INDEXING_SCOPE, requireRecord, requireScope, statusOf } from './rights';
import { Unauthorized, type TokenCheck } from './tokens';

/** What PipesHub's connector class asks for besides contents, and besides syncs, which go through Temporal. */
export function connectorRoutes(
  app: FastifyInstance,
  { client, check }: { client: DropboxTeamsClient; check: TokenCheck },
): void {
  const answer = async (
    { headers }: Pick<FastifyRequest, 'headers'>,
    reply: FastifyReply,
    work: (orgId: string) => Promise<unknown>,
  ): Promise<FastifyReply> => {
    try {
      const claims = check(headers.authorization);
      requireScope(claims, INDEXING_SCOPE);
      return reply.send(await work(claims.orgId));
    } catch (error) {
      if (error instanceof Unauthorized) return reply.code(error.statusCode).send({ error: error.message });
      const { code, message } = clientError(error);
      // What is wrong inside of the installation may name addresses. What Dropbox refuses is for the user.
      const isInside = /^(Graph|Temporal|Unexpected)/.test(code);
      return reply
        .code(statusOf[code] ?? 500)
        .send({ error: isInside ? 'the connector is not available' : message, code });
    }
  };

  app.get<{ Params: { key: string } }>('/api/v1/internal/record/:key/signedUrl', (request, reply) =>
    answer(request, reply, async (orgId) => {
      const { key } = request.params;
      await requireRecord(client, key, orgId);
      return { signedUrl: await client.getSignedUrl(key) };
    }),
  );

  app.get<{ Params: { connectorId: string } }>('/api/v1/internal/connector/:connectorId/test', (request, reply) =>
    answer(request, reply, async (orgId) => {
      const { connectorId } = request.params;
      await requireConnector(client, connectorId, orgId);
      return client.testConnectionAndAccess(connectorId);
    }),
  );
}

/** A connector of another organization is answered like one that does not exist. */
async function requireConnector(client: DropboxTeamsClient, connectorId: string, orgId: string): Promise<void> {
  const connectors = await client.connectors();
  if (connectors.some((connector) => connector.connectorId === connectorId && connector.orgId === orgId)) return;
  throw new DropboxTeamsError('ConnectorUnknown', `there is no connector ${connectorId}`);
}
