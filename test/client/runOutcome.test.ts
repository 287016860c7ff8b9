import { WorkflowContinuedAsNewError, type Client } from '@temporalio/client';
import { outcomeOf } from '../../src/client/runOutcome';

/** A server that names a successor for each run; a run without one has ended with its own id as the outcome. */
function runsWith(successors: Record<string, string>): Client {
  const getHandle = (_workflowId: string, runId: string) => ({
    result: async () => {
      await Promise.resolve();
      const successor = successors[runId];
      if (successor === undefined) return { runId };
      throw new WorkflowContinuedAsNewError('it continues', successor);
    },
    describe: () => Promise.resolve({}),
  });
  return { workflow: { getHandle } } as unknown as Client;
}

const outcomeIn = (successors: Record<string, string>) =>
  outcomeOf(runsWith(successors), 'c', { answer: 'started', runId: 'run-1' });

it('the outcome of a run that continues as other runs is that of the last one', async () => {
  expect(await outcomeIn({ 'run-1': 'run-2', 'run-2': 'run-3' })).toEqual({ runId: 'run-3' });
});

it.each([
  ['itself', { 'run-1': 'run-1' }],
  ['one before it', { 'run-1': 'run-2', 'run-2': 'run-1' }],
])('a run that names %s as its successor is not followed without end', async (_case, successors) => {
  await expect(outcomeIn(successors)).rejects.toMatchObject({ code: 'TemporalRefused' });
});
