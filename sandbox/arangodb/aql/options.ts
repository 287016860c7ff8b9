import { ArangoFailure, notSupported } from '../errors';
import { isPlainObject, isTrue } from '../values';
import { queryFailure } from './failure';
import type { Expression, ModificationOptions, TraversalOptions } from './plan';

/** The value of OPTIONS. Throws 1575 unless it is known before the query runs. */
export function constantOptions(options: Expression | undefined): Readonly<Record<string, unknown>> {
  if (options === undefined) return {};
  if (options.kind === 'constant' && isPlainObject(options.value)) return options.value;
  throw queryFailure(1575, "'OPTIONS' have to be known at query compile time", 'parsing');
}

const changes = 'waitForSync ignoreErrors keepNull mergeObjects exclusive ignoreRevs';

/** The options that are obeyed in each operation, or that have no effect in ArangoDB without a cluster or a cache. */
export const obeyedOptions = {
  FOR: 'useCache maxProjections',
  TRAVERSAL: 'order bfs uniqueVertices uniqueEdges maxProjections useCache parallelism',
  COLLECT: 'method',
  INSERT: `${changes} overwrite overwriteMode`,
  UPDATE: changes,
  REPLACE: changes,
  REMOVE: changes,
  UPSERT: `${changes} readOwnWrites`,
};

export type OptionsOf = keyof typeof obeyedOptions;

const ofArangoDB: ReadonlySet<string> = new Set(
  (
    'indexHint forceIndexHint disableIndex lookahead edgeCollections vertexCollections weightAttribute defaultWeight ' +
    'refillIndexCaches versionAttribute skipDocumentValidation'
  ).split(' '),
);

/**
 * The texts of the warnings (1576) for options that ArangoDB does not know in an operation. Throws 9 for an option that
 * the emulator lacks.
 */
export function unknownOptions(operation: OptionsOf, options: Readonly<Record<string, unknown>>): string[] {
  const known = obeyedOptions[operation].split(' ');
  const others = Object.keys(options).filter((name) => !known.includes(name));
  const lacking = others.find((name) => ofArangoDB.has(name));
  if (lacking !== undefined) throw notSupported(`option '${lacking}' of ${operation}`);
  return others.map((name) => `unknown option '${name}' in OPTIONS of ${operation}`);
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
  return {
    exclusive: flag('exclusive', false),
    ignoreErrors: flag('ignoreErrors', false),
    ignoreRevs: flag('ignoreRevs', true),
    keepNull: flag('keepNull', true),
    mergeObjects: flag('mergeObjects', true),
    overwriteMode: overwriteMode(options),
    readOwnWrites: flag('readOwnWrites', true),
  };
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[], defaultValue: T): T {
  if (value === undefined) return defaultValue;
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new ArangoFailure(10, `AQL: ${name}: invalid value, expecting ${allowed.join(', ')} (while parsing)`);
  return found;
}

export function traversalOptions(options: Readonly<Record<string, unknown>>): TraversalOptions {
  if (options.order === 'weighted') throw notSupported("order 'weighted' of a traversal");
  const order = oneOf('order', options.order, ['dfs', 'bfs'], isTrue(options.bfs) ? 'bfs' : 'dfs');
  const uniqueVertices = oneOf('uniqueVertices', options.uniqueVertices, ['none', 'path', 'global'], 'none');
  if (uniqueVertices === 'global' && order === 'dfs') {
    const text = "uniqueVertices: 'global' is only supported with mode: bfs|weighted";
    throw new ArangoFailure(10, `AQL: ${text} (while parsing)`);
  }
  return { order, uniqueVertices, uniqueEdges: oneOf('uniqueEdges', options.uniqueEdges, ['none', 'path'], 'path') };
}
