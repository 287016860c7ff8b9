import { arrayFunctions } from './arrays';
import type { AqlFunction, FunctionGroup } from './definition';
import { documentFunctions } from './documents';
import { stringFunctions } from './strings';
import { valueFunctions } from './values';

const groups: readonly FunctionGroup[] = [valueFunctions, arrayFunctions, stringFunctions, documentFunctions];

/** All functions by name, in upper case. */
export const functions: ReadonlyMap<string, AqlFunction> = new Map(
  groups.flatMap((group) =>
    Object.entries(group).map(([name, [minimum, maximum, implementation, traits]]) => [
      name,
      { name, minimum, maximum, implementation, deterministic: true, reads: false, ...traits },
    ]),
  ),
);

const unsupportedFamilies = /^(?:BIT|DATE|DECAY|GEO|IPV4|LEVENSHTEIN|MINHASH|NGRAM|REGEX|STDDEV|VARIANCE)(?:_|$)/;
const unsupportedFunctions: ReadonlySet<string> = new Set(
  (
    'ACOS ANALYZER APPLY APPROX_NEAR_COSINE APPROX_NEAR_L2 ASIN ATAN ATAN2 BM25 BOOST CALL CHAR_LENGTH CHECK_DOCUMENT COLLECTIONS CONTAINS_ARRAY ' +
    'COS COSINE_SIMILARITY COUNT_DISTINCT COUNT_UNIQUE CRC32 CURRENT_DATABASE CURRENT_USER DECODE_REV DEGREES ' +
    'DISTANCE ENCODE_URI_COMPONENT ENTRIES EXISTS EXP EXP2 FIND_FIRST FIND_LAST FIRST_DOCUMENT FIRST_LIST FNV64 ' +
    'FULLTEXT HASH INTERLEAVE IN_RANGE IS_DATESTRING IS_DOCUMENT IS_IN_POLYGON IS_IPV4 IS_KEY IS_LIST JACCARD ' +
    'JSON_PARSE JSON_STRINGIFY KEEP_RECURSIVE KEYS L1_DISTANCE L2_DISTANCE LEFT LOG LOG10 LOG2 LTRIM ' +
    'MAKE_DISTRIBUTE_INPUT MATCHES MD5 MEDIAN MERGE_RECURSIVE MINUS MIN_MATCH NEAR NOEVAL NTH OUTERSECTION PASSTHRU ' +
    'PERCENTILE PHRASE PI POP POSITION POW PREGEL_RESULT PRODUCT RADIANS RANDOM_TOKEN REMOVE_NTH REMOVE_VALUE ' +
    'REMOVE_VALUES REPEAT REPLACE_NTH RIGHT RTRIM SCHEMA_GET SCHEMA_VALIDATE SHA1 SHA256 SHA512 SHARD_ID SHIFT ' +
    'SIN SLEEP SOUNDEX SQRT SUBSTRING SUBSTRING_BYTES TAN TFIDF TOKENS TO_BASE64 TO_CHAR TO_HEX TO_LIST ' +
    'TRANSLATE UNSET_RECURSIVE UNSHIFT UUID V8 VALUE VALUES VERSION WARN WITHIN WITHIN_RECTANGLE ZIP'
  ).split(' '),
);

/** Functions that have one more optional argument in ArangoDB. */
export const hasOneMore: ReadonlySet<string> = new Set(['CONTAINS', 'PUSH', 'RANGE', 'STARTS_WITH']);

/** Whether ArangoDB has a function that the emulator lacks. A call fails as not supported instead of as unknown. */
export const isUnsupported = (name: string): boolean =>
  unsupportedFamilies.test(name) || unsupportedFunctions.has(name);
