import { compare, equals, isPlainObject, isTrue, mapKey, ownValue, setAttribute, type MapKey } from '../values';
import type { ArithmeticOperator, ComparisonOperator } from './ast';
import { finite, toNumber, toText } from './casts';
import { functions } from './functions';
import { length, rangeOf } from './functions/arrays';
import type { FunctionContext } from './functions/definition';
import type { Block, Expansion, Expression } from './plan';

/** The values of all variables, by slot. All steps of a query and its subqueries share one row. */
export type Row = unknown[];
export type Evaluate = (row: Row) => unknown;

/** The part of a running query that compiled expressions use. */
export interface EvaluationContext extends FunctionContext {
  /** Compiles a subquery into a function that returns all its rows, or only the first. */
  subquery(block: Block, firstOnly: boolean): (row: Row) => unknown[];
}

/** Compiles an expression into a closure, once per query. Evaluating it for a row then walks no syntax tree. */
export function compileExpression(expression: Expression, context: EvaluationContext): Evaluate {
  const compile = (part: Expression): Evaluate => compileExpression(part, context);
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'variable': {
      const { slot } = expression.variable;
      return (row) => row[slot];
    }
    case 'attribute':
      return attribute(expression.base, expression.name, compile);
    case 'index': {
      const base = compile(expression.base);
      const index = compile(expression.index);
      return (row) => elementAt(base(row), index(row));
    }
    case 'array': {
      const items = expression.items.map(compile);
      return (row) => items.map((item) => item(row));
    }
    case 'object':
      return object(expression, compile);
    case 'unary': {
      const operand = compile(expression.operand);
      if (expression.operator === '!') return (row) => !isTrue(operand(row));
      if (expression.operator === '+') return (row) => finite(toNumber(operand(row)));
      return (row) => finite(-toNumber(operand(row)));
    }
    case 'binary':
      return binary(expression, compile, context);
    case 'ternary': {
      const condition = compile(expression.condition);
      const otherwise = compile(expression.otherwise);
      const then = expression.then === undefined ? undefined : compile(expression.then);
      return (row) => {
        const value = condition(row);
        return isTrue(value) ? (then === undefined ? value : then(row)) : otherwise(row);
      };
    }
    case 'call':
      return call(expression, compile, context);
    case 'expansion':
      return expansion(expression, compile);
    case 'subquery':
      return context.subquery(expression.block, false);
  }
}

type Compile = (expression: Expression) => Evaluate;

/** Whether JavaScript objects or arrays have a property with this name that is not an attribute. */
const isInherited = (name: string): boolean => name in Array.prototype || /^\d+$/.test(name);

/** An attribute of a value, or null if the value does not have it. */
const attributeOf = (value: unknown, name: string): unknown => (isPlainObject(value) ? ownValue(value, name) : null);

function attribute(baseExpression: Expression, name: string, compile: Compile): Evaluate {
  const base = compile(baseExpression);
  if (isInherited(name)) return (row) => attributeOf(base(row), name);
  return (row) => {
    const value = base(row);
    return typeof value === 'object' && value !== null ? ((value as Record<string, unknown>)[name] ?? null) : null;
  };
}

/** `a[i]`: a negative index counts from the end of an array; for an object, the index is an attribute name. */
function elementAt(base: unknown, index: unknown): unknown {
  if (Array.isArray(base)) {
    if (typeof index === 'number') return base.at(Math.trunc(index)) ?? null;
    return typeof index === 'string' && /^-?\d+$/.test(index) ? (base.at(Number(index)) ?? null) : null;
  }
  if (!isPlainObject(base)) return null;
  return typeof index === 'string' || typeof index === 'number' ? ownValue(base, String(index)) : null;
}

function object(expression: Expression & { kind: 'object' }, compile: Compile): Evaluate {
  const entries = expression.entries.map(({ name, value }) => ({
    name: typeof name === 'string' ? name : compile(name),
    value: compile(value),
  }));
  const names = entries.map((entry) => entry.name);
  const isPlain =
    names.every((name) => typeof name === 'string' && name !== '__proto__') && new Set(names).size === names.length;
  if (isPlain) {
    return (row) => {
      const result: Record<string, unknown> = {};
      for (const entry of entries) result[entry.name as string] = entry.value(row) ?? null;
      return result;
    };
  }
  return (row) => {
    const result: Record<string, unknown> = {};
    for (const entry of entries) {
      const name = typeof entry.name === 'string' ? entry.name : toText(entry.name(row));
      // Of duplicate names, the last one counts.
      setAttribute(result, name, entry.value(row) ?? null);
    }
    return result;
  };
}

