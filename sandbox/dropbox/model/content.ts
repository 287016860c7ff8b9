import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** Block size of Dropbox's content hash, in bytes. */
export const HASH_BLOCK = 4 * 1024 * 1024;

/** The bytes of one version of a file. Several files may share one content. */
export interface Content {
  readonly size: number;
  /** Dropbox's content_hash, computed at the first call and cached. */
  hash(): string;
  /** The bytes from `start` (inclusive) to `end` (exclusive, at most `size`). */
  read(start: number, end: number): Buffer;
}

abstract class HashedContent implements Content {
  private cachedHash: string | undefined;

  abstract readonly size: number;
  abstract read(start: number, end: number): Buffer;

  hash(): string {
    return (this.cachedHash ??= contentHash(this));
  }
}

/** SHA-256 over the concatenated SHA-256 digests of 4 MiB blocks, in hexadecimal. */
export function contentHash(content: Pick<Content, 'size' | 'read'>): string {
  const whole = createHash('sha256');
  for (let start = 0; start < content.size; start += HASH_BLOCK) {
    const block = content.read(start, Math.min(start + HASH_BLOCK, content.size));
    whole.update(createHash('sha256').update(block).digest());
  }
  return whole.digest('hex');
}

/** Uploaded bytes, kept in memory. */
export class StoredContent extends HashedContent {
  readonly size: number;

  constructor(private readonly bytes: Buffer) {
    super();
    this.size = bytes.length;
  }

  read(start: number, end: number): Buffer {
    return this.bytes.subarray(start, end);
  }
}

/**
 * Bytes generated on demand from a seed. Each object computes its hash once, so a company of a million files uses a
 * pool of about a thousand objects.
 */
export class GeneratedContent extends HashedContent {
  constructor(
    readonly size: number,
    private readonly seed: number,
  ) {
    super();
  }

  read(start: number, end: number): Buffer {
    const line = Buffer.from(`content ${this.seed.toString(36).padStart(12, '0')} of the generated company\n`);
    const bytes = Buffer.alloc(Math.max(0, Math.min(end, this.size) - start));
    const shift = start % line.length;
    const turned = Buffer.concat([line.subarray(shift), line.subarray(0, shift)]);
    for (let at = 0; at < bytes.length; at += turned.length) turned.copy(bytes, at);
    return bytes;
  }
}

/** A file of this machine, read on demand. It must not change while the simulator runs. */
export class DiskContent extends HashedContent {
  constructor(
    private readonly path: string,
    readonly size: number,
  ) {
    super();
  }

  read(start: number, end: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, Math.min(end, this.size) - start));
    const file = openSync(this.path, 'r');
    try {
      const length = readSync(file, bytes, 0, bytes.length, start);
      return bytes.subarray(0, length);
    } finally {
      closeSync(file);
    }
  }
}
