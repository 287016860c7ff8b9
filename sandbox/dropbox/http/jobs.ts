import { randomBytes } from 'node:crypto';

/** Jobs that take effect immediately. The first poll answers in_progress, like that of a real job. */
export class Jobs {
  private readonly jobs = new Map<string, { kind: string; result: unknown; polls: number }>();

  start(kind: string, result: unknown): string {
    const id = `dbjid:${randomBytes(24).toString('base64url')}`;
    this.jobs.set(id, { kind, result, polls: 0 });
    return id;
  }

  /** @returns undefined for an unknown job and for one of another kind */
  poll<R>(kind: string, id: string): { '.tag': 'in_progress' } | { '.tag': 'complete'; complete: R } | undefined {
    const job = this.jobs.get(id);
    if (job?.kind !== kind) return undefined;
    job.polls += 1;
    return job.polls === 1 ? { '.tag': 'in_progress' } : { '.tag': 'complete', complete: job.result as R };
  }
}
