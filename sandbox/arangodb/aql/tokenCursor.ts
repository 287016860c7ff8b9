import { notSupported, syntaxFailure } from './failure';
import { describe, tokenize, type Token } from './lexer';

/** A position in a query's tokens, and the syntax errors that report it. */
export class TokenCursor {
  private readonly tokens: readonly Token[];
  protected at = 0;

  constructor(protected readonly text: string) {
    this.tokens = tokenize(text);
  }

  protected look(): Token {
    return this.tokens[this.at] as Token;
  }

  protected peek(ahead: number): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)] as Token;
  }

  protected next(): Token {
    const token = this.look();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  protected isKeyword(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'keyword' && token.text === word;
  }

  protected isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  /** Whether a contextual keyword, such as OPTIONS or PRUNE, is next. */
  protected isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'identifier' && token.text.toUpperCase() === word && this.text[token.start] !== '`';
  }

  protected takeKeyword(word: string): boolean {
    if (!this.isKeyword(word)) return false;
    this.at++;
    return true;
  }

  protected takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.at++;
    return true;
  }

  protected expectKeyword(word: string): void {
    if (!this.takeKeyword(word)) throw this.unexpected(`${word} keyword`);
  }

  protected expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(`'${symbol}'`);
  }

  /** Parses one or more items with commas between them. */
  protected list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.takeSymbol(',')) items.push(item());
    return items;
  }

  /** Parses the items between two symbols. There may be none, and a comma after the last one. */
  protected enclosed<T>(first: string, last: string, item: () => T): T[] {
    this.expectSymbol(first);
    const items: T[] = [];
    while (!this.isSymbol(last)) {
      items.push(item());
      if (!this.takeSymbol(',')) break;
    }
    this.expectSymbol(last);
    return items;
  }

  protected expectName(): string {
    if (this.look().kind !== 'identifier') throw this.unexpected('identifier');
    return this.next().text;
  }

  protected unexpected(expected?: string): Error {
    const expecting = expected === undefined ? '' : `, expecting ${expected}`;
    return syntaxFailure(this.text, this.look().start, `syntax error, unexpected ${describe(this.look())}${expecting}`);
  }

  protected unsupported(construct: string, token = this.look()): Error {
    return notSupported(this.text, token.start, construct);
  }
}
