import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fdatasync, fstatSync, openSync, truncateSync, write } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Log files. Each line is `checksum JSON` and holds one commit. A line is valid if it is complete and its checksum is
 * right. Reading ends at the first invalid line, because a crash can damage only the last line.
 */

const syncFile = promisify(fdatasync);
const writeFile = promisify(write);
const CHECKSUM_LENGTH = 8;
const NEWLINE = 10;

function checksum(bytes: Buffer | string): string {
  return createHash('sha1').update(bytes).digest('hex').slice(0, CHECKSUM_LENGTH);
}

function lineOf(value: unknown): string {
  const text = JSON.stringify(value);
  return `${checksum(text)} ${text}\n`;
}

/** Passes the value of each valid line to `onValue`. Returns the length of the valid part in bytes. */
export async function readLines(path: string, onValue: (value: unknown) => void): Promise<number> {
  let validBytes = 0;
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]);
      rest = [];
      start = end + 1;
      const text = line.subarray(CHECKSUM_LENGTH + 1);
      if (line.toString('latin1', 0, CHECKSUM_LENGTH) !== checksum(text)) return validBytes;
      onValue(JSON.parse(text.toString('utf8')));
      validBytes += line.length + 1;
    }
    rest.push(chunk.subarray(start));
  }
  return validBytes;
}

/** Removes everything after the valid part, so that new lines are not appended to a damaged one. */
export function truncateAfter(path: string, length: number): void {
  const file = openSync(path, 'r+');
  const { size } = fstatSync(file);
  closeSync(file);
  if (size > length) truncateSync(path, length);
}

/** Appends lines. All lines that wait when a write finishes are written together, with one sync (group commit). */
export class LogWriter {
  private readonly file: number;
  private pending: Buffer[] = [];
  private running: Promise<void> | undefined;
  private failure: Error | undefined;
  private length: number;
  private appendedLines = 0;
  /** Lines known to be on disk. */
  private syncedLines = 0;

  constructor(path: string) {
    this.file = openSync(path, 'a');
    this.length = fstatSync(this.file).size;
  }

  /** Bytes in the file, including those that are not written yet. */
  get size(): number {
    return this.length;
  }

  append(value: unknown): void {
    const line = Buffer.from(lineOf(value));
    this.length += line.length;
    this.pending.push(line);
    this.appendedLines++;
  }

  /** Resolves when everything appended so far is on disk. After a failed write, every later call rejects too. */
  async flushed(): Promise<void> {
    const target = this.appendedLines;
    while (this.syncedLines < target) {
      if (this.failure !== undefined) throw this.failure;
      this.running ??= this.flush();
      await this.running;
    }
  }

  /** Flushes only if more than `maxBytes` are pending. Bounds the memory of a bulk writer without a sync per line. */
  async flushedBelow(maxBytes: number): Promise<void> {
    let pendingBytes = 0;
    for (const line of this.pending) pendingBytes += line.length;
    if (pendingBytes > maxBytes) await this.flushed();
  }

  async close(): Promise<void> {
    await this.flushed();
    closeSync(this.file);
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.pending);
    const lastLine = this.appendedLines;
    this.pending = [];
    try {
      for (let from = 0; from < bytes.length;) {
        from += (await writeFile(this.file, bytes, from, bytes.length - from)).bytesWritten;
      }
      await syncFile(this.file);
      this.syncedLines = lastLine;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      throw this.failure;
    } finally {
      this.running = undefined;
    }
  }
}
