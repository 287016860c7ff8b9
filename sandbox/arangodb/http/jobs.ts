import type { Reply } from './exchange';

interface Job {
  /** Undefined while the request runs. */
  reply: Reply | undefined;
  readonly createdAt: number;
}

/** Requests with `x-arango-async: store`. They are acknowledged immediately; clients fetch their results later. */
export class Jobs {
  private readonly jobs = new Map<string, Job>();

  constructor(
    private readonly nextId: () => string,
    private readonly now: () => number,
  ) {}

  /** Stores a request's answer when it is available. Returns the job's id. */
  store(answer: Promise<Reply>): string {
    const id = this.nextId();
    const job: Job = { reply: undefined, createdAt: this.now() };
    this.jobs.set(id, job);
    void answer.then((reply) => (job.reply = reply));
    return id;
  }

  /** `unknown`, `pending`, or the answer. */
  state(id: string): 'unknown' | 'pending' | Reply {
    const job = this.jobs.get(id);
    return job === undefined ? 'unknown' : (job.reply ?? 'pending');
  }

  ids(kind: 'done' | 'pending', maxCount: number): string[] {
    const found = [...this.jobs].filter(([, job]) => (job.reply === undefined) === (kind === 'pending'));
    return found.map(([id]) => id).slice(0, maxCount);
  }

  remove(id: string): boolean {
    return this.jobs.delete(id);
  }

  /** Removes finished jobs that were created before `stamp`, in seconds since 1970. */
  removeBefore(stamp: number): void {
    for (const [id, job] of this.jobs) {
      if (job.reply !== undefined && job.createdAt < stamp * 1000) this.jobs.delete(id);
    }
  }
}
