import type { Reply } from './exchange';

interface Job {
  /** Undefined while the request is being worked on. */
  reply: Reply | undefined;
  readonly createdAt: number;
}

/** Requests with `x-arango-async: store`: they are answered at once, and their own answers wait to be fetched. */
export class Jobs {
  private readonly jobs = new Map<string, Job>();

  constructor(
    private readonly nextId: () => string,
    private readonly now: () => number,
  ) {}

  /** Takes a request's answer in when it is there. Returns the job's id. */
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

  ids(kind: 'done' | 'pending', most: number): string[] {
    const found = [...this.jobs].filter(([, job]) => (job.reply === undefined) === (kind === 'pending'));
    return found.map(([id]) => id).slice(0, most);
  }

  remove(id: string): boolean {
    return this.jobs.delete(id);
  }

  /** Forgets the answers of jobs from before a moment, in seconds since 1970. */
  removeBefore(stamp: number): void {
    for (const [id, job] of this.jobs) {
      if (job.reply !== undefined && job.createdAt < stamp * 1000) this.jobs.delete(id);
    }
  }
}
