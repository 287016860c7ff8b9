import { ArangoFailure } from '../errors';
import { isPlainObject, isTrue } from '../values';
import { queryFailure } from './failure';
import { durationOf } from './functions/dates';
import type { Expression, IndexHint, ModificationOptions, TraversalOptions, WindowBound } from './plan';

/** Options must be known before the query runs (1575). */
export function constantOptions(options: Expression | undefined): Readonly<Record<string, unknown>> {
  if (options === undefined) return {};
  if (options.kind === 'constant' && isPlainObject(options.value)) return options.value;
  throw queryFailure(1575, "'OPTIONS' have to be known at query compile time", 'parsing');
}

const ofModification = [
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

/** The attributes that OPTIONS may have in each operation; others are warned of. */
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
  INSERT: ofModification,
  UPDATE: ofModification,
  REPLACE: ofModification,
  REMOVE: ofModification,
  UPSERT: [...ofModification, 'indexHint', 'forceIndexHint', 'readOwnWrites'],
};

export type OptionsOf = keyof typeof knownOptions;

/** What to warn of (1576) in the options of an operation. */
export function unknownOptions(operation: OptionsOf, given: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(given)
    .filter((name) => !knownOptions[operation].includes(name))
    .map((name) => `unknown option '${name}' in OPTIONS of ${operation}`);
}

export function indexHint(given: Readonly<Record<string, unknown>>): IndexHint | undefined {
  const hinted = given['indexHint'];
  const names = typeof hinted === 'string' ? [hinted] : Array.isArray(hinted) ? hinted : [];
  const disabled = given['disableIndex'] === true;
  if (names.length === 0 && !disabled) return undefined;
  return {
    names: names.filter((name) => typeof name === 'string'),
    forced: given['forceIndexHint'] === true && !disabled,
    disabled,
  };
}

const overwriteModes = ['conflict', 'ignore', 'replace', 'update'] as const;

/** Unknown modes are ignored, as in the document interface. */
function overwriteMode(given: Readonly<Record<string, unknown>>): ModificationOptions['overwriteMode'] {
  const named = overwriteModes.find((mode) => mode === given.overwriteMode);
  return named ?? (isTrue(given.overwrite) ? 'replace' : 'conflict');
}

export function modificationOptions(given: Readonly<Record<string, unknown>>): ModificationOptions {
  const flag = (name: string, otherwise: boolean): boolean =>
    Object.hasOwn(given, name) ? isTrue(given[name]) : otherwise;
  const mode = overwriteMode(given);
  return {
    ignoreErrors: flag('ignoreErrors', false),
    ignoreRevs: flag('ignoreRevs', true),
    keepNull: flag('keepNull', true),
    mergeObjects: flag('mergeObjects', true),
    overwriteMode: mode,
    readOwnWrites: flag('readOwnWrites', true),
    skipDocumentValidation: flag('skipDocumentValidation', false),
    versionAttribute: typeof given['versionAttribute'] === 'string' ? given['versionAttribute'] : undefined,
  };
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[], otherwise: T): T {
  if (value === undefined) return otherwise;
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new ArangoFailure(10, `AQL: ${name}: invalid value, expecting ${allowed.join(', ')} (while parsing)`);
  return found;
}

function nameSet(value: unknown): ReadonlySet<string> | undefined {
  if (typeof value === 'string') return new Set([value]);
  return Array.isArray(value) ? new Set(value.filter((name) => typeof name === 'string')) : undefined;
}

export function traversalOptions(given: Readonly<Record<string, unknown>>): TraversalOptions {
  const order = oneOf('order', given.order, ['dfs', 'bfs', 'weighted'], isTrue(given.bfs) ? 'bfs' : 'dfs');
  const uniqueVertices = oneOf('uniqueVertices', given.uniqueVertices, ['none', 'path', 'global'], 'none');
  if (uniqueVertices === 'global' && order === 'dfs') {
    throw new ArangoFailure(
      10,
      "AQL: uniqueVertices: 'global' is only supported with mode: bfs|weighted (while parsing)",
    );
  }
  return {
    order,
    uniqueVertices,
    uniqueEdges: oneOf('uniqueEdges', given.uniqueEdges, ['none', 'path'], 'path'),
    edgeCollections: nameSet(given.edgeCollections),
    vertexCollections: nameSet(given.vertexCollections),
    weightAttribute: typeof given.weightAttribute === 'string' ? given.weightAttribute : undefined,
    defaultWeight: typeof given.defaultWeight === 'number' ? given.defaultWeight : 1,
  };
}

/** How far a WINDOW reaches (10 if that is no distance); `unbounded` takes all rows on that side. */
export function windowBounds(
  given: Readonly<Record<string, unknown>>,
  isRange: boolean,
): { preceding: WindowBound; following: WindowBound } {
  const bound = (value: unknown): WindowBound => {
    if (value === undefined) return 0;
    if (typeof value === 'number' && value >= 0) return value;
    if (value === 'unbounded') return Infinity;
    if (isRange && typeof value === 'string' && durationOf(value) !== undefined) return value;
    throw queryFailure(10, `WINDOW ${isRange ? 'range' : 'row'} spec is invalid`, 'parsing');
  };
  const { preceding, following } = given;
  if (preceding === undefined && following === undefined) {
    throw queryFailure(1501, 'at least one WINDOW bound must be specified (preceding/following)', 'parsing');
  }
  return { preceding: bound(preceding), following: bound(following) };
}
