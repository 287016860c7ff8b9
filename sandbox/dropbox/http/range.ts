import type { Bytes, Reply } from './reply';

/** A single-part `Range` as a half-open interval; undefined when the header is absent or must be ignored (RFC 9110). */
function readRange(
  header: string | undefined,
  size: number,
): [start: number, end: number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : [size - length, size];
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  return start >= size || end <= start ? 'unsatisfiable' : [start, end];
}

/** An answer with content that supports ETag, conditional requests and ranges. */
export function contentReply(
  bytes: Bytes,
  etag: string,
  request: { range: string | undefined; ifNoneMatch: string | undefined },
  headers: Record<string, string>,
): Reply {
  const tag = `"${etag}"`;
  const common = { ETag: tag, 'Accept-Ranges': 'bytes', ...headers };
  const known = (request.ifNoneMatch ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  if (known.includes(tag)) return { status: 304, headers: common, body: '' };
  const range = readRange(request.range, bytes.size);
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { 'Content-Range': `bytes */${bytes.size}` }, body: '' };
  }
  const typed = { 'Content-Type': 'application/octet-stream', ...common };
  if (range === undefined) return { status: 200, headers: typed, body: bytes };
  const [start, end] = range;
  const part: Bytes = { size: end - start, read: (from, to) => bytes.read(start + from, start + to) };
  const contentRange = `bytes ${start}-${end - 1}/${bytes.size}`;
  return { status: 206, headers: { ...typed, 'Content-Range': contentRange }, body: part };
}
