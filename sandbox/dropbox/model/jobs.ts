import type { async } from 'dropbox';
import { opaque } from './ids';
import { refuse } from './problems';
import type { JobKind, State } from './state';

export function launch(state: State, kind: JobKind, result: unknown): async.LaunchResultBaseAsyncJobId {
  const id = opaque(40, 'job', state.seed, state.jobs.size);
  state.jobs.set(id, { kind, result, polls: 0 });
  return { '.tag': 'async_job_id', async_job_id: id };
}

/** The job's result, or undefined while it is in progress. Throws a PollError for an unknown id. */
export function poll(state: State, kind: JobKind, id: string): { result: unknown } | undefined {
  const job = state.jobs.get(id);
  if (job?.kind !== kind) return refuse<async.PollError>({ '.tag': 'invalid_async_job_id' });
  if (job.polls++ < state.choices.jobPollsInProgress) return undefined;
  return { result: job.result };
}

export const inProgress: async.PollResultBase = { '.tag': 'in_progress' };
