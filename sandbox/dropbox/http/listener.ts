/** Routes each request to the part that answers it: API, OAuth, temporary links or control pages. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { BadArgument, DropboxProblem } from '../model';
import { serveControl } from './control';
import { dispatch } from './dispatch';
import { BadRequest, endpointError, rateLimited, Refusal, textRefusal } from './errors';
import { isLie, type FaultKind, type FaultRule } from './faults';
import { consentAnswer, consentPage, type ConsentAnswer } from './oauth/authorize';
import { exchangeToken } from './oauth/token';
import { contentReply } from './range';
import { jsonReply, send, type Reply } from './reply';
import { readText } from './requestBody';
import type { Simulator } from './simulator';
import { TEMPORARY_LINK_PREFIX } from './temporaryLinks';
import { newRequestId } from './wire';

interface RequestContext {
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
    // The official SDK for Go uses the former paths of the OAuth pages, which Dropbox still serves.
    url.pathname = url.pathname.replace(/^\/1(?=\/oauth2\/)/, '');
    const closed = new AbortController();
    // This event also occurs when the simulator stops, because it destroys its connections.
    response.once('close', () => closed.abort());
    response.setHeader('X-Dropbox-Request-Id', newRequestId());
    serve({ simulator, request, response, url, closed: closed.signal }).catch((error: unknown) =>
      fail(response, closed.signal, error),
    );
  };
}

/** Reports a bug of the simulator. An error after the client disconnected or the simulator stopped is expected. */
function fail(response: ServerResponse, closed: AbortSignal, error: unknown): void {
  if (closed.aborted) return void response.destroy();
  console.error('the simulator failed:', error);
  if (response.headersSent) response.destroy();
  else response.writeHead(500, { 'Content-Type': 'text/plain' }).end('Internal Server Error');
}

async function serve(context: RequestContext): Promise<void> {
  const { simulator, request, response, url, closed } = context;
  try {
    if (url.pathname.startsWith('/sandbox/')) {
      const name = `${request.method ?? ''} ${url.pathname}`;
      return await serveControl(simulator, name, await readText(request), response);
    }
    const route = routeName(url.pathname);
    if (route === undefined) throw textRefusal(404, 'Not found');
    simulator.stats.add(route);
    if (simulator.latencyMs > 0) await delay(simulator.latencyMs, undefined, { signal: closed });
    const fault = simulator.faults.nextFault(route);
    if (fault && interrupt(fault, response)) return;
    if (fault) throwFault(fault, route, simulator);
    const lie = fault && isLie(fault) ? fault : undefined;
    const answer = lie ? await falsified(context, route, lie) : await reply(context, route, fault);
    await send(response, answer, fault?.kind['.tag'] === 'truncate');
  } catch (error) {
    const refusal = asRefusal(error);
    if (!refusal) throw error;
    await send(response, refusal);
  }
}

/** A lie that changes nothing in the answer is left for a later one. */
async function falsified(context: RequestContext, route: string, lie: FaultRule): Promise<Reply> {
  const { faults, lies } = context.simulator;
  try {
    const honest = await reply(context, route, lie);
    const body = typeof honest.body === 'string' ? lies.falsify(lie, honest.body) : undefined;
    if (body !== undefined) return { ...honest, body };
    faults.takeBack(lie);
    return honest;
  } catch (error) {
    // A page of an endless list is thrown as well: it is answered instead of the call.
    if (!(error instanceof Refusal && error.status === 200)) faults.takeBack(lie);
    throw error;
  }
}

function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  // Control pages call the model as well, and have no route name to put in front of the reason.
  const isRefused = error instanceof DropboxProblem || error instanceof BadArgument || error instanceof BadRequest;
  return isRefused ? textRefusal(400, error.message) : undefined;
}

/** The name under which a call is counted and matched by fault rules; undefined for a path that is not Dropbox's. */
function routeName(path: string): string | undefined {
  if (path.startsWith('/2/')) return path.slice(3);
  if (path.startsWith(TEMPORARY_LINK_PREFIX)) return 'temporary_link';
  return path.startsWith('/oauth2/') ? path.slice(1) : undefined;
}

/** Applies a fault of the connection. @returns whether the request gets no answer */
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
      // Observed on Dropbox: the token endpoint refuses with an empty plain-text body.
      if (route === 'oauth2/token') throw textRefusal(429, '', headers);
      throw rateLimited('too_many_requests', fault.retry_after ?? 1, simulator.limits.nextForm());
    case '429-bare':
      throw rateLimited('too_many_requests', undefined, simulator.limits.nextForm());
    case '500':
      throw textRefusal(500, 'Internal Server Error');
    case '503':
      throw textRefusal(503, 'Service Unavailable', headers);
    case 'error':
      throw endpointError(documentedError((fault.field ?? 'other').split('.')));
    default:
    // Faults of the connection and lies let the call be carried out.
  }
}

/** The error with these tags, from the outermost to the innermost. */
function documentedError([tag = 'other', ...inner]: readonly string[]): { '.tag': string } {
  return { '.tag': tag, ...(inner.length === 0 ? {} : { [tag]: documentedError(inner) }) };
}

async function reply(context: RequestContext, route: string, fault: FaultRule | undefined): Promise<Reply> {
  const { simulator, request, url, closed } = context;
  if (url.pathname.startsWith('/2/')) {
    const { headers } = request;
    return dispatch(simulator, route, {
      headers,
      query: url.searchParams,
      message: request,
      closed,
      fault,
      baseUrl: url.origin,
    });
  }
  if (url.pathname.startsWith(TEMPORARY_LINK_PREFIX)) return temporaryLink(context);
  if (url.pathname === '/oauth2/token' && request.method === 'POST') return token(context);
  if (url.pathname === '/oauth2/authorize') return authorize(context);
  throw textRefusal(404, 'Not found');
}

async function token({ simulator, request, url }: RequestContext): Promise<Reply> {
  const parameters = new URLSearchParams(url.search);
  for (const [name, value] of new URLSearchParams(await readText(request))) parameters.append(name, value);
  const { authorization } = request.headers;
  return jsonReply(exchangeToken(simulator.grants, { parameters, authorization }, (link) => simulator.identify(link)));
}

async function authorize({ simulator, request, url }: RequestContext): Promise<Reply> {
  const approvers = simulator.approvers();
  const answer: ConsentAnswer =
    request.method === 'POST'
      ? consentAnswer(simulator.grants, url.searchParams, new URLSearchParams(await readText(request)), approvers)
      : consentPage(simulator.grants, url.searchParams, approvers);
  if ('location' in answer) return { status: 302, headers: { Location: answer.location }, body: '' };
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: answer.page };
}

function temporaryLink({ simulator, request, url }: RequestContext): Reply {
  const [name = ''] = url.pathname.slice(TEMPORARY_LINK_PREFIX.length).split('/');
  const found = simulator.temporaryLinks.find(name);
  if (found === undefined) throw textRefusal(404, 'Not found');
  if (found === 'expired') throw textRefusal(410, 'This link has expired');
  const conditions = { range: request.headers.range, ifNoneMatch: request.headers['if-none-match'] };
  return contentReply(found, name, conditions, {});
}
