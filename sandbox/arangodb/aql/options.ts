import { ArangoFailure } from '../errors';
import { isPlainObject, isTrue } from '../values';
import { queryFailure } from './failure';
import { durationOf } from './functions/dates';
import type { Expression, IndexHint, ModificationOptions, TraversalOptions, WindowBound } from './plan';

/** The value of OPTIONS. Throws 1575 unless it is known before the query runs. */
export function constantOptions(options: Expression | undefined): Readonly<Record<string, unknown>> {
  if (options === undefined) return {};
  if (options.kind === 'constant' && isPlainObject(options.value)) return options.value;
  throw queryFailure(1575, "'OPTIONS' have to be known at query compile time", 'parsing');
}

const modificationOptionNames = [
  'waitForSync',
  'ignoreErrors',
  'keepNull',
  'mergeObjects',
  'exclusive',
  'overwrite',
  'overwriteMode',
  'ignoreRevs',
  'refillIndexCaches',
  'versionAttribute',
  'skipDocumentValidation',
];

/** The attributes that OPTIONS may have in each operation. Others cause a warning. */
const knownOptions = {
  FOR: ['indexHint', 'forceIndexHint', 'disableIndex', 'maxProjections', 'useCache', 'lookahead', 'waitForSync'],
  TRAVERSAL: [
    'order',
    'bfs',
    'uniqueVertices',
    'uniqueEdges',
    'edgeCollections',
    'vertexCollections',
    'weightAttribute',
    'defaultWeight',
    'parallelism',
    'maxProjections',
    'useCache',
    'indexHint',
    'forceIndexHint',
  ],
  SHORTEST_PATH: ['weightAttribute', 'defaultWeight', 'useCache', 'algorithm'],
  COLLECT: ['method', 'disableIndex'],
  WINDOW: ['preceding', 'following'],
  INSERT: modificationOptionNames,
  UPDATE: modificationOptionNames,
  REPLACE: modificationOptionNames,
  REMOVE: modificationOptionNames,
  UPSERT: [...modificationOptionNames, 'indexHint', 'forceIndexHint', 'readOwnWrites'],
};

export type OptionsOf = keyof typeof knownOptions;

/** The texts of the warnings (1576) for unknown options of an operation. */
export function unknownOptions(operation: OptionsOf, options: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(options)
    .filter((name) => !knownOptions[operation].includes(name))
    .map((name) => `unknown option '${name}' in OPTIONS of ${operation}`);
}

export function indexHint(options: Readonly<Record<string, unknown>>): IndexHint | undefined {
  const hint = options['indexHint'];
  const names = typeof hint === 'string' ? [hint] : Array.isArray(hint) ? hint : [];
  const disabled = options['disableIndex'] === true;
  if (names.length === 0 && !disabled) return undefined;
  return {
    names: names.filter((name) => typeof name === 'string'),
    forced: options['forceIndexHint'] === true && !disabled,
    disabled,
  };
}

const overwriteModes = ['conflict', 'ignore', 'replace', 'update'] as const;

/** The overwrite mode. Unknown modes are ignored, as in the document API. */
function overwriteMode(options: Readonly<Record<string, unknown>>): ModificationOptions['overwriteMode'] {
  const named = overwriteModes.find((mode) => mode === options.overwriteMode);
  return named ?? (isTrue(options.overwrite) ? 'replace' : 'conflict');
}

export function modificationOptions(options: Readonly<Record<string, unknown>>): ModificationOptions {
  const flag = (name: string, defaultValue: boolean): boolean =>
    Object.hasOwn(options, name) ? isTrue(options[name]) : defaultValue;
  const mode = overwriteMode(options);
  return {
    ignoreErrors: flag('ignoreErrors', false),
    ignoreRevs: flag('ignoreRevs', true),
    keepNull: flag('keepNull', true),
    mergeObjects: flag('mergeObjects', true),
    overwriteMode: mode,
    readOwnWrites: flag('readOwnWrites', true),
    skipDocumentValidation: flag('skipDocumentValidation', false),
    versionAttribute: typeof options['versionAttribute'] === 'string' ? options['versionAttribute'] : undefined,
  };
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[], defaultValue: T): T {
  if (value === undefined) return defaultValue;
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new ArangoFailure(10, `AQL: ${name}: invalid value, expecting ${allowed.join(', ')} (while parsing)`);
  return found;
}

function nameSet(value: unknown): ReadonlySet<string> | undefined {
  if (typeof value === 'string') return new Set([value]);
  return Array.isArray(value) ? new Set(value.filter((name) => typeof name === 'string')) : undefined;
}

export function traversalOptions(options: Readonly<Record<string, unknown>>): TraversalOptions {
  const order = oneOf('order', options.order, ['dfs', 'bfs', 'weighted'], isTrue(options.bfs) ? 'bfs' : 'dfs');
  const uniqueVertices = oneOf('uniqueVertices', options.uniqueVertices, ['none', 'path', 'global'], 'none');
  if (uniqueVertices === 'global' && order === 'dfs') {
    throw new ArangoFailure(
      10,
      "AQL: uniqueVertices: 'global' is only supported with mode: bfs|weighted (while parsing)",
    );
  }
  return {
    order,
    uniqueVertices,
    uniqueEdges: oneOf('uniqueEdges', options.uniqueEdges, ['none', 'path'], 'path'),
    edgeCollections: nameSet(options.edgeCollections),
    vertexCollections: nameSet(options.vertexCollections),
    weightAttribute: typeof options.weightAttribute === 'string' ? options.weightAttribute : undefined,
    defaultWeight: typeof options.defaultWeight === 'number' ? options.defaultWeight : 1,
  };
}

/** The bounds of a WINDOW; `unbounded` includes all rows on that side. Throws 10 for an invalid bound. */
export function windowBounds(
  options: Readonly<Record<string, unknown>>,
  isRange: boolean,
): { preceding: WindowBound; following: WindowBound } {
  const bound = (value: unknown): WindowBound => {
    if (value === undefined) return 0;
    if (typeof value === 'number' && value >= 0) return value;
    if (value === 'unbounded') return Infinity;
    if (isRange && typeof value === 'string' && durationOf(value) !== undefined) return value;
    throw queryFailure(10, `WINDOW ${isRange ? 'range' : 'row'} spec is invalid`, 'parsing');
  };
  const { preceding, following } = options;
  if (preceding === undefined && following === undefined) {
    throw queryFailure(1501, 'at least one WINDOW bound must be specified (preceding/following)', 'parsing');
  }
  return { preceding: bound(preceding), following: bound(following) };
}
