import type { IndexField } from '../storage/types';
import type { Expression, Variable } from './plan';
import { isMovable, variablesIn } from './references';

/** The path from a loop's document to a value. */
export interface DocumentPath {
  /** Attribute names from the document to the value, or to the array that is expanded. */
  readonly names: readonly string[];
  /** Attribute names from an element of the expanded array to the value. */
  readonly expanded: readonly string[] | undefined;
}

/** A condition on one path that an index may be able to answer. */
export interface PathCondition {
  readonly path: DocumentPath;
  readonly operator: '==' | 'in' | '<' | '<=' | '>' | '>=' | '!=';
  readonly value: Expression;
  readonly source: Expression;
}

/** The operators when the path is on the right. An element of an array is compared for equality. */
const mirrored = { in: '==', '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** The loop for which conditions are examined. */
export interface LoopContext {
  readonly document: Variable;
  /** Variables that are set by the loop or after it. */
  readonly later: ReadonlySet<Variable>;
  /** Calculations after the loop that are plain paths (`LET x = d.a`), by their variable. */
  readonly definitions: ReadonlyMap<Variable, Expression>;
}

/**
 * The condition as a comparison between a path of the document and a value that is known before the document. Undefined
 * if it is not of this kind.
 */
export function pathCondition(condition: Expression, loop: LoopContext): PathCondition | undefined {
  if (condition.kind !== 'binary') return undefined;
  const { operator, left, right } = condition;
  if (!(operator in mirrored)) return undefined;
  const comparison = operator as PathCondition['operator'];
  const path = isKnown(right, loop) ? pathOf(left, loop) : undefined;
  if (path !== undefined && path.expanded === undefined) {
    return { path, operator: comparison, value: right, source: condition };
  }
  const other = isKnown(left, loop) ? pathOf(right, loop) : undefined;
  // `value IN d.list[*]` is answered by an index of the elements, any other condition by one of the attribute.
  if (other === undefined || (other.expanded !== undefined) !== (comparison === 'in')) return undefined;
  return { path: other, operator: mirrored[comparison], value: left, source: condition };
}

function isKnown(value: Expression, loop: LoopContext): boolean {
  if (!isMovable(value)) return false;
  for (const variable of variablesIn(value)) if (loop.later.has(variable)) return false;
  return true;
}

export function pathOf(expression: Expression, loop: LoopContext): DocumentPath | undefined {
  switch (expression.kind) {
    case 'variable': {
      if (expression.variable === loop.document) return { names: [], expanded: undefined };
      const definition = loop.definitions.get(expression.variable);
      return definition === undefined ? undefined : pathOf(definition, loop);
    }
    case 'attribute':
      return extended(pathOf(expression.base, loop), expression.name);
    case 'index': {
      const { index } = expression;
      if (index.kind !== 'constant' || typeof index.value !== 'string') return undefined;
      return extended(pathOf(expression.base, loop), index.value);
    }
    case 'expansion': {
      if (expression.filter !== undefined) return undefined;
      const base = pathOf(expression.base, loop);
      const rest = pathOf(expression.rest, { ...loop, document: expression.element });
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

export const coversField = (path: DocumentPath, field: IndexField): boolean =>
  sameNames(path.names, field.path) && sameNames(path.expanded, field.expanded);

function sameNames(left: readonly string[] | undefined, right: readonly string[] | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.length === right.length && left.every((name, i) => name === right[i]);
}

/** Whether a condition is false for every document in which the path is absent or null. */
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

/** The operands of AND or OR, or the condition itself. */
export function operandsOf(condition: Expression, operator: '&&' | '||'): Expression[] {
  if (condition.kind !== 'binary' || condition.operator !== operator) return [condition];
  return [...operandsOf(condition.left, operator), ...operandsOf(condition.right, operator)];
}
