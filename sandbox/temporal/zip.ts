import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const END_OF_DIRECTORY = Buffer.from('PK\u0005\u0006', 'latin1');
const DEFLATED = 8;

/** The content of a file in a zip archive without the extensions for more than 4 GB. Rejects when it is not there. */
export async function readZipMember(archive: Buffer, name: string): Promise<Buffer> {
  const end = archive.lastIndexOf(END_OF_DIRECTORY);
  if (end < 0) throw new Error('the file is not a zip archive');
  let entry = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(entry + offset));
    const nameEnd = entry + 46 + (nameLength ?? 0);
    if (archive.toString('utf8', entry + 46, nameEnd) === name) return content(archive, entry);
    entry = nameEnd + (extraLength ?? 0) + (commentLength ?? 0);
  }
  throw new Error(`the archive has no ${name}`);
}

/** The sizes are in the entry of the directory. The header before the content may lack them. */
async function content(archive: Buffer, entry: number): Promise<Buffer> {
  const header = archive.readUInt32LE(entry + 42);
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const stored = archive.subarray(start, start + archive.readUInt32LE(entry + 20));
  return archive.readUInt16LE(entry + 10) === DEFLATED ? promisify(inflateRaw)(stored) : stored;
}
