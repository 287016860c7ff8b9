import { ArangoFailure } from '../../errors';
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

/** DOCUMENT reads by ids, or by keys of a collection. What is no text, or of another collection, has no document. */
const documentFunction: Implementation = (context, first, second) => {
  const { view } = context;
  if (second !== undefined && typeof first !== 'string') return invalidArgument(context, 'DOCUMENT');
  const find = (selector: unknown): Doc | undefined => {
    if (typeof selector !== 'string') return undefined;
    const id = parseId(second === undefined || selector.includes('/') ? selector : `${first as string}/${selector}`);
    if (id === undefined || !view.hasCollection(id.collection)) return undefined;
    return second === undefined || id.collection === first ? view.get(id.collection, id.key) : undefined;
  };
  const selector = second === undefined ? first : second;
  return Array.isArray(selector) ? selector.map(find).filter((doc) => doc !== undefined) : (find(selector) ?? null);
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
    const [collection = '', key, ...more] = idOf(value)?.split('/') ?? [];
    return key === undefined || more.length > 0 ? invalidArgument(context, name) : part({ collection, key });
  };

const has: Implementation = (_context, object, name) => isPlainObject(object) && Object.hasOwn(object, toText(name));

/** The arguments are ids, documents or names of collections. */
const isSameCollection: Implementation = (context, ...values) => {
  const [left, right] = values.map((value) => idOf(value)?.split('/')[0] ?? '');
  return left === '' || right === '' ? invalidArgument(context, 'IS_SAME_COLLECTION') : left === right;
};

/** Unlike other functions, it fails with an argument of another type. */
const collectionCount: Implementation = ({ view }, name) => {
  if (typeof name === 'string') return view.count(name);
  throw new ArangoFailure(1542, "invalid argument type in call to function 'COLLECTION_COUNT()'");
};

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
