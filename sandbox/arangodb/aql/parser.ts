import type { EdgeDirection } from '../storage/types';
import type {
  AggregateSyntax,
  Assignment,
  CollectionSyntax,
  EdgeCollectionSyntax,
  GraphSyntax,
  ParsedQuery,
  QuerySyntax,
  StatementSyntax,
  Syntax,
} from './ast';
import { ExpressionParser } from './expressions';
import { queryFailure, syntaxFailure } from './failure';
import { isWrite } from './references';

/** DISTINCT requires one of these. Without them, a query has at most one row. */
const multiRowStatements: ReadonlySet<StatementSyntax['kind']> = new Set(['for', 'traversal', 'collect']);

const pathSearches = ['SHORTEST_PATH', 'K_SHORTEST_PATHS', 'K_PATHS', 'ALL_SHORTEST_PATHS'];

/** Number of parsed queries to cache: most queries are repeated with other bind values. */
const CACHED_QUERIES = 300;
/** A longer query probably contains data and will not be repeated. */
const CACHED_LENGTH = 20_000;
const cache = new Map<string, ParsedQuery>();

/** Parses a query. Throws 1501 for a syntax error or an unsupported construct, 1502 for an empty text. */
export function parse(text: string): ParsedQuery {
  const cached = cache.get(text);
  if (cached !== undefined) return cached;
  if (text === '') throw queryFailure(1502, 'query is empty', 'parsing');
  const parsed = new Parser(text).parseQuery();
  if (text.length <= CACHED_LENGTH) {
    if (cache.size >= CACHED_QUERIES) for (const oldest of cache.keys()) if (cache.delete(oldest)) break;
    cache.set(text, parsed);
  }
  return parsed;
}

class Parser extends ExpressionParser {
  parseQuery(): ParsedQuery {
    const withCollections = this.takeKeyword('WITH') ? this.withCollections() : [];
    const { statements } = this.query();
    if (this.look().kind !== 'end') throw this.unexpected('end of query string');
    return { text: this.text, statements, withCollections, parameters: this.parameters };
  }

  private withCollections(): CollectionSyntax[] {
    const collections = [this.collection()];
    while (this.takeSymbol(',') || this.look().kind === 'identifier' || this.look().kind === 'parameter') {
      collections.push(this.collection());
    }
    return collections;
  }

  /** Parses statements until a RETURN, or until a modification that is not followed by another statement. */
  protected query(): QuerySyntax {
    const statements: StatementSyntax[] = [];
    for (;;) {
      const previous = statements.at(-1);
      const isAtEnd = this.look().kind === 'end' || this.isSymbol(')') || this.isSymbol(',');
      if (isAtEnd && previous !== undefined && isWrite(previous)) return { statements };
      this.statement(statements);
      if (statements.at(-1)?.kind === 'return') return { statements };
    }
  }

  private statement(statements: StatementSyntax[]): void {
    const token = this.look();
    if (token.kind !== 'keyword') throw this.unexpected();
    if (token.text === 'WINDOW') throw this.unsupported('WINDOW');
    this.next();
    if (token.text !== 'LET') {
      statements.push(this.statementOf(token.text, statements));
      return;
    }
    for (const assignment of this.list(() => this.assignment())) statements.push({ kind: 'let', ...assignment });
  }

  private statementOf(keyword: string, before: readonly StatementSyntax[]): StatementSyntax {
    switch (keyword) {
      case 'FOR':
        return this.forStatement();
      case 'FILTER':
        return { kind: 'filter', condition: this.expression() };
      case 'SORT':
        return this.sort();
      case 'LIMIT':
        return this.limit();
      case 'COLLECT':
        return this.collect();
      case 'RETURN': {
        const distinct = this.isKeyword('DISTINCT');
        if (distinct && !before.some(({ kind }) => multiRowStatements.has(kind))) {
          throw syntaxFailure(this.text, this.look().start, 'cannot use DISTINCT modifier on top-level query element');
        }
        if (distinct) this.next();
        return { kind: 'return', value: this.expression(), distinct };
      }
      case 'INSERT':
        return { kind: 'insert', document: this.expression(true), ...this.target() };
      case 'UPDATE':
      case 'REPLACE':
        return this.change(keyword === 'UPDATE' ? 'update' : 'replace');
      case 'REMOVE':
        return { kind: 'remove', key: this.expression(true), ...this.target() };
      case 'UPSERT':
        return this.upsert();
      default:
        this.at--;
        throw this.unexpected();
    }
  }

