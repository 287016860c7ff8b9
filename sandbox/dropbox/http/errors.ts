import type { auth, common } from 'dropbox';
import { errorEnvelope } from './wire';

/** A complete answer with an error status. It is thrown where the error is detected. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    readonly headers: Readonly<Record<string, string>>,
  ) {
    super(`${status} ${body}`);
  }
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const TEXT_TYPE = { 'Content-Type': 'text/plain; charset=utf-8' };

function jsonRefusal(status: number, error: object, depth?: number): Refusal {
  return new Refusal(status, JSON.stringify(errorEnvelope(error, depth)), JSON_TYPE);
}

export function textRefusal(status: number, text: string, headers: Record<string, string> = {}): Refusal {
  return new Refusal(status, text, { ...TEXT_TYPE, ...headers });
}

/** A malformed request. The dispatcher puts the route's name in front of the message. */
export class BadRequest extends Error {}

/** 409: an error of the union that the route declares. */
export function endpointError(error: object): Refusal {
  return jsonRefusal(409, error);
}

/** 401: the token or the selected member is not valid for this call. */
export function authError(error: auth.AuthError): Refusal {
  return jsonRefusal(401, error);
}

/** 422: the Path-Root header names a root that the caller can't use. */
export function pathRootError(error: common.PathRootError): Refusal {
  return jsonRefusal(422, error, 1);
}

export type RateLimitForm = 'json' | 'text';

/**
 * 429 in one of its two forms, which clients distinguish by the content type. "Rate limit responses from the Dropbox API
 * may include a Retry-After header": without a number of seconds there is none, and the body names none either. The body
 * leaves out a wait of one second, which is the field's default.
 */
export function rateLimited(
  reason: auth.RateLimitReason['.tag'] & ('too_many_requests' | 'too_many_write_operations'),
  retryAfterSeconds: number | undefined,
  form: RateLimitForm,
): Refusal {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  if (form === 'text') return textRefusal(429, reason, headers);
  const isNamed = retryAfterSeconds !== undefined && retryAfterSeconds !== 1;
  const error: auth.RateLimitError = {
    reason: { '.tag': reason },
    ...(isNamed ? { retry_after: retryAfterSeconds } : {}),
  };
  const body = { error_summary: `${reason}/${'.'.repeat(Math.floor(Math.random() * 4))}`, error };
  return new Refusal(429, JSON.stringify(body), { ...JSON_TYPE, ...headers });
}

/** 400 of the token endpoint, which has the shape that OAuth defines instead of the API's envelope. */
export function oauthError(error: string, description: string): Refusal {
  return new Refusal(400, JSON.stringify({ error_description: description, error }), JSON_TYPE);
}

export const unknownRoute = (route: string): Refusal =>
  textRefusal(400, `Error in call to API function "${route}": Unknown API function: /2/${route}`);
