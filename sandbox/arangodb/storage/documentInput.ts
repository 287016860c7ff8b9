import { ArangoFailure } from '../errors';
import { isPlainObject, setAttribute } from '../values';
import type { Collection } from './collection';
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
  const doc: Record<string, unknown> = { _key, _id: collection.idPrefix + _key, _rev, ...ends };
  for (const name of Object.keys(attributes)) {
    if (!SYSTEM_NAMES.has(name)) setAttribute(doc, name, attributes[name]);
  }
  return compacted(doc) as Doc;
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

/** The documents that have the same attribute names in the same order share a layout. */
interface Layout {
  /** By the name of the next attribute. */
  readonly longer: Map<string, Layout>;
  template?: Readonly<Record<string, unknown>>;
}

/** With more layouts, documents are stored as they are: some use data as attribute names. */
const MAX_LAYOUTS = 20_000;

const empty: Layout = { longer: new Map() };
let layouts = 0;

/**
 * A copy that takes half the memory. JavaScript keeps an object compact if it is copied from a compact one as a whole,
 * but not if it grows by one attribute at a time.
 */
function compacted(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const names = Object.keys(document);
  const layout = layoutOf(names);
  if (layout === undefined) return document;
  layout.template ??= JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const copy = { ...layout.template };
  for (const name of names) copy[name] = document[name];
  return copy;
}

function layoutOf(names: readonly string[]): Layout | undefined {
  let layout = empty;
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