  private assignment(): Assignment {
    const name = this.expectName();
    this.expectSymbol('=');
    return { name, value: this.expression() };
  }

  private forStatement(): StatementSyntax {
    const start = this.look().start;
    const variables = this.list(() => this.expectName());
    this.expectKeyword('IN');
    const checkCount = (maximum: number, text: string): void => {
      if (variables.length > maximum) throw syntaxFailure(this.text, start, text);
    };
    const source = this.direction() === undefined ? this.expression() : undefined;
    const direction = this.direction();
    if (direction === undefined) {
      checkCount(1, 'Collections and Views only have one return variable');
      if (this.isWord('SEARCH')) throw this.unsupported('SEARCH on views');
      return { kind: 'for', variable: variables[0] as string, source: source as Syntax, options: this.options() };
    }
    this.next();
    const search = pathSearches.find((keyword) => this.isKeyword(keyword));
    if (search !== undefined) throw this.unsupported(search);
    checkCount(3, 'Traversals only have one, two or three return variables');
    return {
      kind: 'traversal',
      variables,
      depth: source,
      direction,
      start: this.expression(),
      graph: this.graph(),
      ...this.pruneAndOptions(),
    };
  }

  /** The direction at the current position, which does not advance. */
  private direction(): EdgeDirection | undefined {
    if (this.isKeyword('OUTBOUND')) return 'out';
    if (this.isKeyword('INBOUND')) return 'in';
    return this.isKeyword('ANY') ? 'any' : undefined;
  }

  private graph(): GraphSyntax {
    if (this.takeKeyword('GRAPH')) {
      const token = this.look();
      if (token.kind === 'parameter' && !token.text.startsWith('@')) {
        return { kind: 'graph', name: { kind: 'parameter', name: this.parameter(), ofCollection: false } };
      }
      if (token.kind !== 'string' && token.kind !== 'identifier') throw this.unexpected('graph name');
      return { kind: 'graph', name: { kind: 'constant', value: this.next().text } };
    }
    const collections = this.list((): EdgeCollectionSyntax => {
      const direction = this.direction();
      if (direction !== undefined) this.next();
      return { collection: this.collection(), direction };
    });
    return { kind: 'edges', collections };
  }

  private collection(quoted = false): CollectionSyntax {
    const token = this.look();
    if (token.kind === 'identifier' || (quoted && token.kind === 'string')) {
      return { kind: 'named', name: this.next().text };
    }
    if (token.kind === 'parameter') {
      // In this position `@c` would be a value. Only `@@c` is a collection.
      if (quoted && !token.text.startsWith('@')) throw this.unexpected('identifier or bind data source parameter');
      return { kind: 'bound', parameter: this.parameter() };
    }
    throw this.unexpected('identifier or bind data source parameter');
  }

  private pruneAndOptions() {
    let prune: Syntax | undefined;
    if (this.isWord('PRUNE')) {
      this.next();
      if (this.look().kind === 'identifier' && this.isSymbol('=', 1)) throw this.unsupported('a variable of PRUNE');
      const start = this.look().start;
      prune = this.expression();
      if (hasSubquery(prune)) throw syntaxFailure(this.text, start, 'prune condition must not use a subquery');
    }
    return { prune, options: this.options() };
  }

  private options(): Syntax | undefined {
    if (!this.isWord('OPTIONS')) return undefined;
    this.next();
    if (!this.isSymbol('{')) throw syntaxFailure(this.text, this.look().start, "'OPTIONS' have to be an object");
    return this.object();
  }

  private sort(): StatementSyntax {
    return { kind: 'sort', keys: this.list(() => ({ value: this.expression(), direction: this.sortDirection() })) };
  }

