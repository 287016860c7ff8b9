import type { Doc } from '../../storage/types';
import { compareStrings, isPlainObject, isTrue, setAttribute } from '../../values';
import { toText } from '../casts';
import {
  ANY_NUMBER,
  invalidArgument,
  type FunctionContext,
  type FunctionGroup,
  type Implementation,
} from './definition';

/** Splits `collection/key`. Returns undefined for anything else. */
export function parseId(id: unknown): { collection: string; key: string } | undefined {
  if (typeof id !== 'string') return undefined;
  const slash = id.indexOf('/');
  if (slash <= 0 || slash === id.length - 1 || id.includes('/', slash + 1)) return undefined;
  return { collection: id.slice(0, slash), key: id.slice(slash + 1) };
}

/** The id in a text or in an object's `_id`. */
export function idOf(value: unknown): string | undefined {
  const id = isPlainObject(value) ? value._id : value;
  return typeof id === 'string' ? id : undefined;
}

/** The document with this id. Undefined if there is none, the id is invalid or its collection does not exist. */
function documentById(context: FunctionContext, id: unknown): Doc | undefined {
  const parts = parseId(id);
  if (parts === undefined) return undefined;
  if (!context.view.hasCollection(parts.collection)) {
    context.warn(1203, `collection or view not found: ${parts.collection}`);
    return undefined;
  }
  return context.view.get(parts.collection, parts.key);
}

const documentFunction: Implementation = (context, first, second) => {
  const find = (value: unknown): Doc | undefined => {
    if (second === undefined) return documentById(context, idOf(value));
    const text = isPlainObject(value) ? (value._id ?? value._key) : value;
    if (typeof text !== 'string' || typeof first !== 'string') return undefined;
    return documentById(context, text.includes('/') ? text : `${first}/${text}`);
  };
  const selector = second === undefined ? first : second;
  if (!Array.isArray(selector)) return find(selector) ?? null;
  return selector.map(find).filter((doc) => doc !== undefined);
};

function objectsOf(values: readonly unknown[]): readonly Record<string, unknown>[] | undefined {
  const [only] = values;
  const objects = values.length === 1 && Array.isArray(only) ? (only as unknown[]) : values;
  return objects.every(isPlainObject) ? objects : undefined;
}

const merge: Implementation = (context, ...values) => {
  const objects = objectsOf(values);
  if (objects === undefined) return invalidArgument(context, 'MERGE');
  return objects.reduce<Record<string, unknown>>((merged, object) => ({ ...merged, ...object }), {});
};

/** The names that KEEP or UNSET is called with: texts, numbers, and arrays of texts. */
function namesOf(context: FunctionContext, name: string, values: readonly unknown[]): Set<string> {
  const names = values.filter((value) => typeof value === 'string' || typeof value === 'number').map(toText);
  for (const listed of values.filter(Array.isArray).flat(1) as unknown[]) {
    if (typeof listed === 'string') names.push(listed);
    else invalidArgument(context, name);
  }
  return new Set(names);
}

/** KEEP and UNSET: the attributes that are named, or the others. */
const select =
  (name: string, keep: boolean): Implementation =>
  (context, object, ...values) => {
    if (!isPlainObject(object)) return invalidArgument(context, name);
    const names = namesOf(context, name, values);
    const result: Record<string, unknown> = {};
    for (const [attribute, value] of Object.entries(object)) {
      if (names.has(attribute) === keep) setAttribute(result, attribute, value);
    }
    return result;
  };

const attributes: Implementation = (context, object, removeInternal, sort) => {
  if (!isPlainObject(object)) return invalidArgument(context, 'ATTRIBUTES');
  const names = Object.keys(object).filter((name) => !(isTrue(removeInternal) && name.startsWith('_')));
  // Without sorting, the order is not defined. As in ArangoDB, it is not the order of insertion.
  return isTrue(sort) ? names.sort(compareStrings) : names.reverse();
};

const parts =
  (name: string, part: (id: { collection: string; key: string }) => unknown): Implementation =>
  (context, value) => {
    const id = parseId(idOf(value));
    return id === undefined ? invalidArgument(context, name) : part(id);
  };

const has: Implementation = (_context, object, name) => isPlainObject(object) && Object.hasOwn(object, toText(name));

const isSameCollection: Implementation = (context, collection, document) => {
  const left = typeof collection === 'string' ? collection.split('/')[0] : parseId(idOf(collection))?.collection;
  const right = parseId(idOf(document))?.collection;
  return left === undefined || right === undefined ? invalidArgument(context, 'IS_SAME_COLLECTION') : left === right;
};

const collectionCount: Implementation = (context, name) =>
  typeof name === 'string' ? context.view.count(name) : invalidArgument(context, 'COLLECTION_COUNT');

/** Functions of documents and other objects. */
export const documentFunctions: FunctionGroup = {
  DOCUMENT: [1, 2, documentFunction, { reads: true }],
  MERGE: [1, ANY_NUMBER, merge],
  UNSET: [2, ANY_NUMBER, select('UNSET', false)],
  KEEP: [2, ANY_NUMBER, select('KEEP', true)],
  HAS: [2, 2, has],
  ATTRIBUTES: [1, 3, attributes],
  PARSE_IDENTIFIER: [1, 1, parts('PARSE_IDENTIFIER', (id) => id)],
  PARSE_KEY: [1, 1, parts('PARSE_KEY', (id) => id.key)],
  PARSE_COLLECTION: [1, 1, parts('PARSE_COLLECTION', (id) => id.collection)],
  IS_SAME_COLLECTION: [2, 2, isSameCollection],
  COLLECTION_COUNT: [1, 1, collectionCount, { reads: true }],
};
