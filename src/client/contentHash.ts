import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** Dropbox hashes blocks of 4 MiB and then the digests of the blocks. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Dropbox's content_hash of bytes that arrive in pieces. */
export class ContentHash {
  readonly #whole: Hash = createHash('sha256');
  #block: Hash = createHash('sha256');
  #inBlock = 0;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + BLOCK_BYTES - this.#inBlock);
      this.#block.update(piece);
      this.#inBlock += piece.length;
      at += piece.length;
      if (this.#inBlock === BLOCK_BYTES) this.#closeBlock();
    }
  }

  #closeBlock(): void {
    this.#whole.update(this.#block.digest());
    this.#block = createHash('sha256');
    this.#inBlock = 0;
  }

  /** Lower-case hex; ends the hash. */
  digest(): string {
    if (this.#inBlock > 0) this.#closeBlock();
    return this.#whole.digest('hex');
  }
}

/**
 * Lets bytes through and fails at their end when their hash is not the expected one. The last piece is held back until
 * then: a receiver who was told the length must not have all of it when the transfer breaks off.
 */
export class VerifiedContent extends Transform {
  readonly #hash = new ContentHash();
  #held: Buffer | undefined;

  constructor(
    private readonly expected: string,
    private readonly mismatch: () => Error,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    if (this.#held !== undefined) this.push(this.#held);
    this.#held = chunk;
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#hash.digest() === this.expected) done(null, this.#held);
    else done(this.mismatch());
  }
}