  private sortDirection(): Syntax {
    if (this.takeKeyword('DESC')) return { kind: 'constant', value: false };
    if (this.takeKeyword('ASC')) return { kind: 'constant', value: true };
    const token = this.look();
    if (token.kind === 'parameter') return { kind: 'parameter', name: this.parameter(), ofCollection: false };
    if (token.kind === 'string') return { kind: 'constant', value: this.next().text };
    return { kind: 'constant', value: true };
  }

  private limit(): StatementSyntax {
    const first = this.expression();
    if (!this.takeSymbol(',')) return { kind: 'limit', offset: undefined, count: first };
    return { kind: 'limit', offset: first, count: this.expression() };
  }

  private collect(): StatementSyntax {
    const start = this.look().start;
    const groups = this.look().kind === 'identifier' ? this.list(() => this.assignment()) : [];
    const aggregates = this.takeKeyword('AGGREGATE') ? this.list(() => this.aggregate()) : [];
    let countInto: string | undefined;
    if (aggregates.length === 0 && this.takeKeyword('WITH')) {
      if (!this.isWord('COUNT')) throw this.unexpected("'COUNT'");
      this.next();
      this.expectKeyword('INTO');
      countInto = this.expectName();
    }
    let into: { name: string; value: Syntax | undefined } | undefined;
    if (countInto === undefined && this.takeKeyword('INTO')) {
      const name = this.expectName();
      into = { name, value: this.takeSymbol('=') ? this.expression() : undefined };
    }
    const keep = aggregates.length === 0 && countInto === undefined ? this.keep(into !== undefined) : undefined;
    if (groups.length + aggregates.length === 0 && countInto === undefined) {
      throw syntaxFailure(this.text, start, 'syntax error, COLLECT without groups, AGGREGATE or WITH COUNT INTO');
    }
    return { kind: 'collect', groups, aggregates, countInto, into, keep, options: this.options() };
  }

  private keep(hasInto: boolean): string[] | undefined {
    if (!this.isWord('KEEP')) return undefined;
    if (!hasInto) throw syntaxFailure(this.text, this.look().start, "use of 'KEEP' without 'INTO'");
    this.next();
    return this.list(() => this.expectName());
  }

  private aggregate(): AggregateSyntax {
    const name = this.expectName();
    this.expectSymbol('=');
    if (this.look().kind !== 'identifier' || !(this.isSymbol('(', 1) || this.isSymbol('::', 1))) {
      throw syntaxFailure(this.text, this.look().start, 'syntax error, aggregate expression must be a function call');
    }
    const called = this.next().text.toUpperCase();
    return { name, function: called, args: this.callArguments() };
  }

  private target(): { collection: CollectionSyntax; options: Syntax | undefined } {
    if (!this.takeKeyword('IN') && !this.takeKeyword('INTO')) throw this.unexpected('IN keyword or INTO keyword');
    return { collection: this.collection(true), options: this.options() };
  }

  private change(kind: 'update' | 'replace'): StatementSyntax {
    const first = this.expression(true);
    if (!this.takeKeyword('WITH')) return { kind, key: undefined, document: first, ...this.target() };
    return { kind, key: first, document: this.expression(true), ...this.target() };
  }

  private upsert(): StatementSyntax {
    if (this.isKeyword('FILTER')) throw this.unsupported('UPSERT FILTER');
    const search = this.expression(true);
    this.expectKeyword('INSERT');
    const insert = this.expression(true);
    const operation = this.isKeyword('REPLACE') ? 'replace' : 'update';
    if (!this.takeKeyword('UPDATE') && !this.takeKeyword('REPLACE')) {
      throw this.unexpected('UPDATE command or REPLACE command');
    }
    return { kind: 'upsert', search, insert, operation, document: this.expression(true), ...this.target() };
  }
}

function hasSubquery(syntax: unknown): boolean {
  if (typeof syntax !== 'object' || syntax === null) return false;
  if ((syntax as { kind?: unknown }).kind === 'subquery') return true;
  return Object.values(syntax).some(hasSubquery);
}
