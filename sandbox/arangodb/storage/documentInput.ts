import { ArangoFailure } from '../errors';
import { SYSTEM_NAMES } from '../schema/collectionSchema';
import { isPlainObject, setAttribute } from '../values';
import type { Collection } from './collection';
import { isLegalId } from './keys';
import type { Doc, DocInput } from './types';

/** From a client's input to the document that is stored. */

/** The input as an object. Throws 1227 if it is not one. */
export function objectOf(input: unknown): DocInput {
  if (!isPlainObject(input)) throw new ArangoFailure(1227, 'invalid document type');
  return input;
}

/** Whether a patch changes anything. `_key`, `_id` and `_rev` do not count. */
export const hasContent = (attributes: DocInput): boolean =>
  Object.keys(attributes).some((name) => name !== '_key' && name !== '_id' && name !== '_rev');

/** Throws 1200 if the client expects another revision than the stored one. */
export function checkRevision(stored: Doc, expected: string | undefined): void {
  if (expected === undefined || expected === stored._rev) return;
  const { _id, _key, _rev } = stored;
  throw new ArangoFailure(1200, 'conflict, _rev values do not match', { _id, _key, _rev });
}

type EdgeEnds = Readonly<Record<'_from' | '_to', string>>;

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
  const names = Object.keys(attributes).filter((name) => !SYSTEM_NAMES.has(name));
  const layout = layoutOf(ends === undefined ? documents : edges, names);
  const doc: Record<string, unknown> = { ...layout?.template };
  Object.assign(doc, { _key, _id: collection.idPrefix + _key, _rev }, ends);
  for (const name of names) setAttribute(doc, name, attributes[name]);
  if (layout !== undefined) layout.template ??= JSON.parse(JSON.stringify(doc)) as Record<string, unknown>;
  return doc as Doc;
}

interface MergeRules {
  /** Keep attributes whose new value is null. */
  readonly keepNull: boolean;
  /** Merge objects attribute by attribute instead of replacing them. */
  readonly mergeObjects: boolean;
}

/** Applies a patch to the old attributes. Arrays are replaced, not merged; nulls inside arrays always stay. */
export function mergePatch(
  old: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
  rules: MergeRules,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...old };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null && !rules.keepNull) {
      delete merged[name];
      continue;
    }
    const before = Object.hasOwn(old, name) ? old[name] : undefined;
    const result =
      rules.mergeObjects && isPlainObject(value) && isPlainObject(before)
        ? mergePatch(before, value, rules)
        : rules.keepNull
          ? value
          : withoutNulls(value);
    setAttribute(merged, name, result);
  }
  return merged;
}

function withoutNulls(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutNulls(item)]));
}

/**
 * The documents that have the same attribute names in the same order share a layout. A copy of a template takes half the
 * memory: JavaScript keeps an object compact if it is copied as a whole, but not if it grows by one attribute at a time.
 */
interface Layout {
  /** By the name of the next attribute. */
  readonly longer: Map<string, Layout>;
  template?: Readonly<Record<string, unknown>>;
}

/** With more layouts, documents are stored as they are: some use data as attribute names. */
const MAX_LAYOUTS = 20_000;

const documents: Layout = { longer: new Map() };
const edges: Layout = { longer: new Map() };
let layouts = 0;

function layoutOf(first: Layout, names: readonly string[]): Layout | undefined {
  let layout = first;
  for (const name of names) {
    let longer = layout.longer.get(name);
    if (longer === undefined) {
      if (layouts++ >= MAX_LAYOUTS) return undefined;
      longer = { longer: new Map() };
      layout.longer.set(name, longer);
    }
    layout = longer;
  }
  return layout;
}
