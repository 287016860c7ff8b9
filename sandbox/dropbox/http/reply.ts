import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Bytes that are read in chunks while they are sent. */
export interface Bytes {
  size: number;
  /** From `start` (inclusive) to `end` (exclusive). */
  read(start: number, end: number): Buffer;
}

/** A complete answer, before it is sent. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Bytes;
}

const CHUNK_BYTES = 1024 * 1024;

export function jsonReply(value: unknown): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value ?? null) };
}

function* chunksOf(bytes: Bytes, end: number): Generator<Buffer> {
  for (let at = 0; at < end; at += CHUNK_BYTES) yield bytes.read(at, Math.min(at + CHUNK_BYTES, end));
}

/** @param truncate whether to send only the headers and half of the body, and then close the connection */
export async function send(response: ServerResponse, reply: Reply, truncate = false): Promise<void> {
  const bytes: Bytes = typeof reply.body === 'string' ? textBytes(reply.body) : reply.body;
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(bytes.size) });
  if (truncate) {
    const half = bytes.read(0, Math.floor(bytes.size / 2));
    response.write(half, () => response.destroy());
    return;
  }
  if (bytes.size <= CHUNK_BYTES) {
    response.end(bytes.size === 0 ? undefined : bytes.read(0, bytes.size));
    return;
  }
  await pipeline(Readable.from(chunksOf(bytes, bytes.size), { objectMode: false }), response);
}

function textBytes(text: string): Bytes {
  const buffer = Buffer.from(text);
  return { size: buffer.length, read: (start, end) => buffer.subarray(start, end) };
}

/** Sends an answer of unknown size in chunks. */
export async function sendChunks(
  response: ServerResponse,
  headers: Record<string, string>,
  chunks: Iterable<string>,
): Promise<void> {
  response.writeHead(200, headers);
  await pipeline(Readable.from(chunks), response);
}