function binary(expression: Expression & { kind: 'binary' }, compile: Compile, context: EvaluationContext): Evaluate {
  const left = compile(expression.left);
  const right = compile(expression.right);
  const { operator } = expression;
  switch (operator) {
    case '&&':
      return (row) => {
        const value = left(row);
        return isTrue(value) ? right(row) : value;
      };
    case '||':
      return (row) => {
        const value = left(row);
        return isTrue(value) ? value : right(row);
      };
    case '..':
      return (row) => rangeOf(left(row), right(row));
    case 'in':
      return membership(left, right);
    case 'not in': {
      const isIn = membership(left, right);
      return (row) => !isIn(row);
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(operator, left, right, context);
    case '==': {
      const other = expression.right.kind === 'constant' ? expression.right.value : undefined;
      if (typeof other === 'string' || typeof other === 'boolean' || other === null)
        return (row) => left(row) === other;
      return (row) => equals(left(row), right(row));
    }
    default: {
      const holds = comparisons[operator];
      return (row) => holds(left(row), right(row));
    }
  }
}

const comparisons: Readonly<Record<ComparisonOperator, (left: unknown, right: unknown) => boolean>> = {
  '==': equals,
  '!=': (left, right) => !equals(left, right),
  '<': (left, right) => compare(left, right) < 0,
  '<=': (left, right) => compare(left, right) <= 0,
  '>': (left, right) => compare(left, right) > 0,
  '>=': (left, right) => compare(left, right) >= 0,
};

const isElement = (value: unknown, list: unknown): boolean =>
  Array.isArray(list) && list.some((item) => equals(item, value));

/** Lists up to this length are searched linearly. */
const HASHED_LENGTH = 8;

/** `a IN b`. A longer list is hashed when the next row has the same one: it is then probably the same for every row. */
function membership(left: Evaluate, right: Evaluate): (row: Row) => boolean {
  let last: unknown;
  let keys: Set<MapKey> | undefined;
  return (row) => {
    const value = left(row);
    const list = right(row);
    if (!Array.isArray(list) || list.length <= HASHED_LENGTH) return isElement(value, list);
    if (list !== last) {
      last = list;
      keys = undefined;
      return isElement(value, list);
    }
    keys ??= new Set(list.map(mapKey));
    return keys.has(mapKey(value));
  };
}

const calculations: Readonly<Record<ArithmeticOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

function arithmetic(operator: ArithmeticOperator, left: Evaluate, right: Evaluate, context: FunctionContext): Evaluate {
  const calculate = calculations[operator];
  const divides = operator === '/' || operator === '%';
  return (row) => {
    const first = toNumber(left(row));
    const second = toNumber(right(row));
    if (!divides || second !== 0) return finite(calculate(first, second));
    context.warn(1562, 'division by zero');
    return null;
  };
}

function call(expression: Expression & { kind: 'call' }, compile: Compile, context: EvaluationContext): Evaluate {
  const [first] = expression.args;
  if (expression.name === 'FIRST' && first?.kind === 'subquery') {
    const rows = context.subquery(first.block, true);
    return (row) => rows(row)[0] ?? null;
  }
  const { implementation } = functions.get(expression.name) as { implementation: (...args: unknown[]) => unknown };
  const args = expression.args.map(compile);
  const [a, b] = args;
  if (expression.name === 'LENGTH' && a !== undefined) return (row) => length(a(row));
  if (a === undefined) return () => implementation(context);
  if (b === undefined) return (row) => implementation(context, a(row)) ?? null;
  if (args.length === 2) return (row) => implementation(context, a(row), b(row)) ?? null;
  return (row) => implementation(context, ...args.map((arg) => arg(row))) ?? null;
}

function expansion(expression: Expansion, compile: Compile): Evaluate {
  const { slot } = expression.element;
  const base = compile(expression.base);
  const filter = expression.filter && compile(expression.filter);
  const map = compile(expression.rest);
  return (row) => {
    const items = base(row);
    if (!Array.isArray(items)) return [];
    const result: unknown[] = [];
    for (const item of items) {
      row[slot] = item;
      if (filter === undefined || isTrue(filter(row))) result.push(map(row));
    }
    return result;
  };
}
