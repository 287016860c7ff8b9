import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from '../log';
import type { Limits } from './limits';

/** One address that the process listens on. */
export interface Listener {
  url: string;
  /** Lets requests under way end for this long, in milliseconds, then cuts their connections. */
  close(withinMs: number): Promise<void>;
}

/** As long as the key of a document in ArangoDB may be, with each of its characters encoded. */
const LONGEST_PARAMETER = 3 * 254;

/** A server without routes. No answer of it holds an internal error. */
export function createApp(
  limits: Limits,
  { log, trustedProxies = [] }: { log: Logger; trustedProxies?: readonly string[] },
): FastifyInstance {
  const app: FastifyInstance = Fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.checkEveryMs },
    // PipesHub asks for content routes with and without the slash.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAMETER },
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    forceCloseConnections: 'idle',
  });
  app.server.maxConnections = limits.connections;
  // The signature is over the bytes as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    // Internal errors are for the log only.
    return reply.code(status).send({ error: status >= 500 ? 'internal error' : error.message });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  return app;
}

/** Rejects when the port is taken. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<Listener> {
  await app.listen({ host, port });
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: async (withinMs) => {
      // Once a server closes, Node no longer applies its time limits for requests.
      const late = setTimeout(() => app.server.closeAllConnections(), withinMs);
      await app.close().finally(() => clearTimeout(late));
    },
  };
}
