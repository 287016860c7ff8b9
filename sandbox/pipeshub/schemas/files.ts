import { boolean, closed, nonEmptyString, nullableNumber, nullableString, string } from './rules';

/** The properties of a record that is a file, under the record's key. */
export const fileSchema = closed('file record', ['name'], {
  orgId: string,
  name: nonEmptyString,
  isFile: boolean,
  extension: nullableString,
  path: nullableString,
  localFsRelativePath: nullableString,
  etag: nullableString,
  ctag: nullableString,
  md5Checksum: nullableString,
  quickXorHash: nullableString,
  crc32Hash: nullableString,
  sha1Hash: nullableString,
  sha256Hash: nullableString,
  // Newer versions store these in the record; documents of older installations still have them here.
  sizeInBytes: nullableNumber,
  webUrl: nullableString,
  mimeType: nullableString,
});
