import type { FastifyInstance } from 'fastify';
import { clientError, type DropboxTeamsClient } from '../client';

/** `/health/live`: this process answers. `/health`: Temporal and ArangoDB answer, too; 503 when one does not. */
export function healthRoutes(app: FastifyInstance, client: DropboxTeamsClient): void {
  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health', async (_request, reply) => {
    const problems: Record<string, string> = {};
    const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        problems[name] = clientError(error).message;
      }
    };
    await Promise.all([
      attempt('arangodb', () => client.database.version()),
      attempt('temporal', () => client.pingTemporal()),
    ]);
    const ok = Object.keys(problems).length === 0;
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'unavailable', ...(ok ? {} : { problems }) });
  });
}
