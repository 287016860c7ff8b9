import { arrayFunctions } from './arrays';
import { bitFunctions } from './bits';
import { controlFunctions } from './control';
import { dateFunctions } from './dates';
import type { AqlFunction, FunctionGroup } from './definition';
import { distanceFunctions } from './distances';
import { documentFunctions } from './documents';
import { numberFunctions } from './numbers';
import { stringFunctions } from './strings';
import { typeFunctions } from './types';

const groups: readonly FunctionGroup[] = [
  typeFunctions,
  arrayFunctions,
  numberFunctions,
  bitFunctions,
  distanceFunctions,
  stringFunctions,
  documentFunctions,
  dateFunctions,
  controlFunctions,
];

/** All functions by name, in upper case. */
export const functions: ReadonlyMap<string, AqlFunction> = new Map(
  groups.flatMap((group) =>
    Object.entries(group).map(([name, [minimum, maximum, implementation, traits]]) => [
      name,
      { name, minimum, maximum, implementation, deterministic: true, reads: false, ...traits },
    ]),
  ),
);

/** ArangoDB's functions that the emulator does not have. A call fails as not supported instead of as unknown. */
export const unsupportedFunctions: ReadonlySet<string> = new Set(
  (
    'ANALYZER APPLY BM25 BOOST CALL CHECK_DOCUMENT CRC32 DATE_DAYNAME ' +
    'DATE_LOCALTOUTC DATE_TIMEZONE DATE_TIMEZONES DATE_UTCTOLOCAL DECAY_EXP DECAY_GAUSS DECAY_LINEAR ' +
    'DECODE_REV DISTANCE EXISTS FNV64 FULLTEXT GEO_AREA GEO_CONTAINS GEO_DISTANCE GEO_EQUALS GEO_INTERSECTS ' +
    'GEO_IN_RANGE GEO_LINESTRING GEO_MULTILINESTRING GEO_MULTIPOINT GEO_MULTIPOLYGON GEO_POINT GEO_POLYGON HASH ' +
    'IS_IN_POLYGON LEVENSHTEIN_MATCH ' +
    'MAKE_DISTRIBUTE_INPUT MIN_MATCH MINHASH MINHASH_COUNT MINHASH_ERROR MINHASH_MATCH NEAR NGRAM_MATCH ' +
    'NGRAM_POSITIONAL_SIMILARITY NGRAM_SIMILARITY PHRASE PREGEL_RESULT SCHEMA_VALIDATE SHARD_ID SLEEP SOUNDEX TFIDF ' +
    'TOKENS WITHIN WITHIN_RECTANGLE'
  ).split(' '),
);
