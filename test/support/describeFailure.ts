import type { RandomRun, RunResult } from './randomRounds';

/** A description of a failure with the options that repeat it. */
export function describeFailure({ seed, model, rounds, operations, lies }: RandomRun, result: RunResult): string {
  if (!result.failure) return '';
  const { round, lines, history } = result.failure;
  return [
    `seed ${seed}, model ${model}, round ${round} (--seeds ${seed} --models ${model} --rounds ${rounds} --operations ${operations} --lies ${lies}):`,
    ...lines.slice(0, 40).map((line) => `  ${line}`),
    ...(lines.length > 40 ? [`  and ${lines.length - 40} more`] : []),
    'operations of that round:',
    ...(history.at(-1)?.steps ?? []).map(({ name, picks }) => `  ${name} ${JSON.stringify(picks)}`),
  ].join('\n');
}
