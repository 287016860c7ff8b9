import { FetchFailedError } from 'arangojs/errors';
import { z } from 'zod';
import type { HostAnswer, Send } from './transport';

/** The part of a token's life after which another one is requested. */
const RENEWED_AFTER = 0.8;

/** A token, or the answer that refused it. */
type Login = { token: string; renewAt: number } | { refusal: HostAnswer };

const answerSchema = z.object({ jwt: z.string().min(1) });
const claimsSchema = z.object({ iat: z.number(), exp: z.number() });

/**
 * Sends each request with a token, for which the user logs in: before the first request, before the token ends, and
 * once more after a refusal, since a server that was started again knows no former tokens. If the login is refused,
 * that refusal is the answer to the request.
 */
export function withTokens(send: Send, user: { username: string; password: string }, timeout: number): Send {
  /** Requests at the same time share one login. */
  let current: Promise<Login> | undefined;

  return async (wanted) => {
    for (let isRefused = false; ;) {
      const used = (current ??= logIn());
      const login = await used.catch((error: unknown) => {
        forget(used);
        throw error;
      });
      if ('refusal' in login) {
        forget(used);
        return login.refusal;
      }
      if (login.renewAt <= performance.now()) {
        forget(used);
        continue;
      }
      wanted.headers.set('authorization', `Bearer ${login.token}`);
      const answer = await send(wanted);
      if (answer.status !== 401 || isRefused) return answer;
      isRefused = true;
      forget(used);
    }
  };

  function forget(login: Promise<Login>): void {
    if (current === login) current = undefined;
  }

  async function logIn(): Promise<Login> {
    const headers = new Headers({ 'content-type': 'application/json' });
    const body = JSON.stringify(user);
    const answer = await send({ method: 'POST', pathname: '/_open/auth', headers, body, timeout });
    if (answer.status === 401 || answer.status === 403) return { refusal: answer };
    const parsed = answerSchema.safeParse(answer.status === 200 ? await answer.json().catch(() => null) : null);
    // As the answer to another request, this one would be misread: 404 would mean a missing document.
    if (!parsed.success) {
      throw new FetchFailedError(`the login at /_open/auth was answered with HTTP ${answer.status}`, answer.request);
    }
    const { jwt: token } = parsed.data;
    return { token, renewAt: performance.now() + lifeOf(token) * RENEWED_AFTER };
  }
}

/**
 * Milliseconds that a new token is surely valid. The clocks of two machines may differ, so only the difference of its
 * times counts. They are whole seconds, so the second in which it was issued may be over.
 */
function lifeOf(token: string): number {
  const [, payload = ''] = token.split('.');
  try {
    const { iat, exp } = claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return (exp - iat - 1) * 1000;
  } catch {
    // Without claims the token is used until it is refused.
    return Infinity;
  }
}
