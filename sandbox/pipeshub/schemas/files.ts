import { boolean, closed, nonEmptyString, nullableNumber, nullableString, string } from './rules';

/** The file's side of a record, under the same key. */
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
  // On the record since: kept for documents of older installations.
  sizeInBytes: nullableNumber,
  webUrl: nullableString,
  mimeType: nullableString,
});
