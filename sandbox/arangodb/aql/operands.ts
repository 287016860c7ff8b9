import type { ObjectEntry, QuerySyntax, Syntax } from './ast';
import { syntaxFailure } from './failure';
import { TokenCursor } from './tokenCursor';

const queryStarts: ReadonlySet<string> = new Set(
  'FOR LET FILTER RETURN COLLECT SORT LIMIT REMOVE INSERT UPDATE REPLACE UPSERT'.split(' '),
);

const constants: Readonly<Record<string, null | boolean>> = { NULL: null, TRUE: true, FALSE: false };

/**
 * Parses operands: literals, names, bind parameters, calls, subqueries, and the attributes, indexes and expansions that
 * follow them.
 */
export abstract class OperandParser extends TokenCursor {
  /** The names of all bind parameters so far. */
  readonly parameters: string[] = [];

  /**
   * Parses an expression. With `withoutIn`, an IN at this level ends the expression: the IN of `REMOVE d IN c` is
   * followed by the collection.
   */
  protected abstract expression(withoutIn?: boolean): Syntax;

  /** Parses the statements of a subquery. */
  protected abstract query(): QuerySyntax;

  protected parameter(): string {
    const name = this.next().text;
    if (!this.parameters.includes(name)) this.parameters.push(name);
    return name;
  }

  protected operand(): Syntax {
    const { kind, text, number } = this.look();
    if (kind !== 'string' && kind !== 'number' && !(kind === 'keyword' && text in constants)) {
      return this.accesses(this.reference());
    }
    this.next();
    return { kind: 'constant', value: kind === 'string' ? text : kind === 'number' ? number : constants[text] };
  }

  private reference(): Syntax {
    const { kind, text, start } = this.look();
    if (kind === 'identifier' || (kind === 'keyword' && text === 'LIKE')) {
      if (this.isSymbol('(', 1) || this.isSymbol('::', 1)) return this.call();
    }
    if (kind === 'identifier') return { kind: 'name', name: this.next().text, position: start };
    if (kind === 'parameter') {
      const name = this.parameter();
      const ofCollection = name.startsWith('@');
      return { kind: 'parameter', name: ofCollection ? name.slice(1) : name, ofCollection };
    }
    if (this.isSymbol('[')) return this.array();
    if (this.isSymbol('{')) return this.object();
    if (this.isSymbol('(')) return this.parentheses();
    throw this.unexpected();
  }

  private parentheses(): Syntax {
    this.expectSymbol('(');
    const inner = this.valueOrQuery();
    this.expectSymbol(')');
    return inner.kind === 'expansion' ? { kind: 'parenthesized', inner } : inner;
  }

  private valueOrQuery(): Syntax {
    const isQuery = this.look().kind === 'keyword' && queryStarts.has(this.look().text);
    return isQuery ? { kind: 'subquery', query: this.query() } : this.expression();
  }

  private call(): Syntax {
    let name = this.next().text.toUpperCase();
    while (this.takeSymbol('::')) name += `::${this.expectName().toUpperCase()}`;
    return { kind: 'call', name, args: this.callArguments() };
  }

  protected callArguments(): Syntax[] {
    this.expectSymbol('(');
    if (this.takeSymbol(')')) return [];
    const args = this.list(() => this.valueOrQuery());
    this.expectSymbol(')');
    return args;
  }

  private array(): Syntax {
    return { kind: 'array', items: this.enclosed('[', ']', () => this.expression()) };
  }

  protected object(): Syntax {
    return { kind: 'object', entries: this.enclosed('{', '}', () => this.objectEntry()) };
  }

  private objectEntry(): ObjectEntry<Syntax> {
    const token = this.look();
    if (token.kind === 'identifier' && !this.isSymbol(':', 1)) {
      this.next();
      return { name: token.text, value: { kind: 'name', name: token.text, position: token.start, shorthand: true } };
    }
    let name: string | Syntax;
    if (token.kind === 'identifier' || token.kind === 'string') {
      name = this.next().text;
    } else if (token.kind === 'parameter') {
      if (token.text.startsWith('@'))
        throw syntaxFailure(this.text, token.start, 'bind parameter has an invalid value or type', 1553);
      name = { kind: 'parameter', name: this.parameter(), ofCollection: false };
    } else if (this.takeSymbol('[')) {
      name = this.expression();
      this.expectSymbol(']');
    } else {
      throw this.unexpected("identifier or '}'");
    }
    this.expectSymbol(':');
    return { name, value: this.expression() };
  }

  /** Parses the attributes, indexes and expansions after a reference. */
  private accesses(start: Syntax): Syntax {
    let base = start;
    for (;;) {
      if (this.takeSymbol('.')) {
        if (this.look().kind === 'parameter') {
          if (this.look().text.startsWith('@')) throw this.unexpected('identifier');
          const parameter = this.parameter();
          base = appendAccess(base, (inner) => ({ kind: 'boundAttribute', base: inner, parameter }));
        } else {
          const name = this.expectName();
          base = appendAccess(base, (inner) => ({ kind: 'attribute', base: inner, name }));
        }
      } else if (this.isSymbol('[')) {
        this.next();
        if (this.isSymbol('*')) {
          base = this.expansion(base);
        } else if (this.isSymbol('?')) {
          throw this.unsupported('[?]');
        } else {
          const index = this.expression();
          this.expectSymbol(']');
          base = appendAccess(base, (inner) => ({ kind: 'index', base: inner, index }));
        }
      } else {
        return base;
      }
    }
  }

  private expansion(base: Syntax): Syntax {
    this.expectSymbol('*');
    if (this.isSymbol('*')) throw this.unsupported('[**]');
    const filter = this.takeKeyword('FILTER') ? this.expression() : undefined;
    for (const keyword of ['LIMIT', 'RETURN']) {
      if (this.isKeyword(keyword)) throw this.unsupported(`${keyword} in an array expansion`);
    }
    this.expectSymbol(']');
    // `a[*].b[*]` expands `b` in each element.
    return appendAccess(base, (inner) => ({ kind: 'expansion', base: inner, filter, rest: { kind: 'element' } }));
  }
}

/** Appends an access to an expression. After an expansion, the access applies to each element. */
const appendAccess = (base: Syntax, access: (inner: Syntax) => Syntax): Syntax =>
  base.kind === 'expansion' ? { ...base, rest: appendAccess(base.rest, access) } : access(base);
