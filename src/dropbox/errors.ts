import type { ApplicationFailure } from '@temporalio/common';
import { DropboxResponseError } from 'dropbox';
import { failure, type FailureType } from '../failures';
import { isObject } from '../guards';
import { badRequestReason, type BadRequestReason } from './badRequest';
import type { Actor } from './types';

/** The request did not reach Dropbox, or its answer did not arrive completely. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  constructor(
    message: string,
    readonly timedOut = false,
  ) {
    super(message);
  }
}

/** The answer is not one of this route: a proxy's page, or a truncated document. */
export class IncompleteAnswer extends Error {
  override readonly name = 'IncompleteAnswer';
}

/** The token endpoint gave no access token. `cause` is the error of that request. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  constructor(cause: unknown) {
    super('no access token', { cause });
  }
}

/** The group was deleted after it was listed, before its members were read. */
export class GroupNotFound extends Error {
  override readonly name = 'GroupNotFound';
  constructor(readonly groupId: string) {
    super('the group no longer exists');
  }
}

export interface CallContext {
  route: string;
  connectorId: string;
  /** Absent on the routes of the team itself. */
  actor?: Actor;
}

/** The facts of an error answer, without its text: Dropbox asks clients not to parse `error_summary`. */
interface ErrorAnswer {
  status: number;
  /** `.tag`s from the outside in, such as ['path', 'not_found']. Empty for an answer that is not JSON. */
  tags: string[];
  /** The object that holds the outermost tag. */
  body: Record<string, unknown>;
  isJson: boolean;
  /** It is a page for people: HTML. */
  isPage: boolean;
  /** What the text of a 400 says. */
  badRequest: BadRequestReason | undefined;
  retryAfterSeconds: number | undefined;
  requestId: string | undefined;
}

/** A union inside a union is nested under a key that equals the outer tag. */
function tagsOf(union: unknown): string[] {
  const tags: string[] = [];
  for (let at: unknown = union; isObject(at) && typeof at['.tag'] === 'string'; at = at[at['.tag']])
    tags.push(at['.tag']);
  return tags;
}

/**
 * The longest Retry-After that is obeyed. Waits of minutes have been seen, but a run that obeyed any value might never
 * end. A page comes from a proxy, which does not know Dropbox's limits.
 */
const LONGEST_RETRY_AFTER_SECONDS = { dropbox: 60 * 60, page: 5 * 60 };

