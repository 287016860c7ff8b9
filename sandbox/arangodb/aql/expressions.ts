import type { BinaryOperator, QuantifiedOperator, Syntax } from './ast';
import { queryFailure } from './failure';
import { OperandParser } from './operands';

/** As in ArangoDB, deeper nesting of expressions and subqueries fails with 1524. */
const MAX_NESTING = 500;

/**
 * Precedence of the operators, low to high, as in ArangoDB's grammar. IN binds tighter than equality, so `a == b IN c`
 * is `a == (b IN c)`. NOT is a unary operator that binds tighter than both.
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

/** The infix operator at the current position. */
type Infix =
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: number;
      readonly right: number;
      readonly tokens: number;
    }
  /** LIKE, =~ and their negations, which are parsed as function calls. */
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

/**
 * Parses expressions with operators. Operands are parsed by the base class, statements by the class that extends this
 * one.
 */
export abstract class ExpressionParser extends OperandParser {
  private nesting = 0;

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
        // ANY is also a direction: `IN 1..2 ANY start`. It is a quantifier only before an operator.
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
}

function matchCall(name: string, negated: boolean, binding: number, tokens: number) {
  return { kind: 'call', name, negated, left: binding, right: binding, tokens } as const;
}
