import type { IndexField } from '../storage/types';
import type { Expression, Variable } from './plan';
import { isMovable, variablesIn } from './references';

/** The way from a loop's document to a value: attribute names, and those below an expanded array's elements. */
export interface DocumentPath {
  readonly names: readonly string[];
  readonly expanded: readonly string[] | undefined;
}

/** A filter on one path, as far as an index can answer it. */
export interface PathCondition {
  readonly path: DocumentPath;
  readonly operator: '==' | 'in' | '<' | '<=' | '>' | '>=' | '!=';
  readonly value: Expression;
  readonly source: Expression;
}

const mirrored = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** What conditions may refer to while the documents of a loop are looked up. */
export interface Surroundings {
  readonly document: Variable;
  /** Variables that are set at the loop or after it. */
  readonly later: ReadonlySet<Variable>;
  /** Definitions of calculations after the loop that are plain paths (`LET x = d.a`). */
  readonly definitions: ReadonlyMap<Variable, Expression>;
}

/** Reads a condition as one on a path of the document, with a value known before the document is. */
export function pathCondition(condition: Expression, around: Surroundings): PathCondition | undefined {
  if (condition.kind !== 'binary') return undefined;
  const { operator, left, right } = condition;
  if (operator === 'in') {
    const path = pathOf(left, around);
    if (path !== undefined && path.expanded === undefined && isKnown(right, around)) {
      return { path, operator: 'in', value: right, source: condition };
    }
    const array = pathOf(right, around);
    if (array?.expanded === undefined || !isKnown(left, around)) return undefined;
    return { path: array, operator: '==', value: left, source: condition };
  }
  if (!(operator in mirrored)) return undefined;
  const comparison = operator as keyof typeof mirrored;
  const path = pathOf(left, around);
  if (path !== undefined && path.expanded === undefined && isKnown(right, around)) {
    return { path, operator: comparison, value: right, source: condition };
  }
  const other = pathOf(right, around);
  if (other === undefined || other.expanded !== undefined || !isKnown(left, around)) return undefined;
  return { path: other, operator: mirrored[comparison], value: left, source: condition };
}

function isKnown(value: Expression, around: Surroundings): boolean {
  if (!isMovable(value)) return false;
  for (const variable of variablesIn(value)) if (around.later.has(variable)) return false;
  return true;
}

export function pathOf(expression: Expression, around: Surroundings): DocumentPath | undefined {
  switch (expression.kind) {
    case 'variable': {
      if (expression.variable === around.document) return { names: [], expanded: undefined };
      const definition = around.definitions.get(expression.variable);
      return definition === undefined ? undefined : pathOf(definition, around);
    }
    case 'attribute':
      return extended(pathOf(expression.base, around), expression.name);
    case 'index': {
      const { index } = expression;
      if (index.kind !== 'constant' || typeof index.value !== 'string') return undefined;
      return extended(pathOf(expression.base, around), index.value);
    }
    case 'expansion': {
      const { filter, count, projection } = expression.inline;
      if ((expression.levels !== 1 || filter) ?? count ?? projection) return undefined;
      const base = pathOf(expression.base, around);
      const rest = pathOf(expression.rest, { ...around, document: expression.element });
      if (base === undefined || base.expanded !== undefined || rest === undefined) return undefined;
      return { names: base.names, expanded: rest.names };
    }
    default:
      return undefined;
  }
}

function extended(path: DocumentPath | undefined, name: string): DocumentPath | undefined {
  return path === undefined || path.expanded !== undefined
    ? undefined
    : { names: [...path.names, name], expanded: undefined };
}

export function isPlainPath(expression: Expression): boolean {
  if (expression.kind === 'attribute') return isPlainPath(expression.base);
  return expression.kind === 'variable';
}

export function coversField(path: DocumentPath, field: IndexField): boolean {
  return sameNames(path.names, field.path) && sameNames(path.expanded, field.expanded);
}

function sameNames(left: readonly string[] | undefined, right: readonly string[] | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.length === right.length && left.every((name, i) => name === right[i]);
}

/** Whether a condition holds for no document in which the path is absent or null. */
export function excludesNull(condition: PathCondition): boolean {
  const { value } = condition;
  const known = value.kind === 'constant' ? value.value : undefined;
  switch (condition.operator) {
    case '>':
      return true;
    case '!=':
      return known === null;
    case '==':
    case '>=':
      return known !== undefined && known !== null;
    case 'in':
      return Array.isArray(known) && !known.includes(null);
    case '<':
    case '<=':
      return false;
  }
}

/** The operands of AND, or the condition itself. */
export function conjuncts(condition: Expression): Expression[] {
  if (condition.kind !== 'binary' || condition.operator !== '&&') return [condition];
  return [...conjuncts(condition.left), ...conjuncts(condition.right)];
}
