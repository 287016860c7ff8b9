import { ArangoFailure, notSupported } from '../errors';
import { isPlainObject } from '../values';
import { newName } from './names';
import type { IndexDescription, IndexField } from './types';

/** An index as it is created and logged. */
export interface IndexDefinition extends Omit<IndexDescription, 'selectivity'> {
  readonly estimates: boolean;
  readonly cacheEnabled: boolean;
  /** Returned to clients, but without effect: a look-up reads the document. */
  readonly storedValues?: readonly string[];
}

const PERSISTENT_NAMES: ReadonlySet<string> = new Set(['persistent', 'hash', 'skiplist']);
const OTHER_TYPES: ReadonlySet<string> = new Set(
  'fulltext geo geo1 geo2 inverted mdi mdi-prefixed ttl vector zkd'.split(' '),
);

/** Parses an attribute path such as `a.b[*].c`. Throws 10 if it cannot be indexed. */
function parseField(text: unknown): IndexField {
  if (typeof text !== 'string' || text === '') throw new ArangoFailure(10, 'invalid attribute in index fields');
  const parts = text.split('[*]');
  if (parts.length > 2) throw new ArangoFailure(10, `cannot index attribute '${text}': only one array can be expanded`);
  const path = namesOf(text, parts[0] ?? '');
  if (parts.length === 1) return { text, path };
  const rest = parts[1] ?? '';
  if (rest === '') return { text, path, expanded: [] };
  if (!rest.startsWith('.')) throw new ArangoFailure(10, `invalid attribute '${text}' in index fields`);
  return { text, path, expanded: namesOf(text, rest.slice(1)) };
}

function namesOf(text: string, dotted: string): string[] {
  const names = dotted.split('.');
  if (names.some((name) => name === '' || name.includes('[') || name.includes(']'))) {
    throw new ArangoFailure(10, `invalid attribute '${text}' in index fields`);
  }
  return names;
}

/** Parses a client's index definition. `id` becomes the index's id and determines its default name. */
export function parseIndexDefinition(input: unknown, id: string): IndexDefinition {
  if (!isPlainObject(input)) throw new ArangoFailure(600, 'expecting a JSON object as index definition');
  const type = input['type'];
  if (typeof type !== 'string') throw new ArangoFailure(10, 'invalid index type');
  if (type === 'ttl' && input['unique'] === true) throw new ArangoFailure(10, 'a TTL index cannot be unique');
  if (OTHER_TYPES.has(type)) throw notSupported(`index type '${type}'`);
  if (!PERSISTENT_NAMES.has(type)) throw new ArangoFailure(10, `invalid index type '${type}'`);
  const fieldTexts = input['fields'];
  if (!Array.isArray(fieldTexts) || fieldTexts.length === 0) {
    throw new ArangoFailure(10, '"fields" attribute must be a non-empty array');
  }
  const fields = fieldTexts.map(parseField);
  if (fields.some(({ path, expanded = path }) => expanded.at(-1) === '_id'))
    throw new ArangoFailure(10, "cannot index attribute '_id'");
  if (new Set(fields.map((field) => field.text)).size !== fields.length) {
    throw new ArangoFailure(10, 'duplicate attribute in index fields list');
  }
  if (fields.filter((field) => field.expanded !== undefined).length > 1) {
    throw new ArangoFailure(10, 'only one attribute of an index can be expanded');
  }
  const name = newName(input['name'] ?? `idx_${id}`, 'index');
  if (!flag(input, 'deduplicate', true)) throw notSupported("option 'deduplicate' of an index");
  const storedValues = storedValuesOf(input['storedValues'], fields);
  return {
    id,
    name,
    type: 'persistent',
    fields,
    unique: flag(input, 'unique', false),
    sparse: flag(input, 'sparse', false),
    estimates: flag(input, 'estimates', true),
    cacheEnabled: flag(input, 'cacheEnabled', false),
    ...(storedValues !== undefined && { storedValues }),
  };
}

function flag(input: Record<string, unknown>, name: string, defaultValue: boolean): boolean {
  const value = input[name];
  if (value === undefined || value === null) return defaultValue;
  if (typeof value !== 'boolean') throw new ArangoFailure(10, `"${name}" must be a boolean`);
  return value;
}

/** The attributes to store: 1 to 32 different ones without array expansion, of which none is an index field. */
function storedValuesOf(value: unknown, fields: readonly IndexField[]): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > 32) {
    throw new ArangoFailure(10, '"storedValues" must be an array of 1 to 32 attributes');
  }
  const stored = value.map(parseField);
  const paths = [...fields, ...stored].map(({ path }) => path.join('\0'));
  if (stored.some(({ expanded }) => expanded !== undefined) || new Set(paths).size !== paths.length) {
    throw new ArangoFailure(10, 'duplicate or expanded attribute in "storedValues"');
  }
  return value as string[];
}

/** Whether a request for `b` is answered with the existing index `a`. Names and tuning options do not count. */
export function isSameIndex(a: IndexDefinition, b: IndexDefinition): boolean {
  return (
    a.type === b.type &&
    a.unique === b.unique &&
    a.sparse === b.sparse &&
    a.fields.length === b.fields.length &&
    a.fields.every((field, i) => field.text === b.fields[i]?.text)
  );
}
