import { ArangoFailure } from '../errors';
import { isPlainObject, setAttribute } from '../values';
import type { Collection } from './collection';
import { compacted } from './documentLayout';
import { isLegalId } from './keys';
import type { Doc, DocInput } from './types';

/** From a client's input to the document that is stored. */

const SYSTEM_NAMES: ReadonlySet<string> = new Set(['_key', '_id', '_rev', '_from', '_to']);

/** The input as an object. Throws 1227 if it is not one. */
export function objectOf(input: unknown): DocInput {
  if (!isPlainObject(input)) throw new ArangoFailure(1227, 'invalid document type');
  return input;
}

/** Whether a patch changes anything. `_key`, `_id` and `_rev` do not count. */
export function hasContent(attributes: DocInput): boolean {
  for (const name of Object.keys(attributes)) if (name !== '_key' && name !== '_id' && name !== '_rev') return true;
  return false;
}

/** Throws 1200 if the client expects another revision than the stored one. */
export function checkRevision(stored: Doc, expected: string | undefined): void {
  if (expected === undefined || expected === stored._rev) return;
  const { _id, _key, _rev } = stored;
  throw new ArangoFailure(1200, 'conflict, _rev values do not match', { _id, _key, _rev });
}

interface EdgeEnds {
  readonly _from: string;
  readonly _to: string;
}

/** An edge's `_from` and `_to`; undefined for a document collection. Throws 1233 unless both are legal ids. */
export function edgeEnds(collection: Collection, attributes: DocInput): EdgeEnds | undefined {
  if (!collection.isEdge) return undefined;
  const { _from, _to } = attributes;
  if (!isLegalId(_from) || !isLegalId(_to)) throw new ArangoFailure(1233, 'edge attribute missing or invalid');
  return { _from, _to };
}

/** The document to store: the system attributes, then the other attributes of the input. */
export function documentOf(
  collection: Collection,
  _key: string,
  _rev: string,
  attributes: DocInput,
  ends: EdgeEnds | undefined,
): Doc {
  const doc: Record<string, unknown> = { _key, _id: collection.idPrefix + _key, _rev, ...ends };
  for (const name of Object.keys(attributes)) {
    if (!SYSTEM_NAMES.has(name)) setAttribute(doc, name, attributes[name]);
  }
  return compacted(doc) as Doc;
}
