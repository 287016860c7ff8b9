import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { DropboxTeamsClient } from '../client';
import { clientError } from '../client';
import type { Logger } from '../log';
import type { WebhookQueue } from './webhookQueue';

interface WebhookDependencies {
  client: DropboxTeamsClient;
  queue: WebhookQueue;
  log: Logger;
}

/** The challenge is some 40 characters long. */
const LONGEST_CHALLENGE = 1000;

/** Whether the body was signed with the app's secret: lower-case hex of an HMAC-SHA256 over the bytes as they came. */
export function isSigned(body: Buffer, signature: unknown, appSecret: string): boolean {
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/.test(signature)) return false;
  return timingSafeEqual(Buffer.from(signature, 'hex'), createHmac('sha256', appSecret).update(body).digest());
}

/**
 * `/webhook/<connectorId>`: the address to register in the App Console. Dropbox waits ten seconds for an answer, so the
 * sync is asked for afterwards.
 */
export function webhookRoutes(app: FastifyInstance, { client, queue, log }: WebhookDependencies): void {
  app.get<{ Querystring: { challenge?: string } }>('/webhook/:connectorId', async (request, reply) => {
    const { challenge } = request.query;
    if (typeof challenge !== 'string' || challenge.length > LONGEST_CHALLENGE) {
      return reply.code(400).send({ error: 'challenge is missing' });
    }
    // Dropbox asks for these two headers, so that no browser takes the echo for a page.
    return reply.type('text/plain').header('X-Content-Type-Options', 'nosniff').send(challenge);
  });

  app.post<{ Params: { connectorId: string } }>('/webhook/:connectorId', async (request, reply) => {
    const { connectorId } = request.params;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    let members: string[];
    try {
      const secret = await client.webhookSecret(connectorId);
      if (!isSigned(body, request.headers['x-dropbox-signature'], secret)) {
        log.warn({ connectorId }, 'webhook with a wrong signature');
        return await reply.code(403).send({ error: 'the signature is wrong' });
      }
      members = await client.notifiedMembers(connectorId, parsed(body));
    } catch (error) {
      const { code } = clientError(error);
      // To a stranger an unknown connector looks like a wrong signature.
      if (code === 'ConnectorUnknown') return reply.code(403).send({ error: 'the signature is wrong' });
      if (code === 'InvalidArgument') return reply.code(400).send({ error: 'this is no notification' });
      throw error;
    }
    queue.add(connectorId, members);
    return reply.code(200).send();
  });
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Read as "no notification" by the one who checks its shape.
    return undefined;
  }
}
