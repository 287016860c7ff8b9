import { functions } from './functions';
import type { Access, Block, Expression, Step, Variable } from './plan';

/** Calls `visit` for an expression and every expression in it, including those of subqueries. */
function walk(expression: Expression, visit: (part: Expression) => void): void {
  visit(expression);
  for (const part of partsOf(expression)) walk(part, visit);
}

/** The direct parts of an expression. */
export function partsOf(expression: Expression): readonly Expression[] {
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

const defined = <T>(items: readonly (T | undefined)[]): T[] => items.filter((one) => one !== undefined);

function accessExpressions(access: Access): Expression[] {
  if (access.kind === 'union') return access.branches.flatMap(accessExpressions);
  if (access.kind === 'scan') return [];
  const { equal, lower, upper, otherEnd } = access;
  return defined([...equal.map((value) => value.expression), lower?.expression, upper?.expression, otherEnd]);
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
        ...(step.into?.members ?? []).map((variable): Expression => ({ kind: 'variable', variable })),
      ]);
    case 'upsert':
      return [...step.lookup.steps.flatMap(expressionsOf), step.insert, step.document];
    default:
      return defined([step.key, step.document]);
  }
}

/** The variables that a step sets. */
export function assignedBy(step: Step): readonly Variable[] {
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
    case 'filter':
    case 'sort':
    case 'limit':
    case 'return':
      return [];
    default:
      return defined([step.oldVariable, step.newVariable]);
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

/** The subqueries in a step's expressions, without those that are in another subquery. */
export function subqueriesOf(step: Step): Set<Block> {
  const found = (expression: Expression): Block[] =>
    expression.kind === 'subquery' ? [expression.block] : partsOf(expression).flatMap(found);
  return new Set(expressionsOf(step).flatMap(found));
}

/** The steps of a block and of its subqueries. */
export function* stepsIn(block: Block): Generator<Step> {
  for (const step of block.steps) {
    yield step;
    for (const inner of subqueriesOf(step)) yield* stepsIn(inner);
  }
}

export const isWrite = ({ kind }: { readonly kind: string }): boolean =>
  kind === 'insert' || kind === 'update' || kind === 'replace' || kind === 'remove' || kind === 'upsert';

/** Whether a block or one of its subqueries writes. One that does is the value of a step of its own. */
export function blockWrites(block: Block): boolean {
  return block.steps.some(
    (step) => isWrite(step) || (step.kind === 'let' && step.value.kind === 'subquery' && blockWrites(step.value.block)),
  );
}
