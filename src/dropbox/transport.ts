import { NetworkError } from './errors';

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/**
 * The `fetch` that the SDK is given. It has no option for a base URL that works over plain HTTP (the scheme is fixed),
 * so a configured one replaces protocol and host here, for all of Dropbox's hosts; path and query stay.
 * What goes wrong on the wire, also while a body is read, becomes a NetworkError; the URL is never part of it, since the
 * SDK puts the refresh token and the app secret into the query of the token request.
 */
export function dropboxFetch(apiUrl: string | undefined): Fetch {
  const base = apiUrl === undefined ? undefined : new URL(apiUrl);
  return async (url, init) => {
    const response = await withNetworkErrors(fetch(base ? moved(url, base) : url, init), init?.signal);
    const text = response.text.bind(response);
    Object.defineProperty(response, 'text', { value: () => withNetworkErrors(text(), init?.signal) });
    return response;
  };
}

function moved(url: string, base: URL): string {
  const target = new URL(url);
  target.protocol = base.protocol;
  target.host = base.host;
  return target.href;
}

async function withNetworkErrors<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    const timedOut = signal?.aborted === true && propertyOf(signal.reason, 'name') === 'TimeoutError';
    throw new NetworkError(timedOut ? 'the answer took too long' : `the connection failed (${codeOf(error)})`);
  }
}

/** undici names the reason, such as ECONNREFUSED, on the cause. */
function codeOf(error: unknown): string {
  const code = propertyOf(propertyOf(error, 'cause'), 'code') ?? propertyOf(error, 'name');
  return typeof code === 'string' ? code : 'unknown';
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
