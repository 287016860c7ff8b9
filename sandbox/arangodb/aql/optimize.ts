import type { View } from '../storage/view';
import { chooseAccess } from './access';
import { operandsOf } from './conditions';
import type { Block, ResolvedQuery, Rule, Step, StepOf, Variable } from './plan';
import { assignedBy, blockWrites, isMovable, isWrite, subqueriesOf, variablesIn } from './references';

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
    // A subquery that is used in several places is optimized once.
    if (step.kind === 'forCollection' && step.access.kind === 'scan') {
      const chosen = chooseAccess(block.steps, i, view);
      if (chosen !== undefined) {
        block.steps = chosen.steps;
        chosen.rules.forEach((rule) => rules.add(rule));
      }
    }
    if (step.kind === 'upsert') optimizeBlock(step.lookup, view, rules);
  }
  for (const step of block.steps) {
    for (const inner of subqueriesOf(step)) optimizeBlock(inner, view, rules);
  }
}

/** Splits a filter into one filter per operand of AND, so that each can be moved independently. */
function split(step: Step): Step[] {
  if (step.kind !== 'filter') return [step];
  return operandsOf(step.condition, '&&').map((condition): StepOf<'filter'> => ({ kind: 'filter', condition }));
}

const isLoop = (step: Step): boolean =>
  step.kind === 'forList' || step.kind === 'forCollection' || step.kind === 'traversal';

/** Whether nothing may be moved across a step. */
function isBarrier(step: Step): boolean {
  if (step.kind !== 'let') return isWrite(step) || step.kind === 'limit' || step.kind === 'collect';
  return (step.value.kind === 'subquery' && blockWrites(step.value.block)) || !isMovable(step.value);
}

/** Moves filters up to where their variables are known, and calculations out of loops on which they do not depend. */
function arrange(steps: readonly Step[], rules: Set<Rule>): Step[] {
  const arranged: Step[] = [];
  const barriers = new Set(steps.filter(isBarrier));
  for (const step of steps) {
    let position = arranged.length;
    if (step.kind === 'filter' && isMovable(step.condition)) {
      position = earliest(arranged, variablesIn(step.condition), barriers);
      while (arranged[position]?.kind === 'filter') position++;
      if (position < arranged.length) rules.add('move-filters-up');
    } else if (step.kind === 'let' && !barriers.has(step)) {
      const first = earliest(arranged, variablesIn(step.value), barriers);
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
function earliest(steps: readonly Step[], needed: ReadonlySet<Variable>, barriers: ReadonlySet<Step>): number {
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i] as Step;
    if (barriers.has(step) || assignedBy(step).some((variable) => needed.has(variable))) return i + 1;
  }
  return 0;
}
