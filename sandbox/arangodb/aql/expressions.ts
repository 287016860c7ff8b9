import type { BinaryOperator, Inline, ObjectEntry, Quantifier, QuantifiedOperator, QuerySyntax, Syntax } from './ast';
import { queryFailure, syntaxFailure } from './failure';
import { TokenCursor } from './tokenCursor';

/** Deeper nesting of expressions and subqueries is refused with 1524, as the server does. */
const MAX_NESTING = 500;

/**
 * How tightly an operator binds, low to high, as in the server's grammar. Membership binds tighter than equality, so
 * that `a == b IN c` is `a == (b IN c)`, and NOT is a unary operator that binds tighter than both.
 */
const TERNARY = 1;
const OR = 2;
const AND = 3;
const QUANTIFIER = 4;
const EQUALITY = 5;
const MEMBERSHIP = 6;
const RELATION = 7;
const RANGE = 8;
const SUM = 9;
const PRODUCT = 10;
const UNARY = 11;

const symbolOperators: Readonly<Record<string, { binding: number; operator: BinaryOperator | '=~' | '!~' }>> = {
  '||': { binding: OR, operator: '||' },
  '&&': { binding: AND, operator: '&&' },
  '==': { binding: EQUALITY, operator: '==' },
  '!=': { binding: EQUALITY, operator: '!=' },
  '=~': { binding: EQUALITY, operator: '=~' },
  '!~': { binding: EQUALITY, operator: '!~' },
  '<': { binding: RELATION, operator: '<' },
  '<=': { binding: RELATION, operator: '<=' },
  '>': { binding: RELATION, operator: '>' },
  '>=': { binding: RELATION, operator: '>=' },
  '..': { binding: RANGE, operator: '..' },
  '+': { binding: SUM, operator: '+' },
  '-': { binding: SUM, operator: '-' },
  '*': { binding: PRODUCT, operator: '*' },
  '/': { binding: PRODUCT, operator: '/' },
  '%': { binding: PRODUCT, operator: '%' },
};

const quantifiable: Readonly<Record<string, number>> = {
  '==': EQUALITY,
  '!=': EQUALITY,
  '<': RELATION,
  '<=': RELATION,
  '>': RELATION,
  '>=': RELATION,
};

const queryStarts: ReadonlySet<string> = new Set(
  'FOR LET FILTER RETURN COLLECT SORT LIMIT WINDOW REMOVE INSERT UPDATE REPLACE UPSERT'.split(' '),
);

/** An operator that stands next in the text. */
type Infix =
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: number;
      readonly right: number;
      readonly tokens: number;
    }
  /** LIKE, =~ and their negations: calls of a function. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly negated: boolean;
      readonly left: number;
      readonly right: number;
      readonly tokens: number;
    }
  | { readonly kind: 'quantified'; readonly left: number }
  | { readonly kind: 'ternary'; readonly left: number };

/** Reads expressions from a query's tokens; the statements around them are read by the class that extends it. */
export abstract class ExpressionParser extends TokenCursor {
  private nesting = 0;
  readonly parameters: string[] = [];

  /** Reads the statements of a subquery, up to its end. */
  protected abstract query(): QuerySyntax;

  protected parameter(): string {
    const name = this.next().text;
    if (!this.parameters.includes(name)) this.parameters.push(name);
    return name;
  }

  /**
   * Reads an expression. With `withoutIn` an IN at this level ends it: the IN of `REMOVE d IN c` names the collection.
   */
  protected expression(withoutIn = false): Syntax {
    return this.binary(0, withoutIn);
  }

