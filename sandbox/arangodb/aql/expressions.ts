import type { BinaryOperator, Syntax } from './ast';
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
const EQUALITY = 4;
const MEMBERSHIP = 5;
const RELATION = 6;
const RANGE = 7;
const SUM = 8;
const PRODUCT = 9;
const UNARY = 10;

const symbolOperators: Readonly<Record<string, { binding: number; operator: BinaryOperator }>> = {
  '||': { binding: OR, operator: '||' },
  '&&': { binding: AND, operator: '&&' },
  '==': { binding: EQUALITY, operator: '==' },
  '!=': { binding: EQUALITY, operator: '!=' },
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

/** The infix operator at the current position. */
type Infix =
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: number;
      readonly right: number;
      readonly tokens: number;
    }
  /** LIKE and NOT LIKE, which are parsed as function calls. */
  | {
      readonly kind: 'like';
      readonly negated: boolean;
      readonly left: number;
      readonly right: number;
      readonly tokens: number;
    }
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
      } else {
        this.at += infix.tokens;
        const right = this.binary(infix.right, withoutIn);
        if (infix.kind === 'binary') {
          left = { kind: 'binary', operator: infix.operator, left, right };
        } else {
          const call: Syntax = { kind: 'call', name: 'LIKE', args: [left, right] };
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
      if (token.text === '=~' || token.text === '!~') throw this.unsupported(`operator ${token.text}`);
      const found = symbolOperators[token.text];
      if (found === undefined) return undefined;
      const { binding, operator } = found;
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
        return { kind: 'like', negated: false, left: EQUALITY, right: EQUALITY, tokens: 1 };
      case 'NOT':
        if (this.isKeyword('IN', 1)) {
          return { kind: 'binary', operator: 'not in', left: MEMBERSHIP, right: MEMBERSHIP, tokens: 2 };
        }
        if (!this.isKeyword('LIKE', 1)) return undefined;
        return { kind: 'like', negated: true, left: MEMBERSHIP, right: EQUALITY, tokens: 2 };
      case 'ALL':
      case 'ANY':
      case 'NONE':
        // ANY is also a direction: `IN 1..2 ANY start`. It is a quantifier only before an operator.
        if (this.isComparison(1)) throw this.unsupported(`the array operator ${token.text}`);
        return undefined;
      case 'AT LEAST':
        throw this.unsupported('the array operator AT LEAST');
      default:
        return undefined;
    }
  }

  private isComparison(ahead: number): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === 'symbol' ? /^[=!<>]=?$/.test(text) : this.isKeyword('IN', ahead) || this.isKeyword('NOT', ahead);
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
