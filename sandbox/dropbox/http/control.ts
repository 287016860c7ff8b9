/** The control pages under /sandbox, which are not part of Dropbox. They configure and inspect the simulator. */
import type { ServerResponse } from 'node:http';
import type { Truth } from '../model';
import { BadRequest, textRefusal } from './errors';
import { faultRulesType } from './faults';
import { limitsType } from './limits';
import { linkOf, type Grant } from './oauth/grants';
import { ALL_SCOPES, isScope } from './oauth/scopes';
import { jsonReply, send, sendChunks } from './reply';
import { readArgument } from './requestBody';
import { routes } from './routes';
import { bool, integer, list, nullable, refine, real, string, struct, tags, type Infer, type Type } from './schema';
import type { Simulator } from './simulator';

interface Page {
  argument: Type<unknown>;
  run(simulator: Simulator, argument: unknown): unknown;
}

function page<S extends Type<unknown>>(argument: S, run: (simulator: Simulator, argument: Infer<S>) => unknown): Page {
  return { argument, run: run };
}

const scope = refine(string(), (name) => (isScope(name) ? undefined : `'${name}' is not a scope`));
const scopes = nullable(list(scope));
const empty = struct({});

const tokensType = struct({
  /** Lifetime in seconds of the access tokens that are issued from now on. */
  expires_in: nullable(integer(0, 86_400)),
  /** Whether to expire all issued access tokens. */
  expire_now: nullable(bool),
  /** Whether to revoke all refresh tokens with their access tokens. */
  revoke_refresh: nullable(bool),
  /** New scopes of the existing links. Access tokens that were issued before keep their scopes. */
  scopes,
  /** What is switched on for the app in the App Console. Links and access tokens keep their scopes. */
  app_scopes: scopes,
  /** Creates a link: with the team through this admin, or with this member's account when no team scope is included. */
  link: nullable(struct({ email: string(), scopes })),
});

const pages: ReadonlyMap<string, Page> = new Map([
  ['GET /sandbox/info', page(empty, info)],
  ['GET /sandbox/routes', page(empty, () => [...routes.keys()])],
  ['GET /sandbox/stats', page(empty, (simulator) => simulator.stats.report())],
  ['POST /sandbox/stats/reset', page(empty, (simulator) => simulator.stats.reset())],
  [
    'POST /sandbox/members/activate',
    page(struct({ team_member_id: string() }), (simulator, arg) =>
      simulator.company.team.activateMember(arg.team_member_id),
    ),
  ],
  [
    'POST /sandbox/cursors/reset',
    page(struct({ namespace_id: nullable(string()) }), (simulator, arg) =>
      simulator.company.resetCursors(arg.namespace_id),
    ),
  ],
  ['POST /sandbox/cursors/expire', page(empty, (simulator) => simulator.pages.expireAll())],
  ['POST /sandbox/links/expire', page(empty, (simulator) => simulator.temporaryLinks.expireAll())],
  ['POST /sandbox/events/reset', page(empty, (simulator) => simulator.company.log.reset())],
  [
    'POST /sandbox/events/delay',
    page(struct({ seconds: real(0, 86_400) }), (simulator, arg) => simulator.company.log.delay(arg.seconds)),
  ],
  ['POST /sandbox/faults', page(faultRulesType, (simulator, arg) => simulator.faults.set(arg.rules))],
  ['POST /sandbox/limits', page(limitsType, (simulator, arg) => simulator.limits.set(arg))],
  [
    'POST /sandbox/latency',
    page(struct({ milliseconds: integer(0, 60_000) }), (simulator, arg) => {
      simulator.latencyMs = arg.milliseconds;
    }),
  ],
  ['POST /sandbox/tokens', page(tokensType, changeTokens)],
  [
    'POST /sandbox/migrate',
    page(struct({ model: tags('B', 'C') }), (simulator, arg) => simulator.company.migrate(arg.model['.tag'])),
  ],
  ['GET /sandbox/webhook', page(empty, (simulator) => simulator.webhooks.report())],
  ['POST /sandbox/webhook', page(struct({ url: nullable(string()) }), setWebhook)],
]);

function info(simulator: Simulator): unknown {
  const { appKey, appSecret, refreshToken } = simulator.grants.app;
  return {
    app_key: appKey,
    app_secret: appSecret,
    refresh_token: refreshToken,
    team_id: simulator.teamId,
    admin: { team_member_id: simulator.admin.memberId, email: simulator.admin.email },
  };
}

async function setWebhook(simulator: Simulator, arg: { url?: string }): Promise<void> {
  if (arg.url === undefined) return simulator.webhooks.unregister();
  if (!URL.canParse(arg.url)) throw new BadRequest(`url: '${arg.url}' is not a URL`);
  const reason = await simulator.webhooks.register(arg.url);
  if (reason !== undefined) throw new BadRequest(reason);
}

function changeTokens(simulator: Simulator, arg: Infer<typeof tokensType>): unknown {
  const { grants } = simulator;
  const named = arg.scopes?.filter(isScope);
  if (arg.expires_in !== undefined) grants.accessTokenLifetimeSeconds = arg.expires_in;
  if (arg.expire_now) grants.expireAccessTokens();
  if (arg.app_scopes) grants.appScopes = new Set(arg.app_scopes.filter(isScope));
  for (const grant of grants.all()) {
    if (arg.revoke_refresh) grants.revoke(grant);
    else if (named) grant.scopes = new Set(named);
  }
  return arg.link ? describeLink(simulator, link(simulator, arg.link)) : null;
}

function link(simulator: Simulator, { email, scopes: names }: { email: string; scopes?: string[] }): Grant {
  const account = simulator.company.accountByEmail(email);
  if (account?.memberId === undefined) throw new BadRequest(`link: '${email}' is not a member`);
  const granted = new Set((names ?? ALL_SCOPES).filter(isScope));
  const linkedTo = linkOf(granted, { memberId: account.memberId, isTeamAdmin: account.role === 'team_admin' });
  if (!linkedTo) throw new BadRequest(`link: '${email}' is not a team admin, and the scopes include team scopes`);
  return simulator.grants.add(linkedTo, granted);
}

function describeLink({ grants }: Simulator, grant: Grant): unknown {
  const { token } = grants.issueAccessToken(grant);
  const expires_in = grants.accessTokenLifetimeSeconds;
  return { refresh_token: grant.refreshToken, access_token: token, expires_in, scope: [...grant.scopes].join(' ') };
}

/** The truth in chunks, because that of a million files exceeds the maximum length of a string. */
function* truthText(truth: Truth): Generator<string> {
  let separator = '';
  let chunk = '{"files":{';
  for (const [id, file] of Object.entries(truth.files)) {
    chunk += `${separator}${JSON.stringify(id)}:${JSON.stringify(file)}`;
    separator = ',';
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}}}`;
}

/** Serves one page. Throws a Refusal for an unknown page and a BadRequest for an invalid argument. */
export async function serveControl(
  simulator: Simulator,
  name: string,
  text: string,
  response: ServerResponse,
): Promise<void> {
  if (name === 'GET /sandbox/truth') {
    return sendChunks(response, { 'Content-Type': 'application/json' }, truthText(simulator.company.truth()));
  }
  const found = pages.get(name);
  if (!found) throw textRefusal(404, `no such page: ${name}`);
  const argument = readArgument(found.argument, text === '' ? '{}' : text, 'request body');
  await send(response, jsonReply(await found.run(simulator, argument)));
}
