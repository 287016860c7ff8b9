import { notSupported, syntaxFailure } from './failure';

/** Words, in upper or lower case, that cannot be names without quotes. OPTIONS, PRUNE and KEEP are ordinary names. */
const keywords: ReadonlySet<string> = new Set(
  (
    'FOR LET FILTER RETURN COLLECT SORT LIMIT WINDOW ASC DESC IN WITH INTO AGGREGATE GRAPH SHORTEST_PATH ' +
    'K_SHORTEST_PATHS K_PATHS ALL_SHORTEST_PATHS DISTINCT REMOVE INSERT UPDATE REPLACE UPSERT NULL TRUE FALSE ' +
    'NOT AND OR LIKE OUTBOUND INBOUND ANY ALL NONE'
  ).split(' '),
);

export type TokenKind = 'keyword' | 'identifier' | 'string' | 'number' | 'parameter' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Keywords in upper case, names and strings without quotes, parameters without their first `@`. */
  readonly text: string;
  readonly number: number;
  /** Offset of the first character in the query's text. */
  readonly start: number;
}

const NAME = /\$?[a-zA-Z][_a-zA-Z0-9]*|_+[a-zA-Z]+[_a-zA-Z0-9]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|0[bB][01]+|(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/y;
const PARAMETER = /@@?(?:_+[a-zA-Z0-9]+[a-zA-Z0-9_]*|[a-zA-Z0-9][a-zA-Z0-9_]*)/y;
const SYMBOL = /=~|!~|==|!=|>=|<=|&&|\|\||::|\.\.|[-+*/%?:,(){}[\]<>=!.]/y;
const BLANK = /(?:[ \t\r\n]+|\/\/[^\n]*|\/\*[^]*?\*\/)+/y;
const AT_LEAST = /AT[ \t\r\n]+LEAST(?![_a-zA-Z0-9])/iy;

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Splits a query into tokens. The last one is of kind `end`. Throws 1501 for a character that begins no token. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += matchAt(BLANK, text, at)?.length ?? 0;
    if (at >= text.length) break;
    const [token, length] = readToken(text, at);
    tokens.push(token);
    at += length;
  }
  tokens.push({ kind: 'end', text: '', number: 0, start: text.length });
  return tokens;
}

function readToken(text: string, start: number): [Token, number] {
  const first = text[start] as string;
  const token = (kind: TokenKind, content: string, length: number, number = 0): [Token, number] => [
    { kind, text: content, number, start },
    length,
  ];
  if (first === '"' || first === "'" || first === '`' || first === '´') {
    const [content, length] = readQuoted(text, start, first);
    return token(first === '"' || first === "'" ? 'string' : 'identifier', content, length);
  }
  const atLeast = first === 'a' || first === 'A' ? matchAt(AT_LEAST, text, start) : undefined;
  if (atLeast !== undefined) return token('keyword', 'AT LEAST', atLeast.length);
  const name = matchAt(NAME, text, start);
  if (name !== undefined) {
    const upper = name.toUpperCase();
    return keywords.has(upper) ? token('keyword', upper, name.length) : token('identifier', name, name.length);
  }
  const number = matchAt(NUMBER, text, start);
  if (number !== undefined) {
    if (/^0[xb]/i.test(number) && Number(number) > 0xffffffff) {
      throw syntaxFailure(text, start, 'number out of range', 1504);
    }
    const value = Number(number);
    const isExact = Number.isSafeInteger(value) || (/\D/.test(number) && value < Infinity);
    if (!isExact) throw notSupported(text, start, 'a number beyond 2^53');
    return token('number', number, number.length, value);
  }
  const parameter = matchAt(PARAMETER, text, start);
  if (parameter !== undefined) return token('parameter', parameter.slice(1), parameter.length);
  const symbol = matchAt(SYMBOL, text, start);
  if (symbol !== undefined) return token('symbol', symbol, symbol.length);
  if (text.startsWith('/*', start))
    throw syntaxFailure(text, start, 'syntax error, unexpected unterminated multi-line comment');
  throw syntaxFailure(text, start, `syntax error, unexpected character '${first}'`);
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function readQuoted(text: string, start: number, quote: string): [string, number] {
  let content = '';
  let at = start + 1;
  for (;;) {
    const character = text[at];
    if (character === undefined) {
      const what = quote === '"' || quote === "'" ? 'quoted string' : 'identifier';
      throw syntaxFailure(text, start, `syntax error, unexpected unterminated ${what}`);
    }
    if (character === quote) return [content, at + 1 - start];
    if (character !== '\\') {
      content += character;
      at++;
      continue;
    }
    const escaped = text[at + 1] ?? '';
    const code = escaped === 'u' ? /^[0-9a-fA-F]{4}/.exec(text.slice(at + 2, at + 6))?.[0] : undefined;
    if (code !== undefined) {
      content += String.fromCharCode(parseInt(code, 16));
      at += 6;
    } else {
      content += escapes[escaped] ?? escaped;
      at += 2;
    }
  }
}

/** A token's description in error texts. */
export function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'end of query string';
    case 'keyword':
      return `${token.text} keyword`;
    case 'identifier':
      return `identifier '${token.text}'`;
    case 'string':
      return 'quoted string';
    case 'number':
      return 'number';
    case 'parameter':
      return token.text.startsWith('@') ? 'bind data source parameter' : 'bind parameter';
    case 'symbol':
      return `'${token.text}'`;
  }
}
