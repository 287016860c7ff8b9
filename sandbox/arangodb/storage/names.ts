import { ArangoFailure, notSupported } from '../errors';

/** Names of databases, collections and indexes, by the extended rules that ArangoDB 3.12 has by default. */
const LEGAL = /^(?![\d ])[^/\p{Cc}]+(?<! )$/u;
const ORDINARY = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const MAX_BYTES = { database: 128, collection: 256, index: 256 };

/** Whether ArangoDB can have a collection, or a system collection, of this name. */
export const isLegalName = (name: string): boolean =>
  ORDINARY.test(name) || (LEGAL.test(name) && !name.startsWith('.'));

/** Returns the name of something new. Throws 1208 if it is illegal, and 9 for one that only the extended rules allow. */
export function newName(name: unknown, kind: keyof typeof MAX_BYTES, isSystem = false): string {
  const reserved = kind === 'index' ? /^$/ : isSystem ? /^\./ : kind === 'database' ? /^[._]|:/ : /^[._]/;
  const isLegal = typeof name === 'string' && LEGAL.test(name) && !reserved.test(name);
  if (!isLegal || name !== name.normalize() || Buffer.byteLength(name) > MAX_BYTES[kind]) {
    throw new ArangoFailure(1208, `illegal name: ${kind} name invalid`);
  }
  if (kind !== 'index' && !ORDINARY.test(name)) throw notSupported(`the extended name '${name}' of a ${kind}`);
  return name;
}