  private binary(minimum: number, withoutIn: boolean): Syntax {
    if (++this.nesting > MAX_NESTING) throw queryFailure(1524, 'query has too much nesting', 'parsing');
    let left = this.unary(withoutIn);
    for (;;) {
      const infix = this.infix(withoutIn);
      if (infix === undefined || infix.left <= minimum) break;
      if (infix.kind === 'ternary') {
        left = this.ternary(left, withoutIn);
      } else if (infix.kind === 'quantified') {
        left = this.quantified(left, withoutIn);
      } else {
        this.at += infix.tokens;
        const right = this.binary(infix.right, withoutIn);
        if (infix.kind === 'binary') {
          left = { kind: 'binary', operator: infix.operator, left, right };
        } else {
          const call: Syntax = { kind: 'call', name: infix.name, args: [left, right] };
          left = infix.negated ? { kind: 'unary', operator: '!', operand: call } : call;
        }
      }
    }
    this.nesting--;
    return left;
  }

  private infix(withoutIn: boolean): Infix | undefined {
    const token = this.look();
    if (token.kind === 'symbol') {
      if (token.text === '?') return { kind: 'ternary', left: TERNARY };
      const found = symbolOperators[token.text];
      if (found === undefined) return undefined;
      const { binding, operator } = found;
      if (operator === '=~' || operator === '!~') return matchCall('REGEX_TEST', operator === '!~', binding, 1);
      return { kind: 'binary', operator, left: binding, right: binding, tokens: 1 };
    }
    if (token.kind !== 'keyword') return undefined;
    switch (token.text) {
      case 'AND':
        return { kind: 'binary', operator: '&&', left: AND, right: AND, tokens: 1 };
      case 'OR':
        return { kind: 'binary', operator: '||', left: OR, right: OR, tokens: 1 };
      case 'IN':
        if (withoutIn) return undefined;
        return { kind: 'binary', operator: 'in', left: MEMBERSHIP, right: MEMBERSHIP, tokens: 1 };
      case 'LIKE':
        return matchCall('LIKE', false, EQUALITY, 1);
      case 'NOT':
        if (this.isKeyword('IN', 1)) {
          return { kind: 'binary', operator: 'not in', left: MEMBERSHIP, right: MEMBERSHIP, tokens: 2 };
        }
        if (this.isKeyword('LIKE', 1)) return { ...matchCall('LIKE', true, EQUALITY, 2), left: MEMBERSHIP };
        if (this.isSymbol('=~', 1)) return { ...matchCall('REGEX_TEST', true, EQUALITY, 2), left: MEMBERSHIP };
        if (this.isSymbol('!~', 1)) return { ...matchCall('REGEX_TEST', false, EQUALITY, 2), left: MEMBERSHIP };
        return undefined;
      case 'ALL':
      case 'ANY':
      case 'NONE':
        // ANY is also a direction: `IN 1..2 ANY start`. Only an operator behind it makes it a quantifier.
        return this.isQuantifiedOperator(1) ? { kind: 'quantified', left: QUANTIFIER } : undefined;
      case 'AT LEAST':
        return { kind: 'quantified', left: QUANTIFIER };
      default:
        return undefined;
    }
  }

  private isQuantifiedOperator(ahead: number): boolean {
    const token = this.peek(ahead);
    if (token.kind === 'symbol') return quantifiable[token.text] !== undefined;
    return this.isKeyword('IN', ahead) || (this.isKeyword('NOT', ahead) && this.isKeyword('IN', ahead + 1));
  }

  private quantifier(): Quantifier<Syntax> {
    switch (this.next().text) {
      case 'ALL':
        return { kind: 'all' };
      case 'ANY':
        return { kind: 'any' };
      case 'NONE':
        return { kind: 'none' };
      default: {
        this.expectSymbol('(');
        const count = this.expression();
        this.expectSymbol(')');
        return { kind: 'atLeast', count };
      }
    }
  }

