import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ContentHash, VerifiedContent } from '../../src/client/contentHash';

const BLOCK = 4 * 1024 * 1024;
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** Dropbox's definition: the digest of the concatenated digests of all blocks of 4 MiB. */
function described(bytes: Buffer): string {
  const digests: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK) digests.push(sha256(bytes.subarray(at, at + BLOCK)));
  return sha256(Buffer.concat(digests)).toString('hex');
}

describe('the content hash', () => {
  it.each([0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 17])('of %i bytes is Dropbox’s', (length) => {
    const bytes = Buffer.alloc(length, 'abc');
    const hash = new ContentHash();
    // Chunks of sizes that divide no block.
    for (let at = 0, size = 1; at < length; at += size, size = (size * 7 + 3) % 999_983)
      hash.update(bytes.subarray(at, at + size));
    expect(hash.digest()).toBe(described(bytes));
  });

  const through = (expected: string, pieces: string[]): Promise<Buffer> =>
    buffer(
      Readable.from(pieces.map((piece) => Buffer.from(piece))).pipe(
        new VerifiedContent(expected, () => new Error('other bytes')),
      ),
    );

  it('forwards all bytes with the expected hash', async () => {
    expect((await through(described(Buffer.from('one two')), ['one', ' ', 'two'])).toString()).toBe('one two');
    expect(await through(described(Buffer.alloc(0)), [])).toHaveLength(0);
  });

  it('fails before the last chunk of bytes with another hash', async () => {
    const got: string[] = [];
    const stream = Readable.from(['one', ' ', 'two'].map((piece) => Buffer.from(piece))).pipe(
      new VerifiedContent(described(Buffer.from('else')), () => new Error('other bytes')),
    );
    stream.on('data', (piece: Buffer) => got.push(piece.toString()));
    await expect(new Promise((_resolve, reject) => stream.once('error', reject))).rejects.toThrow('other bytes');
    expect(got.join('')).toBe('one ');
  });
});