/** Seconds to wait, given as a number, or as a date, which proxies send (RFC 9110, 10.2.3). */
function wholeSeconds(value: unknown, longest: number): number | undefined {
  const seconds = typeof value === 'string' && value !== '' ? secondsOf(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(Math.ceil(seconds), longest);
}

const secondsOf = (text: string): number =>
  text.endsWith(' GMT') ? Math.max(0, (Date.parse(text) - Date.now()) / 1000) : Number(text);

/** The answer of Dropbox that caused a failure; undefined if there was none. */
export const answerBehind = (failed: unknown): ErrorAnswer | undefined =>
  failed instanceof Error ? errorAnswerOf(failed.cause) : undefined;

/** The answer in an error of the SDK: its status, tags and Retry-After. undefined for any other error. */
export function errorAnswerOf(error: unknown): ErrorAnswer | undefined {
  if (error instanceof TokenError) return errorAnswerOf(error.cause);
  if (!(error instanceof DropboxResponseError)) return undefined;
  const headers = error.headers as { get(name: string): string | null };
  const parsed: unknown = error.error;
  const isJson = isObject(parsed);
  const union = isJson ? parsed['error'] : undefined;
  const body = isObject(union) ? union : {};
  // A 429 wraps its tag in `reason`. All other errors are unions themselves.
  const tags = tagsOf(isObject(body['reason']) ? body['reason'] : union);
  const isPage = typeof parsed === 'string' && parsed.trimStart().startsWith('<');
  const longest = LONGEST_RETRY_AFTER_SECONDS[isPage ? 'page' : 'dropbox'];
  return {
    status: error.status,
    tags,
    body,
    isJson,
    isPage,
    badRequest: error.status === 400 ? badRequestReason(parsed) : undefined,
    retryAfterSeconds: wholeSeconds(headers.get('retry-after'), longest) ?? wholeSeconds(body['retry_after'], longest),
    requestId: headers.get('x-dropbox-request-id') ?? undefined,
  };
}

/** What a known tag of `path` means for a folder that is listed: the actor can't list it. */
const unreachablePath = {
  'path/not_found': 'NamespaceUnreachable',
  'path/not_folder': 'NamespaceUnreachable',
  'path/not_file': 'NamespaceUnreachable',
  'path/malformed_path': 'NamespaceUnreachable',
  'path/restricted_content': 'NamespaceUnreachable',
  'path/unsupported_content_type': 'NamespaceUnreachable',
  'path/locked': 'NamespaceUnreachable',
} as const;

/** What the known tags of a refused shared folder mean: the actor can't see it. */
const unreachableFolder = {
  invalid_id: 'NamespaceUnreachable',
  not_a_member: 'NamespaceUnreachable',
  invalid_member: 'NamespaceUnreachable',
  email_unverified: 'NamespaceUnreachable',
  unmounted: 'NamespaceUnreachable',
} as const;

/**
 * The failure for a tag of a 409, by route and prefix of its tags. The first prefix that matches counts, and none means
 * "unexpected". A tag that says nothing about an item, or that is unknown, has to stay unexpected: the other failures
 * let the connector take access away, or take an item for gone.
 */
export const conflictRules: Readonly<Record<string, Readonly<Record<string, FailureType>>>> = {
  'files/list_folder': unreachablePath,
  'files/list_folder/continue': { reset: 'CursorReset', ...unreachablePath },
  'sharing/get_folder_metadata': unreachableFolder,
  'sharing/list_folder_members': unreachableFolder,
  'sharing/list_folder_members/continue': {
    'access_error/invalid_id': 'NamespaceUnreachable',
    'access_error/not_a_member': 'NamespaceUnreachable',
    'access_error/invalid_member': 'NamespaceUnreachable',
    'access_error/email_unverified': 'NamespaceUnreachable',
    'access_error/unmounted': 'NamespaceUnreachable',
  },
  'sharing/list_file_members/batch': { email_unverified: 'NamespaceUnreachable' },
  'sharing/list_received_files': { email_unverified: 'NamespaceUnreachable' },
  'sharing/list_received_files/continue': { user_error: 'NamespaceUnreachable' },
  'team_log/get_events/continue': { reset: 'EventCursorReset', bad_cursor: 'EventCursorInvalid' },
  'team/token/get_authenticated_admin': { mapping_not_found: 'AdminRequired', admin_not_active: 'AdminRequired' },
  'files/get_metadata': { 'path/not_found': 'RecordUnknown', 'path/restricted_content': 'AccessDenied' },
  'files/get_temporary_link': {
    'path/restricted_content': 'AccessDenied',
    path: 'RecordUnknown',
    email_not_verified: 'AccessDenied',
    not_allowed: 'AccessDenied',
  },
  'files/download': { 'path/restricted_content': 'AccessDenied', path: 'RecordUnknown' },
  'files/export': {
    'path/restricted_content': 'AccessDenied',
    path: 'RecordUnknown',
    retry_error: 'DropboxUnavailable',
  },
};

function conflictType(route: string, tags: readonly string[]): FailureType {
  // A refused pagination cursor. The listing starts again when the activity is retried.
  if (tags[0] === 'invalid_cursor') return 'DropboxUnavailable';
  const path = tags.join('/');
  const rule = Object.entries(conflictRules[route] ?? {}).find(
    ([prefix]) => path === prefix || path.startsWith(`${prefix}/`),
  );
  return rule?.[1] ?? 'DropboxUnexpected';
}

/** What to check when a request gets no answer. Node names the reason of a refused certificate by a code. */
export function networkAdvice({ message, timedOut }: NetworkError): string {
  const isCertificate = /CERT|SIGNATURE/.test(message);
  const setting = isCertificate
    ? 'give the authority of its certificate in NODE_EXTRA_CA_CERTS'
    : `check the network, and HTTPS_PROXY where a proxy is needed${timedOut ? '; DROPBOX_TIMEOUT_SECONDS is how long it may take' : ''}`;
  return `${message}; ${setting}`;
}

const reauthorize = (connectorId: string): string => `run: dropbox-teams authorize ${connectorId}`;

/** Translates any error of a call into the failure that decides what happens next. */
export function translate(error: unknown, context: CallContext): ApplicationFailure {
  if (error instanceof TokenError) return translateTokenError(error.cause, context.connectorId);
  const { route } = context;
  if (error instanceof NetworkError) {
    return failure('DropboxUnavailable', `Dropbox could not be reached for ${route}: ${networkAdvice(error)}`, {
      cause: error,
      details: { route, reason: error.timedOut ? 'timeout' : 'network' },
    });
  }
  if (error instanceof IncompleteAnswer) {
    return failure('DropboxUnavailable', `Dropbox's answer to ${route} was incomplete: ${error.message}`, {
      cause: error,
    });
  }
  const answer = errorAnswerOf(error);
  if (answer) return translateAnswer(answer, context, error);
  return failure('DropboxUnexpected', `the call ${route} failed in an unexpected way`, { cause: error });
}

const CHECK_BETWEEN = 'check what lies between, such as the proxy of HTTPS_PROXY, and DROPBOX_API_URL if it is set';

/** Statuses whose answer always names its reason. Some of its reasons take access away. */
const explainedStatuses = new Set([401, 403, 422]);

/**
 * Whether an answer comes from something between the connector and Dropbox, such as a proxy, which knows nothing about
 * a member's access, cursors or authorizations.
 */
const isForeign = ({ status, tags, isPage }: ErrorAnswer): boolean =>
  status < 400 || (status < 500 && status !== 429 && isPage) || (explainedStatuses.has(status) && tags.length === 0);

function translateAnswer(answer: ErrorAnswer, context: CallContext, cause: unknown): ApplicationFailure {
  const { route } = context;
  const { status, tags } = answer;
  const reason = reasonOf(tags, status);
  const trace = answer.requestId ? ` (request ${answer.requestId})` : '';
  const make = (type: FailureType, message: string, details: Record<string, unknown> = {}): ApplicationFailure =>
    failure(type, `${message}${trace}`, {
      cause,
      details: { route, reason, ...details },
      // A delay of nothing would use up all attempts within a moment.
      ...(answer.retryAfterSeconds ? { retryAfterSeconds: answer.retryAfterSeconds } : {}),
    });

  if (isForeign(answer))
    return make(
      'DropboxUnavailable',
      `something other than Dropbox answered ${route} with HTTP ${status}: ${CHECK_BETWEEN}`,
    );
  switch (status) {
    case 400:
      return translateMalformed(answer, context, make);
    case 401:
      return translateAuthError(answer, context, make);
    case 403:
      return translateDenial(answer, context, make);
    case 409: {
      if (!answer.isJson) return make('DropboxUnavailable', `Dropbox's answer to ${route} was incomplete`);
      const type = conflictType(route, tags);
      return make(type, `Dropbox answered ${route} with ${reason}`, conflictDetails(type, answer));
    }
    case 422:
      return translatePathRootError(answer, make);
    case 429: {
      const limit = answer.isPage
        ? `something other than Dropbox limits the rate of ${route}: ${CHECK_BETWEEN}`
        : `Dropbox limits the rate of ${route}${trace}`;
      return failure('DropboxRateLimited', limit, {
        cause,
        details: { route, reason },
        retryAfterSeconds: answer.retryAfterSeconds || DEFAULT_RETRY_AFTER_SECONDS,
      });
    }
    default:
      return status >= 500
        ? make('DropboxUnavailable', `Dropbox answered ${route} with HTTP ${status}`)
        : make('DropboxUnexpected', `Dropbox answered ${route} with HTTP ${status}`);
  }
}

/** The token endpoint has been observed to answer 429 with an empty body and without Retry-After. */
export const DEFAULT_RETRY_AFTER_SECONDS = 5;

const lastOf = (tags: readonly string[]): string => tags.at(-1) ?? 'other';
const reasonOf = (tags: readonly string[], status: number): string => tags.join('/') || `http_${status}`;

type Make = (type: FailureType, message: string, details?: Record<string, unknown>) => ApplicationFailure;

function conflictDetails(type: FailureType, answer: ErrorAnswer): Record<string, unknown> {
  // The `reset` of an event cursor carries the approximate time of the newest event that the cursor returned.
  if (type === 'EventCursorReset') return { timestamp: answer.body['reset'] };
  return type === 'NamespaceUnreachable' ? { reason: lastOf(answer.tags) } : {};
}

function translateMalformed(
  { badRequest: known }: ErrorAnswer,
  { route, connectorId, actor }: CallContext,
  make: Make,
): ApplicationFailure {
  if (known?.type === 'ScopeMissing') return scopeMissing(known.scope, connectorId, make);
  if (known) return make(known.type, `Dropbox refused ${route}: ${known.advice}`);
  // Dropbox binds a cursor to the person that it was given to, and does not document how it refuses another one.
  if (route === 'files/list_folder/continue') return make('CursorReset', `Dropbox refused the cursor of ${route}`);
  return make(
    'DropboxUnexpected',
    actor
      ? `Dropbox refused ${route} as malformed`
      : `Dropbox refused ${route}: the app may have been authorized by a person instead of a team admin; ${reauthorize(connectorId)}`,
  );
}

function translateDenial({ tags }: ErrorAnswer, { route, actor }: CallContext, make: Make): ApplicationFailure {
  if (actor && tags[0] === 'no_permission') {
    const details = { reason: lastOf(tags) };
    return make('NamespaceUnreachable', `the acting member has no permission for ${route} there`, details);
  }
  return make(
    'AccessDenied',
    `Dropbox denies ${route} (${reasonOf(tags, 403)}): the team's plan or a policy in its admin console does not allow it`,
  );
}

const scopeMissing = (scope: string, connectorId: string, make: Make): ApplicationFailure =>
  make(
    'ScopeMissing',
    `the Dropbox app lacks the scope ${scope}: switch it on in App Console > Permissions, then authorize again (${reauthorize(connectorId)})`,
    { scope },
  );

function translateAuthError(
  { tags, body }: ErrorAnswer,
  { connectorId, actor }: CallContext,
  make: Make,
): ApplicationFailure {
  switch (tags[0]) {
    case 'missing_scope': {
      const scope = body['required_scope'];
      return scopeMissing(typeof scope === 'string' ? scope : 'that the call needs', connectorId, make);
    }
    case 'invalid_select_admin':
      return make(
        'AdminRequired',
        `the connector acts as a member who is no longer a team admin; ${reauthorize(connectorId)} as an admin`,
      );
    case 'invalid_select_user':
      return make('NamespaceUnreachable', 'the acting member is no longer on the team');
    case 'user_suspended':
      return actor?.kind === 'member'
        ? make('NamespaceUnreachable', 'the acting member is suspended')
        : make(
            'CredentialsRefused',
            `the admin who authorized the app is suspended; ${reauthorize(connectorId)} as an active admin`,
          );
    case 'route_access_denied':
      return make('AccessDenied', `the Dropbox app may not call this route; check its permissions in the App Console`);
    default:
      return make(
        'CredentialsRefused',
        `Dropbox no longer accepts the connector's authorization; ${reauthorize(connectorId)}`,
      );
  }
}

function translatePathRootError({ tags, body }: ErrorAnswer, make: Make): ApplicationFailure {
  if (tags[0] === 'no_permission') {
    return make('NamespaceUnreachable', 'the acting member has no access to this namespace', { reason: tags[0] });
  }
  if (tags[0] !== 'invalid_root') {
    return make('DropboxUnexpected', `Dropbox refused the namespace for an unknown reason (${tags.join('/')})`);
  }
  const root = isObject(body['invalid_root']) ? body['invalid_root'] : {};
  return make('PathRootChanged', 'the path root changed: the team was moved to another folder structure', {
    rootNamespaceId: root['root_namespace_id'] ?? null,
    homeNamespaceId: root['home_namespace_id'] ?? null,
  });
}

/** The token endpoint answers in the form of OAuth, in which `error` is a string. */
function translateTokenError(error: unknown, connectorId: string): ApplicationFailure {
  const code = error instanceof DropboxResponseError && isObject(error.error) ? error.error['error'] : undefined;
  const refused = (message: string, reason: string): ApplicationFailure =>
    failure('CredentialsRefused', message, { cause: error, details: { reason } });
  if (code === 'invalid_grant') {
    return refused(`the refresh token is invalid or was revoked; ${reauthorize(connectorId)}`, code);
  }
  if (code === 'invalid_client' || code === 'invalid_client_id' || code === 'unauthorized_client') {
    return refused(
      `the app key or secret is wrong: compare them with the app's page in the App Console, and give the right secret: dropbox-teams authorize ${connectorId} --app-secret-file FILE`,
      code,
    );
  }
  const answer = errorAnswerOf(error);
  // A 401 names its reason. Without one it comes from a proxy, which knows nothing about the credentials.
  const isRefusal = answer !== undefined && !answer.isPage && (answer.status === 400 || answer.status === 401);
  if (isRefusal && (answer.status === 400 || typeof code === 'string' || answer.tags.length > 0)) {
    const reason = typeof code === 'string' ? code : `http_${answer.status}`;
    return refused(`Dropbox refuses the connector's credentials; ${reauthorize(connectorId)}`, reason);
  }
  return translate(error, { route: 'oauth2/token', connectorId });
}