  private quantified(left: Syntax, withoutIn: boolean): Syntax {
    const quantifier = this.quantifier();
    if (!this.isQuantifiedOperator(0)) throw this.unexpected('comparison operator');
    const token = this.next();
    if (token.kind === 'symbol') {
      const right = this.binary(quantifiable[token.text] as number, withoutIn);
      return { kind: 'quantified', quantifier, operator: token.text as QuantifiedOperator, left, right };
    }
    const negated = token.text === 'NOT';
    if (negated) this.next();
    return {
      kind: 'quantified',
      quantifier,
      operator: negated ? 'not in' : 'in',
      left,
      right: this.binary(MEMBERSHIP, withoutIn),
    };
  }

  private ternary(condition: Syntax, withoutIn: boolean): Syntax {
    this.expectSymbol('?');
    if (this.takeSymbol(':')) {
      return { kind: 'ternary', condition, then: undefined, otherwise: this.binary(TERNARY - 1, withoutIn) };
    }
    const then = this.binary(0, false);
    this.expectSymbol(':');
    return { kind: 'ternary', condition, then, otherwise: this.binary(TERNARY - 1, withoutIn) };
  }

  private unary(withoutIn: boolean): Syntax {
    const operator =
      this.isKeyword('NOT') || this.isSymbol('!')
        ? '!'
        : this.isSymbol('-')
          ? '-'
          : this.isSymbol('+')
            ? '+'
            : undefined;
    if (operator === undefined) return this.operand();
    this.next();
    const operand = this.binary(UNARY, withoutIn);
    if (operator !== '!' && operand.kind === 'constant' && typeof operand.value === 'number') {
      return { kind: 'constant', value: operator === '-' ? -operand.value : operand.value };
    }
    return { kind: 'unary', operator, operand };
  }

  private operand(): Syntax {
    const token = this.look();
    if (token.kind === 'string') return { kind: 'constant', value: this.next().text };
    if (token.kind === 'number') return { kind: 'constant', value: this.next().number };
    if (token.kind === 'keyword') {
      switch (token.text) {
        case 'NULL':
          this.next();
          return { kind: 'constant', value: null };
        case 'TRUE':
        case 'FALSE':
          this.next();
          return { kind: 'constant', value: token.text === 'TRUE' };
      }
    }
    return this.accesses(this.reference());
  }

  private reference(): Syntax {
    const token = this.look();
    switch (token.kind) {
      case 'identifier': {
        if (this.isSymbol('(', 1) || this.isSymbol('::', 1)) return this.call();
        this.next();
        return { kind: 'name', name: token.text, position: token.start };
      }
      case 'parameter': {
        const name = this.parameter();
        const ofCollection = name.startsWith('@');
        return { kind: 'parameter', name: ofCollection ? name.slice(1) : name, ofCollection };
      }
      case 'keyword':
        if (token.text === 'LIKE' && this.isSymbol('(', 1)) return this.call();
        break;
      case 'symbol':
        if (token.text === '[') return this.array();
        if (token.text === '{') return this.object();
        if (token.text === '(') return this.parentheses();
        break;
      case 'string':
      case 'number':
      case 'end':
        break;
    }
    throw this.unexpected();
  }

  private parentheses(): Syntax {
    this.expectSymbol('(');
    if (this.startsQuery()) {
      const query = this.query();
      this.expectSymbol(')');
      return { kind: 'subquery', query };
    }
    const inner = this.expression();
    this.expectSymbol(')');
    return inner.kind === 'expansion' ? { kind: 'closed', inner } : inner;
  }

  private startsQuery(): boolean {
    return this.look().kind === 'keyword' && queryStarts.has(this.look().text);
  }

  private call(): Syntax {
    let name = this.next().text.toUpperCase();
    while (this.takeSymbol('::')) name += `::${this.expectName().toUpperCase()}`;
    const args = this.callArguments();
    return { kind: 'call', name, args };
  }

  protected callArguments(): Syntax[] {
    this.expectSymbol('(');
    const args: Syntax[] = [];
    if (this.takeSymbol(')')) return args;
    do {
      args.push(this.startsQuery() ? { kind: 'subquery', query: this.query() } : this.expression());
    } while (this.takeSymbol(','));
    this.expectSymbol(')');
    return args;
  }

