import type { FastifyInstance } from 'fastify';
import { clientError, type DropboxTeamsClient } from '../client';

/**
 * `/health/live`: this process answers. `/health`: Temporal and ArangoDB answer, too; 503 when one does not. Warnings
 * say what works otherwise than PipesHub's users expect.
 */
export function healthRoutes(
  app: FastifyInstance,
  { client, hasBroker }: { client: DropboxTeamsClient; hasBroker: boolean },
): void {
  const warnings = hasBroker
    ? []
    : ['no broker is set (BROKER): PipesHub indexes nothing, since record events wait in the outbox'];
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
    return reply
      .code(ok ? 200 : 503)
      .send({ status: ok ? 'ok' : 'unavailable', warnings, ...(ok ? {} : { problems }) });
  });
}
