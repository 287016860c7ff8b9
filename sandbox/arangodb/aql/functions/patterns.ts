import { isTrue } from '../../values';
import { toInteger, toText } from '../casts';
import { invalidArgument, type FunctionContext, type Implementation } from './definition';

/** Compiled patterns: the same few are used for every row. */
const compiled = new Map<string, RegExp | null>();
const MAX_COMPILED = 500;

function remember(key: string, build: () => RegExp | null): RegExp | null {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const built = build();
  compiled.set(key, built);
  return built;
}

/** LIKE: `%` any run, `_` one character, backslash escapes either and itself. The pattern covers the whole text. */
function likePattern(pattern: string, ignoreCase: boolean): RegExp {
  return remember(`like${ignoreCase ? 'i' : ''}:${pattern}`, () => {
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

/** Whether a text is like a pattern; anything but two texts is not. */
export function isLike(value: unknown, pattern: unknown, ignoreCase = false): boolean {
  if (typeof value !== 'string' || typeof pattern !== 'string') return false;
  return likePattern(pattern, ignoreCase).test(value);
}

/** A search, not anchored. null for a pattern that is none. */
function regex(pattern: string, flags: string): RegExp | null {
  return remember(`regex${flags}:${pattern}`, () => {
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
  const most = limit === undefined ? undefined : toInteger(limit);
  if (most !== undefined && most < 0) return invalidArgument(context, 'REGEX_SPLIT');
  return withRegex(context, pattern, caseFlag(ignoreCase), (expression) => {
    const text = toText(value);
    return text === '' ? [''] : text.split(expression, most);
  });
};

export const regexReplace: Implementation = (context, value, pattern, replacement, ignoreCase) =>
  withRegex(context, pattern, `g${caseFlag(ignoreCase)}`, (expression) => {
    // The server refers to groups as $1 or \1.
    const template = toText(replacement).replace(/\\(\d)/g, '$$$1');
    return toText(value).replace(expression, template);
  });
