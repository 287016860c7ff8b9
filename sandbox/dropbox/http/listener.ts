/** From a request on the one port to the part that answers it: API, OAuth, temporary links, control pages. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { BadArgument, DropboxProblem } from '../model';
import { serveControl } from './control';
import { dispatch } from './dispatch';
import { BadRequest, rateLimited, Refusal, textRefusal } from './errors';
import type { FaultKind, FaultRule } from './faults';
import { consentAnswer, consentPage, type ConsentAnswer } from './oauth/authorize';
import { exchangeToken } from './oauth/token';
import { contentReply } from './range';
import { jsonReply, send, type Reply } from './reply';
import { readText } from './requestBody';
import type { Simulator } from './simulator';
import { TEMPORARY_LINK_PREFIX } from './temporaryLinks';
import { newRequestId } from './wire';

interface Exchange {
  simulator: Simulator;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  closed: AbortSignal;
}

export function listener(simulator: Simulator): RequestListener {
  return (request, response) => {
    const [address, host] = [request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`];
    if (!URL.canParse(address, host)) return void response.writeHead(400).end();
    const url = new URL(address, host);
    const gone = new AbortController();
    // Also when the simulator stops: it destroys its connections.
    response.once('close', () => gone.abort());
    response.setHeader('X-Dropbox-Request-Id', newRequestId());
    serve({ simulator, request, response, url, closed: gone.signal }).catch((error: unknown) =>
      fail(response, gone.signal, error),
    );
  };
}

/** A bug of the simulator, unless the client went away or the simulator stops in the middle of an answer. */
function fail(response: ServerResponse, closed: AbortSignal, error: unknown): void {
  if (closed.aborted) return void response.destroy();
  console.error('the simulator failed:', error);
  if (response.headersSent) response.destroy();
  else response.writeHead(500, { 'Content-Type': 'text/plain' }).end('Internal Server Error');
}

async function serve(exchange: Exchange): Promise<void> {
  const { simulator, request, response, url, closed } = exchange;
  try {
    if (url.pathname.startsWith('/sandbox/')) {
      const name = `${request.method ?? ''} ${url.pathname}`;
      return await serveControl(simulator, name, await readText(request), response);
    }
    const route = routeName(url.pathname);
    if (route === undefined) throw textRefusal(404, 'Not found');
    simulator.stats.add(route);
    if (simulator.latencyMs > 0) await delay(simulator.latencyMs, undefined, { signal: closed });
    const fault = simulator.faults.strike(route);
    if (fault && interrupt(fault, response)) return;
    if (fault) throwFault(fault, route, simulator);
    await send(response, await reply(exchange, route), fault?.kind['.tag'] === 'truncate');
  } catch (error) {
    const refusal = asRefusal(error);
    if (!refusal) throw error;
    await send(response, refusal);
  }
}

function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  // Control pages call the model as handlers do; outside of the API there is no route to name in front of the reason.
  const isRefused = error instanceof DropboxProblem || error instanceof BadArgument || error instanceof BadRequest;
  return isRefused ? textRefusal(400, error.message) : undefined;
}

/** Name by which a call is counted and faults find it; undefined for what is no part of Dropbox (a browser's icon). */
function routeName(path: string): string | undefined {
  if (path.startsWith('/2/')) return path.slice(3);
  if (path.startsWith(TEMPORARY_LINK_PREFIX)) return 'temporary_link';
  return path.startsWith('/oauth2/') ? path.slice(1) : undefined;
}

/** Faults of the connection. @returns whether the request gets no answer */
function interrupt(fault: FaultRule, response: ServerResponse): boolean {
  const kind: FaultKind = fault.kind['.tag'];
  if (kind === 'reset') response.socket?.resetAndDestroy();
  return kind === 'reset' || kind === 'timeout';
}

function throwFault(fault: FaultRule, route: string, simulator: Simulator): void {
  const headers: Record<string, string> =
    fault.retry_after === undefined ? {} : { 'Retry-After': String(fault.retry_after) };
  switch (fault.kind['.tag']) {
    case '429':
      // The token endpoint was seen to refuse with an empty plain body.
      if (route === 'oauth2/token') throw textRefusal(429, '', headers);
      throw rateLimited('too_many_requests', fault.retry_after ?? 1, simulator.limits.nextForm());
    case '500':
      throw textRefusal(500, 'Internal Server Error');
    case '503':
      throw textRefusal(503, 'Service Unavailable', headers);
    case 'reset':
    case 'timeout':
    case 'truncate':
  }
}

async function reply(exchange: Exchange, route: string): Promise<Reply> {
  const { simulator, request, url, closed } = exchange;
  if (url.pathname.startsWith('/2/')) {
    const { headers } = request;
    return dispatch(simulator, route, {
      headers,
      query: url.searchParams,
      message: request,
      closed,
      baseUrl: url.origin,
    });
  }
  if (url.pathname.startsWith(TEMPORARY_LINK_PREFIX)) return temporaryLink(exchange);
  if (url.pathname === '/oauth2/token' && request.method === 'POST') return token(exchange);
  if (url.pathname === '/oauth2/authorize') return authorize(exchange);
  throw textRefusal(404, 'Not found');
}

async function token({ simulator, request, url }: Exchange): Promise<Reply> {
  const parameters = new URLSearchParams(url.search);
  for (const [name, value] of new URLSearchParams(await readText(request))) parameters.append(name, value);
  const { authorization } = request.headers;
  return jsonReply(exchangeToken(simulator.grants, { parameters, authorization }, (link) => simulator.identify(link)));
}

async function authorize({ simulator, request, url }: Exchange): Promise<Reply> {
  const people = simulator.people();
  const answer: ConsentAnswer =
    request.method === 'POST'
      ? consentAnswer(simulator.grants, url.searchParams, new URLSearchParams(await readText(request)), people)
      : consentPage(simulator.grants, url.searchParams, people);
  if ('location' in answer) return { status: 302, headers: { Location: answer.location }, body: '' };
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: answer.page };
}

function temporaryLink({ simulator, request, url }: Exchange): Reply {
  const [name = ''] = url.pathname.slice(TEMPORARY_LINK_PREFIX.length).split('/');
  const found = simulator.temporaryLinks.find(name);
  if (found === undefined) throw textRefusal(404, 'Not found');
  if (found === 'expired') throw textRefusal(410, 'This link has expired');
  const conditions = { range: request.headers.range, ifNoneMatch: request.headers['if-none-match'] };
  return contentReply(found, name, conditions, {});
}
