import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { BadRequest } from './errors';
import { ArgumentError, type Type } from './schema';

/** Dropbox accepts up to 150 MiB in one upload. A larger body is read to its end, but only its length is kept. */
export const MAX_UPLOAD_BYTES = 150 * 1024 * 1024;
const MAX_ARGUMENT_BYTES = 8 * 1024 * 1024;

export interface RequestBody {
  content: Buffer;
  /** Number of bytes that the client sent. `content` is empty when they exceeded the limit. */
  length: number;
}

export async function readBody(request: IncomingMessage, maxBytes: number): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= maxBytes) chunks.push(chunk as Buffer);
  }
  return { content: length <= maxBytes ? Buffer.concat(chunks) : Buffer.alloc(0), length };
}

export async function readText(request: IncomingMessage): Promise<string> {
  const { content, length } = await readBody(request, MAX_ARGUMENT_BYTES);
  if (length > MAX_ARGUMENT_BYTES) throw new BadRequest('request body: too large');
  if (!isUtf8(content)) throw notJson('request body');
  return content.toString('utf8');
}

export const notJson = (place: string): BadRequest => new BadRequest(`${place}: could not decode input as JSON`);

/** Parses and validates an argument. `place` is the location that Dropbox's error messages name. */
export function readArgument<T>(type: Type<T>, text: string, place: string): T {
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch {
    throw notJson(place);
  }
  try {
    // Routes without an argument accept an empty body. For other routes, an empty body is invalid JSON.
    if (text === '' && !acceptsNothing(type)) throw notJson(place);
    return type.read(value);
  } catch (error) {
    throw error instanceof ArgumentError ? new BadRequest(`${place}: ${error.describe()}`) : error;
  }
}

function acceptsNothing(type: Type<unknown>): boolean {
  try {
    type.read(undefined);
    return true;
  } catch {
    return false;
  }
}

const RPC_TYPES = ['application/json', 'application/json; charset=utf-8', 'text/plain; charset=dropbox-cors-hack'];
const UPLOAD_TYPES = ['application/octet-stream', 'text/plain; charset=dropbox-cors-hack'];

/** Refuses the content type that HTTP clients add to every POST. What else Dropbox refuses here is not known. */
export function checkDownloadType(given: string | undefined): void {
  if (given?.startsWith('application/x-www-form-urlencoded')) {
    throw new BadRequest(`Bad HTTP "Content-Type" header: "${given}".`);
  }
}

/** Refuses a content type that the route's style does not accept. */
export function checkContentType(style: 'rpc' | 'upload', given: string | undefined, bodyBytes: number): void {
  if (given === undefined && bodyBytes === 0) return;
  const allowed = style === 'rpc' ? RPC_TYPES : UPLOAD_TYPES;
  if (given !== undefined && allowed.includes(given.toLowerCase().replace(/;\s*/, '; '))) return;
  const expected = allowed.map((type) => `"${type}"`).join(', ');
  throw new BadRequest(
    given === undefined
      ? `Missing HTTP "Content-Type" header.  Expecting one of ${expected}.`
      : `Bad HTTP "Content-Type" header: "${given}".  Expecting one of ${expected}.`,
  );
}
