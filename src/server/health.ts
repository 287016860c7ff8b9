import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { clientError, type DropboxTeamsClient } from '../client';
import type { TokenCheck } from './tokens';

/** What the worker of this process does, in the words of Temporal's SDK. */
export interface WorkerState {
  runState: string;
  workflowPollerState: string;
  activityPollerState: string;
}

/** `/livez`: this process answers. `/readyz`: its worker polls; 503 before that, and from the stop signal on. */
export function probeRoutes(app: FastifyInstance, worker: () => WorkerState | null): void {
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const state = worker();
    const isReady =
      state?.runState === 'RUNNING' &&
      state.workflowPollerState === 'POLLING' &&
      state.activityPollerState === 'POLLING';
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'unavailable', worker: state });
  });
}

/** The services that do not answer, each with the reason. */
type Problems = Record<string, string>;

/** Callers give up after five or ten seconds, and a service may leave a connection unanswered for longer. */
const ANSWERS_WITHIN_MS = 4_000;

async function silence(): Promise<never> {
  await delay(ANSWERS_WITHIN_MS, undefined, { ref: false });
  throw new Error(`no answer within ${ANSWERS_WITHIN_MS / 1000} seconds`);
}

/**
 * `/health/live`: this process answers. `/health`: Temporal and ArangoDB answer, too; 503 when one does not. Problems
 * name addresses, and warnings say what works otherwise than PipesHub's users expect: with a `check`, only requests with
 * a token receive them.
 */
export function healthRoutes(
  app: FastifyInstance,
  { client, hasBroker, check }: { client: DropboxTeamsClient; hasBroker: boolean; check: TokenCheck | null },
): void {
  const warnings = hasBroker
    ? []
    : ['no broker is set (BROKER): PipesHub indexes nothing, since record events wait in the outbox'];
  const look = async (): Promise<Problems> => {
    const problems: Problems = {};
    const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await Promise.race([work(), silence()]);
      } catch (error) {
        problems[name] = clientError(error).message;
      }
    };
    await Promise.all([
      attempt('arangodb', () => client.database.version()),
      attempt('temporal', () => client.pingTemporal()),
    ]);
    return problems;
  };
  // Concurrent requests share one check.
  let looking: Promise<Problems> | undefined;
  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health', async (request, reply) => {
    looking ??= look().finally(() => (looking = undefined));
    const problems = await looking;
    const ok = Object.keys(problems).length === 0;
    const details = check === null || isAccepted(check, request.headers.authorization);
    return reply.code(ok ? 200 : 503).send({
      status: ok ? 'ok' : 'unavailable',
      ...(details ? { warnings, ...(ok ? {} : { problems }) } : {}),
    });
  });
}

function isAccepted(check: TokenCheck, authorization: string | undefined): boolean {
  try {
    return check(authorization).scopes.length > 0;
  } catch {
    return false;
  }
}
