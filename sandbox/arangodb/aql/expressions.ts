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

/** An operator between two operands. */
interface Infix {
  /** How tightly it binds to the operand on its left and on its right. */
  readonly left: number;
  readonly right: number;
  readonly tokens: number;
  readonly build: (left: Syntax, right: Syntax) => Syntax;
}

const infix = (operator: BinaryOperator, binding: number, tokens = 1): Infix => ({
  left: binding,
  right: binding,
  tokens,
  build: (left, right) => ({ kind: 'binary', operator, left, right }),
});

const like = (left: Syntax, right: Syntax): Syntax => ({ kind: 'call', name: 'LIKE', args: [left, right] });

/** By the symbol or keyword. */
const operators: ReadonlyMap<string, Infix> = new Map([
  ['||', infix('||', OR)],
  ['OR', infix('||', OR)],
  ['&&', infix('&&', AND)],
  ['AND', infix('&&', AND)],
  ['==', infix('==', EQUALITY)],
  ['!=', infix('!=', EQUALITY)],
  ['LIKE', { left: EQUALITY, right: EQUALITY, tokens: 1, build: like }],
  ['IN', infix('in', MEMBERSHIP)],
  ['<', infix('<', RELATION)],
  ['<=', infix('<=', RELATION)],
  ['>', infix('>', RELATION)],
  ['>=', infix('>=', RELATION)],
  ['..', infix('..', RANGE)],
  ['+', infix('+', SUM)],
  ['-', infix('-', SUM)],
  ['*', infix('*', PRODUCT)],
  ['/', infix('/', PRODUCT)],
  ['%', infix('%', PRODUCT)],
]);

const unaryOperators: ReadonlyMap<string, '!' | '+' | '-'> = new Map([
  ['NOT', '!'],
  ['!', '!'],
  ['+', '+'],
  ['-', '-'],
]);

const notIn = infix('not in', MEMBERSHIP, 2);
const notLike: Infix = {
  left: MEMBERSHIP,
  right: EQUALITY,
  tokens: 2,
  build: (left, right) => ({ kind: 'unary', operator: '!', operand: like(left, right) }),
};

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
      if (this.isSymbol('?')) {
        if (TERNARY <= minimum) break;
        left = this.ternary(left, withoutIn);
        continue;
      }
      const operator = this.infix(withoutIn);
      if (operator === undefined || operator.left <= minimum) break;
      this.at += operator.tokens;
      left = operator.build(left, this.binary(operator.right, withoutIn));
    }
    this.nesting--;
    return left;
  }

  /** The operator at the current position. */
  private infix(withoutIn: boolean): Infix | undefined {
    const { kind, text } = this.look();
    if (kind !== 'symbol' && kind !== 'keyword') return undefined;
    switch (text) {
      case '=~':
      case '!~':
        throw this.unsupported(`operator ${text}`);
      case 'NOT':
        if (this.isKeyword('IN', 1)) return notIn;
        return this.isKeyword('LIKE', 1) ? notLike : undefined;
      case 'ALL':
      case 'ANY':
      case 'NONE':
        // ANY is also a direction: `IN 1..2 ANY start`. It is a quantifier only before an operator.
        if (this.isComparison(1)) throw this.unsupported(`the array operator ${text}`);
        return undefined;
      case 'AT LEAST':
        throw this.unsupported('the array operator AT LEAST');
      default:
        return text === 'IN' && withoutIn ? undefined : operators.get(text);
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
    const { kind, text } = this.look();
    const operator = kind === 'symbol' || kind === 'keyword' ? unaryOperators.get(text) : undefined;
    if (operator === undefined) return this.operand();
    this.next();
    const operand = this.binary(UNARY, withoutIn);
    if (operator !== '!' && operand.kind === 'constant' && typeof operand.value === 'number') {
      return { kind: 'constant', value: operator === '-' ? -operand.value : operand.value };
    }
    return { kind: 'unary', operator, operand };
  }
}
