import { randomBytes, timingSafeEqual } from 'node:crypto';
import {
  requestAuthorization,
  type AuthorizationRequest,
  type AuthorizationSettings,
  type Authorized,
} from '../dropbox';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { withClientErrors } from './errors';

export type { AuthorizationSettings, Authorized };

/** One consent: where to send the admin, and how to continue with the parameters they come back with. */
export interface Authorization {
  url: string;
  /** Whether these parameters carry the state of this authorization. */
  isAnswer: (answer: URLSearchParams) => boolean;
  /** @throws CredentialsRefused with what to do; DropboxUnavailable */
  finish(answer: URLSearchParams): Promise<Authorized>;
}

const refused = (message: string): DropboxTeamsError => new DropboxTeamsError('CredentialsRefused', message);

/** Sends nothing yet. State and proof key stay in the result, which belongs to one browser's round trip. */
export async function beginAuthorization(settings: AuthorizationSettings): Promise<Authorization> {
  const state = randomBytes(32).toString('base64url');
  const request = await requestAuthorization(settings, state);
  const isAnswer = (answer: URLSearchParams): boolean => isSameText(answer.get('state') ?? '', state);
  return {
    url: request.url,
    isAnswer,
    finish: (answer) =>
      withClientErrors(async () => {
        if (isAnswer(answer)) return finish(request, answer);
        throw refused('the answer does not belong to this authorization (wrong state): start again');
      }),
  };
}

async function finish(request: AuthorizationRequest, answer: URLSearchParams): Promise<Authorized> {
  const denied = answer.get('error');
  if (denied !== null) {
    throw refused(
      denied === 'access_denied'
        ? 'the consent was denied: a team admin has to allow the app'
        : `Dropbox did not authorize the app (${denied}): ${answer.get('error_description') ?? 'look at its page in the App Console'}`,
    );
  }
  const code = answer.get('code');
  if (!code) throw refused('the answer holds no authorization code: start again');
  return request.exchange(code);
}

/** Constant-time, so that response times reveal nothing about the state. */
function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
