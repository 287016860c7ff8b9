import { createHmac, timingSafeEqual } from 'node:crypto';
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientError, type DropboxTeamsClient, type DropboxTeamsErrorCode } from '../client';
import type { Logger } from '../log';
import { onceAMinute } from '../onceAMinute';

interface WebhookDependencies {
  client: DropboxTeamsClient;
  log: Logger;
  /** Notifications a minute that are taken for one connector from one address. */
  perMinute: number;
}

type ConnectorRoute = { Params: { connectorId: string } };

/** The challenge is some 40 characters long. */
const LONGEST_CHALLENGE = 1000;

/**
 * Failures that nothing can be done about: a defect, which the log has to show whole. All others pass, or end when an
 * operator acts, such as the wrong key while keys are replaced. They are answered with 503, so that Dropbox sends the
 * notification again: "Each request that results in a non-200 response code or times out will be re-attempted over the
 * course of about ten minutes."
 */
const defects: readonly DropboxTeamsErrorCode[] = ['Unexpected', 'GraphUnexpected'];

/** Whether the body was signed with the app's secret: lower-case hex of an HMAC-SHA256 over the bytes as they came. */
function isSigned(body: Buffer, signature: unknown, appSecret: string): boolean {
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/.test(signature)) return false;
  return timingSafeEqual(Buffer.from(signature, 'hex'), createHmac('sha256', appSecret).update(body).digest());
}

/**
 * `/webhook/<connectorId>`: the address to register in the App Console. Dropbox waits ten seconds for an answer; by
 * then Temporal has the notification, and a workflow requests the sync.
 */
export function webhookRoutes(app: FastifyInstance, { client, log, perMinute }: WebhookDependencies): void {
  const logForged = onceAMinute<undefined>((count) =>
    log.warn({ count }, 'webhooks with a wrong signature or connector'),
  );
  const refuse = (reply: FastifyReply): FastifyReply => {
    logForged(undefined);
    // To a stranger an unknown connector looks like a wrong signature.
    return reply.code(403).send({ error: 'the signature is wrong' });
  };
  // Applied before the body is read and before the connector is looked up.
  const rateLimit = {
    max: perMinute,
    keyGenerator: ({ ip, params }: FastifyRequest) =>
      `${normalizeIP(ip)} ${(params as ConnectorRoute['Params']).connectorId}`,
  };

  app.get<{ Querystring: { challenge?: string } }>('/webhook/:connectorId', async (request, reply) => {
    const { challenge } = request.query;
    if (typeof challenge !== 'string' || challenge.length > LONGEST_CHALLENGE) {
      return reply.code(400).send({ error: 'challenge is missing' });
    }
    // Dropbox asks for these two headers, so that no browser takes the echo for a page.
    return reply.type('text/plain').header('X-Content-Type-Options', 'nosniff').send(challenge);
  });

  app.post<ConnectorRoute>('/webhook/:connectorId', { config: { rateLimit } }, async (request, reply) => {
    const { connectorId } = request.params;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      const secret = await secretOf(client, connectorId);
      if (secret === null || !isSigned(body, request.headers['x-dropbox-signature'], secret)) return refuse(reply);
      await client.queueNotification(connectorId, await client.notifiedMembers(connectorId, parsed(body)));
      return await reply.code(200).send();
    } catch (error) {
      const { code, message } = clientError(error);
      if (code === 'ConnectorUnknown') return refuse(reply);
      if (code === 'InvalidArgument') return reply.code(400).send({ error: 'this is not a notification' });
      // The sync that follows the pause finds what has changed.
      if (code === 'ConnectorPaused') return reply.code(200).send();
      if (defects.includes(code)) throw error;
      log.error(
        { connector: connectorId, code, reason: message },
        'webhook could not be taken; Dropbox sends it again',
      );
      return reply.code(503).send({ error: 'not available' });
    }
  });
}

/** null if the id can't be that of a connector. */
async function secretOf(client: DropboxTeamsClient, connectorId: string): Promise<string | null> {
  try {
    return await client.webhookSecret(connectorId);
  } catch (error) {
    if (clientError(error).code === 'InvalidArgument') return null;
    throw error;
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The client refuses it as not a notification.
    return undefined;
  }
}