  private array(): Syntax {
    this.expectSymbol('[');
    const items: Syntax[] = [];
    while (!this.takeSymbol(']')) {
      items.push(this.expression());
      if (!this.takeSymbol(',')) {
        this.expectSymbol(']');
        break;
      }
    }
    return { kind: 'array', items };
  }

  protected object(): Syntax {
    this.expectSymbol('{');
    const entries: ObjectEntry<Syntax>[] = [];
    while (!this.takeSymbol('}')) {
      entries.push(this.objectEntry());
      if (!this.takeSymbol(',')) {
        this.expectSymbol('}');
        break;
      }
    }
    return { kind: 'object', entries };
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

  /** What may follow a reference: attributes, indexes and expansions. Literals such as "a" or 1 take none. */
  private accesses(start: Syntax): Syntax {
    let base = start;
    for (;;) {
      if (this.takeSymbol('.')) {
        if (this.look().kind === 'parameter') {
          if (this.look().text.startsWith('@')) throw this.unexpected('identifier');
          const parameter = this.parameter();
          base = behind(base, (inner) => ({ kind: 'boundAttribute', base: inner, parameter }));
        } else {
          const name = this.expectName();
          base = behind(base, (inner) => ({ kind: 'attribute', base: inner, name }));
        }
      } else if (this.isSymbol('[')) {
        this.next();
        if (this.isSymbol('*')) {
          base = this.expansion(base);
        } else if (this.takeSymbol('?')) {
          base = this.matching(base);
        } else {
          const index = this.expression();
          this.expectSymbol(']');
          base = behind(base, (inner) => ({ kind: 'index', base: inner, index }));
        }
      } else {
        return base;
      }
    }
  }

  private expansion(base: Syntax): Syntax {
    let levels = 0;
    while (this.takeSymbol('*')) levels++;
    const inline = this.inline();
    this.expectSymbol(']');
    const expanded = (inner: Syntax): Syntax => ({
      kind: 'expansion',
      base: inner,
      levels,
      inline,
      rest: { kind: 'element' },
    });
    // `a[*].b[*]` maps inside of each element; `a[*].b[**]` flattens the finished array.
    return levels > 1 ? expanded(base) : behind(base, expanded);
  }

  private inline(): Inline<Syntax> {
    const filter = this.takeKeyword('FILTER') ? this.expression() : undefined;
    let offset: Syntax | undefined;
    let count: Syntax | undefined;
    if (this.takeKeyword('LIMIT')) {
      count = this.expression();
      if (this.takeSymbol(',')) {
        offset = count;
        count = this.expression();
      }
    }
    const projection = this.takeKeyword('RETURN') ? this.expression() : undefined;
    return { filter, offset, count, projection };
  }

  private matching(base: Syntax): Syntax {
    let quantifier: Quantifier<Syntax> | undefined;
    let filter: Syntax | undefined;
    if (!this.isSymbol(']')) {
      if (this.isKeyword('ALL') || this.isKeyword('ANY') || this.isKeyword('NONE') || this.isKeyword('AT LEAST')) {
        quantifier = this.quantifier();
      } else if (!this.isKeyword('FILTER')) {
        quantifier = { kind: 'count', count: this.expression() };
      }
      this.expectKeyword('FILTER');
      filter = this.expression();
    }
    this.expectSymbol(']');
    const condition = filter;
    return behind(base, (inner) => ({ kind: 'matching', base: inner, quantifier, filter: condition }));
  }
}

function matchCall(name: string, negated: boolean, binding: number, tokens: number) {
  return { kind: 'call', name, negated, left: binding, right: binding, tokens } as const;
}

/** Puts an access behind an expression; behind an expansion it goes to each of its elements. */
function behind(base: Syntax, access: (inner: Syntax) => Syntax): Syntax {
  return base.kind === 'expansion' ? { ...base, rest: behind(base.rest, access) } : access(base);
}
