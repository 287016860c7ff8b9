import { setTimeout as delay } from 'node:timers/promises';
import { addressOf } from '../../../src/dropbox/transport';
import { NotTried } from '../assumption';

export interface DropboxAccess {
  /** Replaces all of Dropbox's hosts. */
  apiUrl: string | undefined;
  appKey?: string;
  appSecret?: string;
  refreshToken?: string;
  /** Instead of the three above. */
  accessToken?: string;
}

/** As whom, and below which root, a user route is called. Without a member: a route of the team. */
export interface As {
  member?: string;
  admin?: string;
  /** A namespace. */
  root?: string;
  /** Another Path-Root than a namespace. */
  pathRoot?: object;
  token?: string;
}

export interface Answer {
  status: number;
  /** The tags of an error, such as `path/not_found`; empty for a success and for plain text. */
  tags: string;
  body: unknown;
  retryAfter: string | null;
}

const API = 'https://api.dropboxapi.com';
const CONTENT = 'https://content.dropboxapi.com';
const NOTIFY = 'https://notify.dropboxapi.com';
const TRIES = 6;

/** Calls routes without the worker's handling of errors: what is looked at is the answer itself. */
export class DropboxApi {
  /** Answers with 429, and how many of them had a Retry-After. */
  readonly limited = { answers: 0, withRetryAfter: 0 };
  private token: Promise<string> | undefined;

  constructor(readonly access: DropboxAccess) {}

  call(route: string, argument?: unknown, as: As = {}): Promise<Answer> {
    const body = argument === undefined ? {} : { body: JSON.stringify(argument) };
    const type = argument === undefined ? {} : { 'Content-Type': 'application/json' };
    return this.send(`${API}/2/${route}`, as, type, body);
  }

  /** A route whose argument is in a header. With content it uploads, without it downloads. */
  content(route: string, argument: unknown, as: As, content?: string): Promise<Answer> {
    const headers = {
      'Dropbox-API-Arg': JSON.stringify(argument),
      ...(content === undefined ? {} : { 'Content-Type': 'application/octet-stream' }),
    };
    return this.send(`${CONTENT}/2/${route}`, as, headers, content === undefined ? {} : { body: content });
  }

  /** Without a token, for a cursor. */
  async longpoll(cursor: string): Promise<Answer> {
    const response = await fetch(addressOf(`${NOTIFY}/2/files/list_folder/longpoll`, this.access.apiUrl), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ cursor, timeout: 30 }),
    });
    return readAnswer(response);
  }

  /** The result of a call that has to succeed for the assumption to be tried at all. */
  async ok<Result>(route: string, argument?: unknown, as: As = {}): Promise<Result> {
    return succeeded(route, await this.call(route, argument, as));
  }

  async upload(path: string, as: As): Promise<{ id: string; path_lower: string }> {
    const argument = { path, mode: 'overwrite', mute: true };
    return succeeded('files/upload', await this.content('files/upload', argument, as, `content ${path}`));
  }

  /** The form of the token endpoint, with other values than those of the app if given. */
  async requestToken(changed: Record<string, string> = {}, path = '/oauth2/token'): Promise<Answer> {
    const { appKey, appSecret, refreshToken } = this.access;
    if (!appKey || !appSecret || !refreshToken)
      throw new NotTried('no app key, app secret and refresh token are given');
    const form = {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: appKey,
      client_secret: appSecret,
      ...changed,
    };
    const response = await fetch(addressOf(`${API}${path}`, this.access.apiUrl), {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return readAnswer(response);
  }

  private async send(url: string, as: As, headers: Record<string, string>, more: { body?: string }): Promise<Answer> {
    const all = { ...headers, ...headersOf(as), Authorization: `Bearer ${as.token ?? (await this.accessToken())}` };
    for (let left = TRIES; ; left--) {
      const init = { method: 'POST', headers: all, ...more };
      const answer = await readAnswer(await fetch(addressOf(url, this.access.apiUrl), init));
      if (answer.status === 429) {
        this.limited.answers++;
        if (answer.retryAfter !== null) this.limited.withRetryAfter++;
      }
      if (left === 1 || (answer.status !== 429 && answer.status < 500)) return answer;
      await delay(Number(answer.retryAfter ?? 2) * 1000);
    }
  }

  private accessToken(): Promise<string> {
    this.token ??= this.newToken();
    return this.token;
  }

  private async newToken(): Promise<string> {
    if (this.access.accessToken) return this.access.accessToken;
    const { status, body } = await this.requestToken();
    if (status !== 200) throw new Error(`the token endpoint answers ${status}: check the app key, secret and token`);
    return (body as { access_token: string }).access_token;
  }
}

function headersOf({ member, admin, root, pathRoot }: As): Record<string, string> {
  const given = root === undefined ? pathRoot : { '.tag': 'namespace_id', namespace_id: root };
  return {
    ...(member === undefined ? {} : { 'Dropbox-API-Select-User': member }),
    ...(admin === undefined ? {} : { 'Dropbox-API-Select-Admin': admin }),
    ...(given === undefined ? {} : { 'Dropbox-API-Path-Root': JSON.stringify(given) }),
  };
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body: unknown = isJson ? JSON.parse(text) : undefined;
  const { status } = response;
  return { status, body, tags: status < 400 ? '' : tagsOf(body), retryAfter: response.headers.get('retry-after') };
}

/** `path/not_found`; for the token endpoint its `error`. */
function tagsOf(body: unknown): string {
  let at = (body as { error?: unknown } | undefined)?.error;
  if (typeof at === 'string') return at;
  const tags: string[] = [];
  while (typeof at === 'object' && at !== null && typeof (at as Tagged)['.tag'] === 'string') {
    const tag = (at as Tagged)['.tag'];
    tags.push(tag);
    at = (at as Record<string, unknown>)[tag];
  }
  return tags.join('/');
}

interface Tagged {
  '.tag': string;
}

export const described = ({ status, tags }: Answer): string => (tags === '' ? `${status}` : `${status} ${tags}`);

function succeeded<Result>(route: string, answer: Answer): Result {
  if (answer.status >= 300) throw new NotTried(`${route} answers ${described(answer)}`);
  return answer.body as Result;
}
