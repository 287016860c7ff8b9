import { functions } from './functions';
import type { Access, Block, Expression, Step, Variable } from './plan';

/** Calls `visit` for an expression and every expression in it, including those of subqueries. */
export function walk(expression: Expression, visit: (part: Expression) => void): void {
  visit(expression);
  for (const part of partsOf(expression)) walk(part, visit);
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'constant':
    case 'variable':
      return [];
    case 'attribute':
      return [expression.base];
    case 'index':
      return [expression.base, expression.index];
    case 'array':
      return expression.items;
    case 'object':
      return expression.entries.flatMap(({ name, value }) => (typeof name === 'string' ? [value] : [name, value]));
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'ternary':
      return defined([expression.condition, expression.then, expression.otherwise]);
    case 'call':
      return expression.args;
    case 'expansion':
      return defined([expression.base, expression.filter, expression.rest]);
    case 'subquery':
      return expression.block.steps.flatMap(expressionsOf);
  }
}

function defined(expressions: readonly (Expression | undefined)[]): Expression[] {
  return expressions.filter((one) => one !== undefined);
}

function accessExpressions(access: Access): Expression[] {
  switch (access.kind) {
    case 'scan':
      return [];
    case 'index':
      return defined([
        ...access.equal.map((value) => value.expression),
        access.lower?.expression,
        access.upper?.expression,
        access.otherEnd,
      ]);
    case 'union':
      return access.branches.flatMap(accessExpressions);
  }
}

/** The expressions of a step. */
export function expressionsOf(step: Step): readonly Expression[] {
  switch (step.kind) {
    case 'forList':
      return [step.list];
    case 'forCollection':
      return accessExpressions(step.access);
    case 'traversal':
      return defined([step.start, step.prune]);
    case 'filter':
      return [step.condition];
    case 'let':
    case 'return':
      return [step.value];
    case 'sort':
      return step.keys.map((key) => key.value);
    case 'limit':
      return [];
    case 'collect':
      return defined([
        ...step.groups.map((group) => group.value),
        ...step.aggregates.map((aggregate) => aggregate.argument),
        step.into?.value,
        ...(step.into?.value === undefined ? (step.into?.members ?? []) : []).map((variable): Expression => ({
          kind: 'variable',
          variable,
        })),
      ]);
    case 'insert':
    case 'update':
    case 'replace':
    case 'remove':
      return defined([step.key, step.document]);
    case 'upsert':
      return [...step.lookup.steps.flatMap(expressionsOf), step.insert, step.document];
  }
}

/** The variables that a step sets. */
export function assignedBy(step: Step): readonly Variable[] {
  const defined = (variables: readonly (Variable | undefined)[]): Variable[] =>
    variables.filter((one) => one !== undefined);
  switch (step.kind) {
    case 'forList':
    case 'forCollection':
    case 'let':
      return [step.variable];
    case 'traversal':
      return defined([step.vertex, step.edge, step.path]);
    case 'collect':
      return defined([
        ...step.groups.map((group) => group.variable),
        ...step.aggregates.map((aggregate) => aggregate.variable),
        step.into?.variable,
      ]);
    case 'insert':
    case 'update':
    case 'replace':
    case 'remove':
    case 'upsert':
      return defined([step.oldVariable, step.newVariable]);
    case 'filter':
    case 'sort':
    case 'limit':
    case 'return':
      return [];
  }
}

/** The variables that expressions use, including those in subqueries and expansions. */
export function variablesIn(...expressions: readonly Expression[]): Set<Variable> {
  const variables = new Set<Variable>();
  for (const expression of expressions) {
    walk(expression, (part) => {
      if (part.kind === 'variable') variables.add(part.variable);
    });
  }
  return variables;
}

/** Whether an expression has the same result when it is evaluated at another time or another number of times. */
export function isMovable(expression: Expression): boolean {
  let movable = true;
  walk(expression, (part) => {
    if (part.kind === 'call' && functions.get(part.name)?.deterministic === false) movable = false;
  });
  return movable;
}

/** Whether a block or one of its subqueries has a step that satisfies a condition. */
export function hasStep(block: Block, accepts: (step: Step) => boolean): boolean {
  return block.steps.some((step) => {
    if (accepts(step)) return true;
    let found = false;
    for (const expression of expressionsOf(step)) {
      walk(expression, (part) => {
        if (part.kind === 'subquery' && hasStep(part.block, accepts)) found = true;
      });
    }
    return found;
  });
}
