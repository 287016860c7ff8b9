import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Bytes that are read piece by piece while they are sent. */
export interface Bytes {
  size: number;
  /** From `start` (inclusive) to `end` (exclusive). */
  read(start: number, end: number): Buffer;
}

/** A whole answer, before it goes out. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Bytes;
}

const PIECE = 1024 * 1024;

export function jsonReply(value: unknown): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value ?? null) };
}

function* pieces(bytes: Bytes, end: number): Generator<Buffer> {
  for (let at = 0; at < end; at += PIECE) yield bytes.read(at, Math.min(at + PIECE, end));
}

/** @param cut send headers and half of the body, then end the connection */
export async function send(response: ServerResponse, reply: Reply, cut = false): Promise<void> {
  const bytes: Bytes = typeof reply.body === 'string' ? textBytes(reply.body) : reply.body;
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(bytes.size) });
  if (cut) {
    const half = bytes.read(0, Math.floor(bytes.size / 2));
    response.write(half, () => response.destroy());
    return;
  }
  if (bytes.size <= PIECE) {
    response.end(bytes.size === 0 ? undefined : bytes.read(0, bytes.size));
    return;
  }
  await pipeline(Readable.from(pieces(bytes, bytes.size), { objectMode: false }), response);
}

function textBytes(text: string): Bytes {
  const buffer = Buffer.from(text);
  return { size: buffer.length, read: (start, end) => buffer.subarray(start, end) };
}

/** Answers of which nobody knows the size beforehand go out in chunks. */
export async function sendChunks(
  response: ServerResponse,
  headers: Record<string, string>,
  chunks: Iterable<string>,
): Promise<void> {
  response.writeHead(200, headers);
  await pipeline(Readable.from(chunks), response);
}
