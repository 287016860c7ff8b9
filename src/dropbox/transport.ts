import { IncompleteAnswer, NetworkError } from './errors';

/** A proxy through which requests to Dropbox go. */
export interface HttpsProxy {
  readonly url: string;
  /** Hosts that are reached without it, in the form of NO_PROXY. */
  readonly except: string;
}

/** Where requests go. */
export interface DropboxAddress {
  /** Replaces all of Dropbox's hosts. Only for the simulator or a proxy. */
  apiUrl?: string | undefined;
  proxy?: HttpsProxy | undefined;
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Longest answer that is read as text, in bytes: the members of a hundred files may take 70 MB. */
const LONGEST_ANSWER = 256 * 2 ** 20;

/**
 * The `fetch` for the SDK and for this folder's own requests. A network error, also one while the body is read, becomes
 * a NetworkError, which never holds the URL. A redirect is not followed: Dropbox's API has none, and the request for a
 * token, which holds the app secret, would be sent to wherever it points.
 */
export function dropboxFetch({ apiUrl, proxy }: DropboxAddress): Fetch {
  const send = proxy === undefined ? fetch : through(proxy);
  return async (url, init) => {
    const request = send(addressOf(url, apiUrl), { ...init, redirect: 'manual' });
    const response = await withNetworkErrors(request, init?.signal);
    Object.defineProperty(response, 'text', { value: () => withNetworkErrors(textOf(response), init?.signal) });
    return response;
  };
}

/** @throws IncompleteAnswer when there is too much of it for this process, or when it is no UTF-8, as JSON always is */
async function textOf({ body }: Response): Promise<string> {
  const reader = (body as ReadableStream<Uint8Array> | null)?.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    parts.push(part.value);
    bytes += part.value.length;
    if (bytes <= LONGEST_ANSWER) continue;
    await reader?.cancel();
    throw new IncompleteAnswer(`the answer has more than ${LONGEST_ANSWER} bytes`);
  }
  try {
    // Without `fatal`, other bytes become a replacement character each: different names and paths would be the same.
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new IncompleteAnswer(`the answer has ${bytes} bytes that are no UTF-8`);
  }
}

/** Node's own `fetch` supports no proxy in its older versions. undici is loaded only where there is a proxy. */
function through({ url, except }: HttpsProxy): Fetch {
  const load = async (): Promise<Fetch> => {
    const { EnvHttpProxyAgent, fetch: send } = await import('undici');
    const dispatcher = new EnvHttpProxyAgent({ httpProxy: '', httpsProxy: url, noProxy: except });
    // Its types and those of Node differ in their names only.
    return (target, init) => (send as unknown as Fetch)(target, { ...init, dispatcher } as unknown as RequestInit);
  };
  let loading: Promise<Fetch> | undefined;
  return async (target, init) => (await (loading ??= load()))(target, init);
}

/**
 * The address to use for a URL of Dropbox: a configured base URL replaces protocol and host of all of Dropbox's hosts,
 * path and query stay. The SDK's own option for another domain always uses HTTPS.
 */
export function addressOf(url: string, apiUrl: string | undefined): string {
  const target = new URL(url);
  if (apiUrl === undefined) return target.href;
  const base = new URL(apiUrl);
  target.protocol = base.protocol;
  target.host = base.host;
  return target.href;
}

async function withNetworkErrors<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof IncompleteAnswer) throw error;
    const timedOut = signal?.aborted === true && propertyOf(signal.reason, 'name') === 'TimeoutError';
    const message = timedOut ? 'the answer did not arrive in time' : `the connection failed (${codeOf(error)})`;
    throw new NetworkError(message, timedOut);
  }
}

/**
 * undici sets the reason, such as ECONNREFUSED, on the error's cause, or on the cause of that one. What a proxy answered
 * to the request for a tunnel, such as 407, is in the text of one reason only.
 */
function codeOf(error: unknown): string {
  for (let at = propertyOf(error, 'cause'); at !== undefined; at = propertyOf(at, 'cause')) {
    const code = propertyOf(at, 'code');
    if (typeof code === 'string') return code === 'UND_ERR_ABORTED' ? String(propertyOf(at, 'message')) : code;
  }
  const name = propertyOf(error, 'name');
  return typeof name === 'string' ? name : 'unknown';
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
