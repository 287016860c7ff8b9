import type { FastifyInstance } from 'fastify';
import type { DropboxTeamsClient } from '../client';
import { clientError } from '../client';

/** `/health/live`: this process answers. `/health`: what it needs answers as well; 503 when something does not. */
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
