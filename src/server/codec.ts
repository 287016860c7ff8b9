import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { clientError } from '../client';
import { payloadJson, payloadSchema, type EncryptionCodec } from '../payloads/codec';
import { requireScope } from './rights';
import { Unauthorized, type TokenCheck } from './tokens';

/** Scope of those who may read the payloads of workflows. */
const CODEC_SCOPE = 'temporal:codec';

const bodySchema = z.object({ payloads: z.array(payloadSchema) });

/**
 * A codec server for Temporal's UI and command line: `/encode` and `/decode`. A browser may call it from the origin of the
 * UI only.
 */
export function codecRoutes(
  app: FastifyInstance,
  { codec, check, origin }: { codec: EncryptionCodec; check: TokenCheck; origin: string | undefined },
): void {
  const allow = (reply: FastifyReply): FastifyReply =>
    origin === undefined
      ? reply
      : reply
          .header('access-control-allow-origin', origin)
          .header('access-control-allow-headers', 'authorization, content-type, x-namespace')
          .header('access-control-allow-methods', 'POST')
          .header('access-control-allow-credentials', 'true')
          .header('vary', 'origin');
  for (const direction of ['encode', 'decode'] as const) {
    app.options(`/${direction}`, (_request, reply) => allow(reply).code(204).send());
    app.post(`/${direction}`, async (request: FastifyRequest<{ Body: Buffer | null }>, reply) => {
      allow(reply);
      try {
        requireScope(check(request.headers.authorization), CODEC_SCOPE);
      } catch (error) {
        if (!(error instanceof Unauthorized)) throw error;
        return reply.code(error.statusCode).send({ error: error.message });
      }
      const given = bodySchema.safeParse(parsed(request.body));
      if (!given.success) return reply.code(400).send({ error: 'the body is no list of payloads' });
      try {
        const payloads = await codec[direction](given.data.payloads);
        return await reply.send({ payloads: payloads.map(payloadJson) });
      } catch (error) {
        return reply.code(400).send({ error: clientError(error).message });
      }
    });
  }
}

function parsed(body: Buffer | null): unknown {
  try {
    return JSON.parse((body ?? '').toString('utf8'));
  } catch {
    return undefined;
  }
}
