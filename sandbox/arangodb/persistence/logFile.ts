import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fdatasync, fstatSync, openSync, truncateSync, write } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Files of lines, each `checksum JSON`. A line is one commit: it counts if it is complete and its checksum is right.
 * The first line that is not ends the file; a crash can only have torn the last.
 */

const syncFile = promisify(fdatasync);
const writeFile = promisify(write);
const CHECKSUM_LENGTH = 8;
const NEWLINE = 10;

function checksum(bytes: Buffer | string): string {
  return createHash('sha1').update(bytes).digest('hex').slice(0, CHECKSUM_LENGTH);
}

export function lineOf(value: unknown): string {
  const text = JSON.stringify(value);
  return `${checksum(text)} ${text}\n`;
}

/** Reads the values of all whole lines; gives the length in bytes up to where the file is sound. */
export async function readLines(path: string, take: (value: unknown) => void): Promise<number> {
  let sound = 0;
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]);
      rest = [];
      start = end + 1;
      const text = line.subarray(CHECKSUM_LENGTH + 1);
      if (line.toString('latin1', 0, CHECKSUM_LENGTH) !== checksum(text)) return sound;
      take(JSON.parse(text.toString('utf8')));
      sound += line.length + 1;
    }
    rest.push(chunk.subarray(start));
  }
  return sound;
}

/** Cuts off what follows the sound part, so that new lines are not appended to a torn one. */
export function cutAt(path: string, length: number): void {
  const file = openSync(path, 'r+');
  const { size } = fstatSync(file);
  closeSync(file);
  if (size > length) truncateSync(path, length);
}

/** Appends lines. Everything that waits when the disk is free goes out with one write and one sync. */
export class LogWriter {
  private readonly file: number;
  private pending: Buffer[] = [];
  private running: Promise<void> | undefined;
  private failure: Error | undefined;
  private length: number;
  /** Lines appended, and lines known to be on the disk. */
  private appended = 0;
  private synced = 0;

  constructor(path: string) {
    this.file = openSync(path, 'a');
    this.length = fstatSync(this.file).size;
  }

  /** Bytes in the file, those that are not out yet included. */
  get size(): number {
    return this.length;
  }

  append(value: unknown): void {
    const line = Buffer.from(lineOf(value));
    this.length += line.length;
    this.pending.push(line);
    this.appended++;
  }

  /** Resolves when everything appended so far is on the disk; rejects for good once writing failed. */
  async flushed(): Promise<void> {
    const target = this.appended;
    while (this.synced < target) {
      if (this.failure !== undefined) throw this.failure;
      this.running ??= this.flush();
      await this.running;
    }
  }

  /** Waits only if more than this many bytes are on their way: for writers of much that need no answer each time. */
  async flushedBelow(mostBytes: number): Promise<void> {
    let waiting = 0;
    for (const line of this.pending) waiting += line.length;
    if (waiting > mostBytes) await this.flushed();
  }

  async close(): Promise<void> {
    await this.flushed();
    closeSync(this.file);
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.pending);
    const upTo = this.appended;
    this.pending = [];
    try {
      for (let from = 0; from < bytes.length;) {
        from += (await writeFile(this.file, bytes, from, bytes.length - from)).bytesWritten;
      }
      await syncFile(this.file);
      this.synced = upTo;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      throw this.failure;
    } finally {
      this.running = undefined;
    }
  }
}
