import type { View } from '../storage/view';
import { chooseAccess } from './access';
import { conjuncts } from './conditions';
import type { Block, Filter, ResolvedQuery, Rule, Step, Variable } from './plan';
import { assignedBy, expressionsOf, isMovable, variablesIn, walk } from './references';
import { blockWrites } from './resolveExpression';

/** Rewrites the query's blocks for speed; results stay the same. Returns the rules that had an effect. */
export function optimize(query: ResolvedQuery, view: View): Rule[] {
  const rules = new Set<Rule>();
  optimizeBlock(query.block, view, rules);
  return [...rules];
}

function optimizeBlock(block: Block, view: View, rules: Set<Rule>): void {
  block.steps = arrange(block.steps.flatMap(split), rules);
  for (let i = 0; i < block.steps.length; i++) {
    const step = block.steps[i] as Step;
    if (step.kind === 'forCollection') {
      const chosen = chooseAccess(block.steps, i, view);
      if (chosen !== undefined) {
        block.steps = chosen.steps;
        chosen.rules.forEach((rule) => rules.add(rule));
      }
    }
    if (step.kind === 'upsert') optimizeBlock(step.lookup, view, rules);
  }
  for (const step of block.steps) {
    for (const expression of expressionsOf(step)) {
      walk(expression, (part) => {
        if (part.kind === 'subquery' && !optimized.has(part.block)) {
          optimized.add(part.block);
          optimizeBlock(part.block, view, rules);
        }
      });
    }
  }
}

/** Blocks that are already optimized: `walk` visits a nested block again from each level. */
const optimized = new WeakSet<Block>();

/** Splits a filter into one filter per operand of AND, so that each can be moved independently. */
function split(step: Step): Step[] {
  if (step.kind !== 'filter') return [step];
  return conjuncts(step.condition).map((condition): Filter => ({ kind: 'filter', condition }));
}

function isLoop(step: Step): boolean {
  return step.kind === 'forList' || step.kind === 'forCollection' || step.kind === 'traversal';
}

/** Whether nothing may be moved across a step. */
function isBarrier(step: Step): boolean {
  switch (step.kind) {
    case 'limit':
    case 'collect':
    case 'insert':
    case 'update':
    case 'replace':
    case 'remove':
    case 'upsert':
      return true;
    case 'let':
      return (step.value.kind === 'subquery' && blockWrites(step.value.block)) || !isMovable(step.value);
    default:
      return false;
  }
}

/** Moves filters up to where their variables are known, and calculations out of loops on which they do not depend. */
function arrange(steps: readonly Step[], rules: Set<Rule>): Step[] {
  const arranged: Step[] = [];
  for (const step of steps) {
    let position = arranged.length;
    if (step.kind === 'filter' && isMovable(step.condition)) {
      position = earliest(arranged, variablesIn(step.condition));
      while (arranged[position]?.kind === 'filter') position++;
      if (position < arranged.length) rules.add('move-filters-up');
    } else if (step.kind === 'let' && !isBarrier(step)) {
      const first = earliest(arranged, variablesIn(step.value));
      const loop = arranged.findIndex((other, i) => i >= first && isLoop(other));
      if (loop >= 0) {
        position = loop;
        rules.add('move-calculations-up');
      }
    }
    arranged.splice(position, 0, step);
  }
  return arranged;
}

/** The first position in a list of steps at which all these variables are set. */
function earliest(steps: readonly Step[], needed: ReadonlySet<Variable>): number {
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i] as Step;
    if (isBarrier(step) || assignedBy(step).some((variable) => needed.has(variable))) return i + 1;
  }
  return 0;
}
