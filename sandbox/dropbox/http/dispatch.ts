/** Processes one API call: authentication, rate limit, scope, argument, handler, answer. */
import type { IncomingMessage } from 'node:http';
import { BadArgument, DropboxProblem, PathRootProblem } from '../model';
import { actingMember, findToken, requireApp, requireScope, teamAdmin, type RequestHead } from './authenticate';
import { BadRequest, endpointError, pathRootError, rateLimited, Refusal, textRefusal, unknownRoute } from './errors';
import type { FaultRule } from './faults';
import { contentReply } from './range';
import { jsonReply, type Reply } from './reply';
import {
  checkContentType,
  checkDownloadType,
  MAX_UPLOAD_BYTES,
  notJson,
  readArgument,
  readBody,
  readText,
} from './requestBody';
import type { Download, Route, TeamCall, UserCall } from './route';
import { routes } from './routes';
import type { Simulator } from './simulator';
import { headerSafeJson } from './wire';

export interface ApiRequest extends RequestHead {
  message: IncomingMessage;
  /** Aborted when the client disconnects or the simulator stops. */
  closed: AbortSignal;
  /** The fault rule that applies to the call. */
  fault: FaultRule | undefined;
  /** Base URL at which the client reached the simulator. */
  baseUrl: string;
}

/** Answers an API call. Throws a Refusal for every answer with an error status. */
export async function dispatch(simulator: Simulator, name: string, request: ApiRequest): Promise<Reply> {
  const route = routes.get(name);
  if (!route) throw unknownRoute(name);
  try {
    checkMethod(route, request);
    return await answer(simulator, route, request);
  } catch (error) {
    throw asRefusal(route, error);
  }
}

function checkMethod(route: Route, request: ApiRequest): void {
  const method = request.message.method ?? '';
  if (method === 'POST' || (method === 'GET' && route.style === 'download')) return;
  throw new BadRequest(`Unexpected HTTP method "${method}".  Expecting "POST".`);
}

async function answer(simulator: Simulator, route: Route, request: ApiRequest): Promise<Reply> {
  switch (route.auth) {
    case 'none':
    case 'app':
      return answerAnonymous(simulator, route, request);
    case 'team':
      return answerTeam(simulator, route, request);
    case 'user':
      return answerUser(simulator, route, request);
  }
}

async function answerAnonymous(
  simulator: Simulator,
  route: Route & { auth: 'none' | 'app' },
  request: ApiRequest,
): Promise<Reply> {
  if (route.auth === 'app') requireApp(simulator, request);
  const argument = await rpcArgument(simulator, route, request);
  const call = { simulator, company: simulator.company, reader: route.auth, closed: request.closed };
  return jsonReply(await route.run(call, argument));
}

async function answerTeam(simulator: Simulator, route: Route & { auth: 'team' }, request: ApiRequest): Promise<Reply> {
  const token = findToken(simulator, request);
  const admin = teamAdmin(simulator, token, request);
  charge(simulator, 'team', simulator.teamId);
  requireScope(simulator, token, route.scope);
  const argument = await rpcArgument(simulator, route, request);
  const call: TeamCall = { simulator, company: simulator.company, reader: simulator.teamId, admin };
  return jsonReply(await route.run(call, argument));
}

async function answerUser(simulator: Simulator, route: Route & { auth: 'user' }, request: ApiRequest): Promise<Reply> {
  const token = findToken(simulator, request);
  const actor = actingMember(simulator, token, route, request);
  charge(simulator, 'member', actor.account.accountId);
  requireScope(simulator, token, route.scope);
  const reader = [actor.account.accountId, actor.admin === undefined ? 'self' : 'admin', actor.root.id].join(' ');
  const call: UserCall = { simulator, company: simulator.company, reader, actor, token, baseUrl: request.baseUrl };
  switch (route.style) {
    case 'rpc':
      return jsonReply(await route.run(call, await rpcArgument(simulator, route, request)));
    case 'upload': {
      const argument = headerArgument(route, request);
      const body = await readBody(request.message, MAX_UPLOAD_BYTES);
      checkContentType('upload', request.headers['content-type'], body.length);
      return jsonReply(await route.run({ ...call, body }, argument));
    }
    case 'download':
      checkDownloadType(request.headers['content-type']);
      return downloadReply(await route.run(call, headerArgument(route, request)), request);
  }
}

/** Charges a call to its rate limit, even when the call is refused. */
function charge(simulator: Simulator, kind: 'member' | 'team', account: string): void {
  const waitSeconds = simulator.limits.charge(kind, account);
  if (waitSeconds !== undefined) throw rateLimited('too_many_requests', waitSeconds, simulator.limits.nextForm());
}

const HEADER = 'HTTP header "Dropbox-API-Arg"';
/** The location of the argument, as error messages name it. */
const ARGUMENT_PLACE = { rpc: 'request body', upload: HEADER, download: HEADER } as const;

async function rpcArgument(simulator: Simulator, route: Route, request: ApiRequest): Promise<unknown> {
  const text = await readText(request.message);
  checkContentType('rpc', request.headers['content-type'], text.length);
  return simulator.lies.argument(readArgument(route.argument, text, ARGUMENT_PLACE.rpc), request.fault);
}

function headerArgument(route: Route, request: ApiRequest): unknown {
  const header = request.headers['dropbox-api-arg'];
  if (typeof header === 'string') {
    // Node decodes header bytes as Latin-1. Dropbox refuses a header with unescaped characters as invalid JSON.
    if (/[\u007f-\uffff]/.test(header)) throw notJson(HEADER);
    return readArgument(route.argument, header, HEADER);
  }
  const parameter = request.query.get('arg');
  if (parameter !== null) return readArgument(route.argument, parameter, 'URL parameter "arg"');
  throw new BadRequest('Must provide HTTP header "Dropbox-API-Arg" or URL parameter "arg".');
}

function downloadReply({ result, content, etag }: Download<unknown>, { headers }: ApiRequest): Reply {
  const conditions = { range: headers.range, ifNoneMatch: headers['if-none-match'] };
  return contentReply(content, etag, conditions, { 'Dropbox-API-Result': headerSafeJson(result) });
}

function asRefusal({ name, style }: Route, error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (error instanceof DropboxProblem) return endpointError(error.error);
  if (error instanceof PathRootProblem) return pathRootError(error.error);
  const text = (message: string): Refusal => textRefusal(400, `Error in call to API function "${name}": ${message}`);
  if (error instanceof BadRequest) return text(error.message);
  if (error instanceof BadArgument) {
    return text(error.placed ? `${ARGUMENT_PLACE[style]}: ${error.message}` : error.message);
  }
  return error;
}
