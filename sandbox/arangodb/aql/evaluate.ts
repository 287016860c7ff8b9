import { compare, equals, isPlainObject, isTrue, mapKey, ownValue, type MapKey } from '../values';
import type { ArithmeticOperator, ComparisonOperator, Quantifier } from './ast';
import { finite, setAttribute, toInteger, toNumber, toText } from './casts';
import { queryFailure } from './failure';
import { functions } from './functions';
import { flattenLevels, length, range } from './functions/arrays';
import type { FunctionContext } from './functions/definition';
import type { Block, Expansion, Expression, Matching } from './plan';

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
    case 'quantified': {
      const left = compile(expression.left);
      const right = compile(expression.right);
      const holds = comparison(expression.operator);
      const counts = quantify(expression.quantifier, compile);
      return (row) => {
        const items = left(row);
        if (!Array.isArray(items)) return false;
        const other = right(row);
        return counts(row, items, (item) => holds(item, other));
      };
    }
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
    case 'matching':
      return matching(expression, compile);
    case 'subquery':
      return context.subquery(expression.block, false);
  }
}

type Compile = (expression: Expression) => Evaluate;

/** Whether JavaScript objects or arrays have a property with this name that is not an attribute. */
function isInherited(name: string): boolean {
  return name in Array.prototype || /^\d+$/.test(name);
}

/** An attribute of a value, or null if the value does not have it. */
function attributeOf(value: unknown, name: string): unknown {
  return isPlainObject(value) ? ownValue(value, name) : null;
}

function attribute(baseExpression: Expression, name: string, compile: Compile): Evaluate {
  if (isInherited(name)) {
    const base = compile(baseExpression);
    return (row) => attributeOf(base(row), name);
  }
  if (baseExpression.kind === 'variable') {
    const { slot } = baseExpression.variable;
    return (row) => {
      const value = row[slot];
      return typeof value === 'object' && value !== null ? ((value as Record<string, unknown>)[name] ?? null) : null;
    };
  }
  const base = compile(baseExpression);
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
      const holds = comparison(operator);
      return (row) => holds(left(row), right(row));
    }
  }
}

/** A range with more elements fails instead of filling the memory. */
const MAX_RANGE = 10_000_000;

function rangeOf(from: unknown, to: unknown): number[] {
  const start = toInteger(from);
  const stop = toInteger(to);
  if (Math.abs(stop - start) > MAX_RANGE)
    throw queryFailure(32, 'resource limit exceeded: range has too many elements', 'executing');
  return range(start, stop);
}

function comparison(operator: ComparisonOperator | 'in' | 'not in'): (left: unknown, right: unknown) => boolean {
  switch (operator) {
    case '==':
      return equals;
    case '!=':
      return (left, right) => !equals(left, right);
    case '<':
      return (left, right) => compare(left, right) < 0;
    case '<=':
      return (left, right) => compare(left, right) <= 0;
    case '>':
      return (left, right) => compare(left, right) > 0;
    case '>=':
      return (left, right) => compare(left, right) >= 0;
    case 'in':
      return isElement;
    case 'not in':
      return (left, right) => !isElement(left, right);
  }
}

function isElement(value: unknown, list: unknown): boolean {
  return Array.isArray(list) && list.some((item) => equals(item, value));
}

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

function arithmetic(operator: ArithmeticOperator, left: Evaluate, right: Evaluate, context: FunctionContext): Evaluate {
  const number = (value: unknown): number => (typeof value === 'number' ? value : toNumber(value));
  switch (operator) {
    case '+':
      return (row) => finite(number(left(row)) + number(right(row)));
    case '-':
      return (row) => finite(number(left(row)) - number(right(row)));
    case '*':
      return (row) => finite(number(left(row)) * number(right(row)));
    case '/':
    case '%':
      return (row) => {
        const dividend = number(left(row));
        const divisor = number(right(row));
        if (divisor === 0) {
          context.warn(1562, 'division by zero');
          return null;
        }
        return finite(operator === '/' ? dividend / divisor : dividend % divisor);
      };
  }
}

type Count = (row: Row, items: readonly unknown[], matches: (item: unknown) => boolean) => boolean;

function quantify(quantifier: Quantifier<Expression> | undefined, compile: Compile): Count {
  switch (quantifier?.kind) {
    case undefined:
    case 'any':
      return (_row, items, matches) => items.some(matches);
    case 'all':
      return (_row, items, matches) => items.every(matches);
    case 'none':
      return (_row, items, matches) => !items.some(matches);
    case 'atLeast': {
      const count = compile(quantifier.count);
      return (row, items, matches) => items.filter(matches).length >= toNumber(count(row));
    }
    case 'count': {
      const isRange = quantifier.count.kind === 'binary' && quantifier.count.operator === '..';
      const count = compile(quantifier.count);
      return (row, items, matches) => {
        const expected = count(row);
        const found = items.filter(matches).length;
        return isRange && Array.isArray(expected) ? expected.includes(found) : found === toNumber(expected);
      };
    }
  }
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
  const { inline } = expression;
  const filter = inline.filter && compile(inline.filter);
  const offset = inline.offset && compile(inline.offset);
  const count = inline.count && compile(inline.count);
  const mapped = inline.projection ?? expression.rest;
  const isIdentity = mapped.kind === 'variable' && mapped.variable === expression.element;
  const map = compile(mapped);
  return (row) => {
    const value = base(row);
    if (!Array.isArray(value)) return [];
    const items = expression.levels > 1 ? flattenLevels(value, expression.levels - 1) : (value as unknown[]);
    if (isIdentity && filter === undefined && count === undefined) return items;
    let skip = offset === undefined ? 0 : Math.max(0, toInteger(offset(row)));
    let left = count === undefined ? Infinity : Math.max(0, toInteger(count(row)));
    const result: unknown[] = [];
    for (const item of items) {
      if (left <= 0) break;
      row[slot] = item;
      if (filter !== undefined && !isTrue(filter(row))) continue;
      if (skip-- > 0) continue;
      left--;
      result.push(map(row));
    }
    return result;
  };
}

function matching(expression: Matching, compile: Compile): Evaluate {
  const { slot } = expression.element;
  const base = compile(expression.base);
  const filter = expression.filter && compile(expression.filter);
  const counts = quantify(expression.quantifier, compile);
  return (row) => {
    const items = base(row);
    if (!Array.isArray(items)) return false;
    if (filter === undefined) return items.length > 0;
    return counts(row, items, (item) => {
      row[slot] = item;
      return isTrue(filter(row));
    });
  };
}
