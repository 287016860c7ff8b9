import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** Dropbox hashes blocks of 4 MiB and then the digests of the blocks. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Computes Dropbox's content_hash of bytes that arrive in chunks. */
export class ContentHash {
  private readonly whole: Hash = createHash('sha256');
  private block: Hash = createHash('sha256');
  private inBlock = 0;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.inBlock);
      this.block.update(part);
      this.inBlock += part.length;
      at += part.length;
      if (this.inBlock === BLOCK_BYTES) this.closeBlock();
    }
  }

  private closeBlock(): void {
    this.whole.update(this.block.digest());
    this.block = createHash('sha256');
    this.inBlock = 0;
  }

  /** Lower-case hex. No bytes can be added afterwards. */
  digest(): string {
    if (this.inBlock > 0) this.closeBlock();
    return this.whole.digest('hex');
  }
}

/**
 * Forwards bytes and fails at their end if the hash is not the expected one. The last chunk is forwarded only after the
 * check: otherwise a receiver who knows the length would take the content for complete.
 */
export class VerifiedContent extends Transform {
  private readonly hash = new ContentHash();
  private pending: Buffer | undefined;

  constructor(
    private readonly expected: string,
    private readonly mismatch: () => Error,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.hash.update(chunk);
    if (this.pending !== undefined) this.push(this.pending);
    this.pending = chunk;
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.hash.digest() === this.expected) done(null, this.pending);
    else done(this.mismatch());
  }
}
