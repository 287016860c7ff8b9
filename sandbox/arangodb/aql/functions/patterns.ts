import { isTrue } from '../../values';
import { toInteger, toText } from '../casts';
import { invalidArgument, type FunctionContext, type Implementation } from './definition';

/** Compiled patterns. A query usually applies the same few patterns to every row. */
const compiled = new Map<string, RegExp | null>();
const MAX_COMPILED = 500;

function cached(key: string, build: () => RegExp | null): RegExp | null {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const built = build();
  compiled.set(key, built);
  return built;
}

/**
 * The regular expression of a LIKE pattern, which must match the complete text. `%` matches any characters, `_` exactly
 * one; a backslash escapes both and itself.
 */
function likePattern(pattern: string, ignoreCase: boolean): RegExp {
  return cached(`like${ignoreCase ? 'i' : ''}:${pattern}`, () => {
    let source = '';
    for (let i = 0; i < pattern.length; i++) {
      const character = pattern[i] as string;
      const following = pattern[i + 1];
      if (
        character === '\\' &&
        following !== undefined &&
        (following === '%' || following === '_' || following === '\\')
      ) {
        source += escape(following);
        i++;
      } else {
        source += character === '%' ? '[^]*' : character === '_' ? '[^]' : escape(character);
      }
    }
    return new RegExp(`^${source}$`, ignoreCase ? 'iu' : 'u');
  }) as RegExp;
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Whether a text matches a LIKE pattern. False unless both are texts. */
function isLike(value: unknown, pattern: unknown, ignoreCase = false): boolean {
  if (typeof value !== 'string' || typeof pattern !== 'string') return false;
  return likePattern(pattern, ignoreCase).test(value);
}

/** The compiled regular expression, or null if the pattern is invalid. */
function regex(pattern: string, flags: string): RegExp | null {
  return cached(`regex${flags}:${pattern}`, () => {
    for (const unicode of ['u', '']) {
      try {
        return new RegExp(pattern, flags + unicode);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    return null;
  });
}

function withRegex(
  context: FunctionContext,
  pattern: unknown,
  flags: string,
  use: (regex: RegExp) => unknown,
): unknown {
  const expression = regex(toText(pattern), flags);
  if (expression !== null) return use(expression);
  context.warn(1543, 'invalid regex value');
  return null;
}

const caseFlag = (ignoreCase: unknown): string => (isTrue(ignoreCase) ? 'i' : '');

export const likeFunction: Implementation = (_context, value, pattern, ignoreCase) =>
  isLike(value, pattern, isTrue(ignoreCase));

export const regexTest: Implementation = (context, value, pattern, ignoreCase) =>
  withRegex(context, pattern, caseFlag(ignoreCase), (expression) => expression.test(toText(value)));

export const regexMatches: Implementation = (context, value, pattern, ignoreCase) =>
  withRegex(context, pattern, caseFlag(ignoreCase), (expression) => {
    const found = expression.exec(toText(value));
    return found === null ? null : Array.from(found, (group) => group ?? '');
  });

export const regexSplit: Implementation = (context, value, pattern, ignoreCase, limit) => {
  const maximum = limit === undefined ? undefined : toInteger(limit);
  if (maximum !== undefined && maximum < 0) return invalidArgument(context, 'REGEX_SPLIT');
  return withRegex(context, pattern, caseFlag(ignoreCase), (expression) => {
    const text = toText(value);
    return text === '' ? [''] : text.split(expression, maximum);
  });
};

export const regexReplace: Implementation = (context, value, pattern, replacement, ignoreCase) =>
  withRegex(context, pattern, `g${caseFlag(ignoreCase)}`, (expression) => {
    // ArangoDB accepts $1 and \1 as references to groups.
    const template = toText(replacement).replace(/\\(\d)/g, '$$$1');
    return toText(value).replace(expression, template);
  });
