import { DropboxResponseError } from 'dropbox';
import { targetHeaders, type Caller, type CallTarget } from './caller';
import { withDeadline } from './deadline';
import { IncompleteAnswer } from './errors';
import type { FileContent } from './types';

export interface ContentOptions {
  /** An HTTP range, such as `bytes=0-1023`. */
  range?: string;
  /** Cancels the transfer, also after its first bytes. */
  signal?: AbortSignal;
}

const CONTENT_HOST = 'https://content.dropboxapi.com/2/';

/**
 * Calls a route of the content host and returns its body as a stream. The SDK would hold the whole file in memory.
 * The timeout covers the time until the headers arrive: a slow transfer is not an error.
 */
export async function fetchContent(
  caller: Caller,
  route: 'files/download' | 'files/export',
  target: CallTarget,
  argument: { path: string },
  { range, signal = caller.signal }: ContentOptions,
): Promise<FileContent> {
  const request = async (): Promise<FileContent> => {
    const { connection } = caller;
    // The body is still read after the deadline has ended, so it needs the caller's signal directly.
    const transfer = new AbortController();
    signal?.addEventListener('abort', () => transfer.abort(signal.reason), { once: true });
    return withDeadline(signal, connection.timeoutMs, async (deadline) => {
      deadline.addEventListener('abort', () => transfer.abort(deadline.reason), { once: true });
      const response = await connection.fetch(`${CONTENT_HOST}${route}`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${connection.auth.getAccessToken()}`,
          'Dropbox-API-Arg': headerSafeJson(argument),
          ...targetHeaders(target),
          // The length and the range are those of the bytes as they arrive here, not of a compressed form.
          'Accept-Encoding': 'identity',
          ...(range === undefined ? {} : { Range: range }),
        },
        signal: transfer.signal,
      });
      if (!response.ok) throw errorOf(response, await response.text());
      try {
        return contentOf(response, argument.path, range);
      } catch (error) {
        transfer.abort(error);
        throw error;
      }
    });
  };
  return caller.send({ route, target, request, signal });
}

/** The error that the SDK would throw. It is an Error at run time, which the SDK's types leave out. */
const errorOf = (response: Response, text: string): Error =>
  new DropboxResponseError(response.status, response.headers, parsed(text)) as unknown as Error;

/** @throws IncompleteAnswer for an answer that is not one of this route, or is about another file or part of it */
function contentOf(response: Response, idOrPath: string, range: string | undefined): FileContent {
  const result = parsed(response.headers.get('dropbox-api-result') ?? '');
  if (typeof result !== 'object' || result === null || !response.body) {
    throw new IncompleteAnswer('the answer has no Dropbox-API-Result');
  }
  const { headers } = response;
  const metadata = result as Record<string, unknown>;
  if (idOrPath.startsWith('id:') && idOf(metadata) !== idOrPath)
    throw new IncompleteAnswer('the answer is about another file');
  const isEncoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  const length = isEncoded ? null : headers.get('content-length');
  const contentRange = headers.get('content-range');
  const isPart = response.status === 206;
  if (isPart && (isEncoded || range === undefined || !isPartOf(range, contentRange, length)))
    throw new IncompleteAnswer('the answer has another part of the file than was asked for');
  return {
    status: isPart ? 206 : 200,
    body: response.body,
    contentType: headers.get('content-type'),
    contentLength: length === null ? null : Number(length),
    contentRange,
    etag: headers.get('etag'),
    name: nameOf(metadata),
    contentHash: textOf(metadata['content_hash']),
    rev: textOf(metadata['rev']),
  };
}

/**
 * Whether an answer has the part of a file that was asked for. It may end sooner, at the end of the file.
 * `range`: such as `bytes=0-9` or `bytes=-10`; `contentRange`: such as `bytes 0-9/100`; `length`: of the answer, if known
 */
function isPartOf(range: string, contentRange: string | null, length: string | null): boolean {
  const [, start = '', stop = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const [first = NaN, last = NaN, size = NaN] = (contentRange?.match(/^bytes (\d+)-(\d+)\/(\d+|\*)$/) ?? [])
    .slice(1)
    .map(Number);
  if (length !== null && Number(length) !== last - first + 1) return false;
  const end = Number.isNaN(size) ? last : size - 1;
  const from = start === '' ? Math.max(0, end + 1 - Number(stop)) : Number(start);
  const to = start === '' || stop === '' ? end : Math.min(Number(stop), end);
  return first === from && last === to;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** A download returns the metadata of the file, an export has it in a field. */
function idOf(result: Record<string, unknown>): string | null {
  const exported = result['file_metadata'] as { id?: unknown } | undefined;
  return textOf(exported?.id ?? result['id']);
}

/** A download returns the metadata of the file, an export those of the file and of its exported form. */
function nameOf(result: Record<string, unknown>): string {
  const exported = result['export_metadata'] as { name?: unknown } | undefined;
  const name = exported?.name ?? result['name'];
  return typeof name === 'string' ? name : '';
}

/** Headers are ASCII, so Dropbox expects all other characters of the JSON as \u escapes. */
const headerSafeJson = (value: object): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
