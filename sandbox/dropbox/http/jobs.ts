import { randomBytes } from 'node:crypto';

/** Asynchronous jobs whose effect is there at once; their first poll answers in_progress, as a real job's would. */
export class Jobs {
  private readonly jobs = new Map<string, { kind: string; result: unknown; polls: number }>();

  start(kind: string, result: unknown): string {
    const id = `dbjid:${randomBytes(24).toString('base64url')}`;
    this.jobs.set(id, { kind, result, polls: 0 });
    return id;
  }

  /** @returns undefined for a job that is unknown or of another kind */
  poll<R>(kind: string, id: string): { '.tag': 'in_progress' } | { '.tag': 'complete'; complete: R } | undefined {
    const job = this.jobs.get(id);
    if (job?.kind !== kind) return undefined;
    job.polls += 1;
    return job.polls === 1 ? { '.tag': 'in_progress' } : { '.tag': 'complete', complete: job.result as R };
  }
}
