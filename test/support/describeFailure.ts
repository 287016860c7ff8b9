import type { Step } from './randomCompany';
import type { RandomRun, RunResult } from './randomRounds';

/** A description of a failure with the options that repeat it. */
export function describeFailure(
  { seed, model, rounds, operations, lies, during = 0 }: RandomRun,
  result: RunResult,
): string {
  if (!result.failure) return '';
  const { round, lines, history } = result.failure;
  return [
    `seed ${seed}, model ${model}, round ${round} (--seeds ${seed} --models ${model} --rounds ${rounds} --operations ${operations} --lies ${lies} --during ${during}):`,
    ...lines.slice(0, 40).map((line) => `  ${line}`),
    ...(lines.length > 40 ? [`  and ${lines.length - 40} more`] : []),
    'operations of that round:',
    ...(history.at(-1)?.steps ?? []).map(described),
    ...(during > 0 ? ['and during a sync:', ...(history.at(-1)?.during ?? []).map(described)] : []),
  ].join('\n');
}

const described = ({ name, picks }: Step): string => `  ${name} ${JSON.stringify(picks)}`;
