import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { createActivities, type ActivityServices } from '../../src/activities';
import type { Config } from '../../src/config';
import { DropboxConnections } from '../../src/dropbox';
import { openDatabase } from '../../src/graph/driver/database';
import { standalone, type StandaloneGraph } from '../../src/graph/driver/graph';
import { cuts, FaultProxy, isCommit, seeded, type Cut } from './faultProxy';

type Side = 'arango' | 'dropbox';

/** Where an attempt of an activity dies. begin: before its first request. end: after its work, so only its result is lost. */
export type CrashPoint = 'begin' | 'end' | { side: Side; request: number; cut: Cut };

/** The requests of an undisturbed execution of an activity, with commits marked. */
interface Trace {
  arango: ('commit' | 'other')[];
  dropbox: number;
}

type Activity = (input: unknown) => Promise<unknown>;

/** Fails an attempt as if its worker had been killed: the result is lost, and the activity is retried soon. */
const killed = (point: string): ApplicationFailure =>
  ApplicationFailure.create({
    message: `the worker died: ${point}`,
    type: 'Killed',
    nextRetryDelay: '20 milliseconds',
  });

/**
 * Activities whose attempts die at chosen points. Each attempt has its own database and Dropbox clients behind two
 * proxies. When it dies, both proxies close all of its connections at once, so that transactions stay open and answers
 * stay unread, as when a process is killed. Its clients are not used again.
 */
export class CrashingActivities {
  /** Points at which attempts died, as text. The same point may occur several times. */
  readonly crashes: string[] = [];
  private readonly traces = new Map<string, Trace>();
  private random: (() => number) | undefined;
  private share = 1;

  constructor(
    private readonly config: Config,
    private readonly services: Omit<ActivityServices, 'graph' | 'dropbox'>,
  ) {}

  /** From now on no attempt dies, and the requests of each activity are recorded. */
  observe(): void {
    this.random = undefined;
  }

  /** From now on attempts die: the first of each execution with this probability, the second with half of it. */
  disturb(seed: number, share = 1): void {
    this.random = seeded(seed);
    this.share = share;
  }

  /** Takes over the recorded requests of the same activities in another installation. */
  learn(from: CrashingActivities): void {
    for (const [what, trace] of from.traces) this.traces.set(what, trace);
  }

  /** Activities for a worker, under the names of the real ones. */
  all(): Record<string, Activity> {
    const names = Object.keys(createActivities({ ...this.services, ...this.clients(this.urls()) }));
    return Object.fromEntries(names.map((name) => [name, (input: unknown) => this.attempt(name, input)]));
  }

  private urls(): Record<Side, string> {
    return { arango: this.config.arango.url, dropbox: this.config.dropbox.apiUrl ?? '' };
  }

  private clients(urls: Record<Side, string>): { graph: StandaloneGraph; dropbox: DropboxConnections } {
    return {
      graph: standalone(openDatabase({ ...this.config.arango, url: urls.arango })),
      // Long retries of a request would only cost time: the attempt is dead anyway.
      dropbox: new DropboxConnections({ ...this.config.dropbox, apiUrl: urls.dropbox, retries: 1, firstRetryMs: 10 }),
    };
  }

  private async attempt(name: string, input: unknown): Promise<unknown> {
    const { attempt } = Context.current().info;
    const what = `${name}${namespaceOf(input)}`;
    const point = this.random ? this.choose(what, attempt, this.random) : undefined;
    if (point === 'begin') throw this.crash(what, point);
    const attemptOf = await Attempt.open(this.urls(), point);
    const clients = this.clients(attemptOf.urls);
    try {
      const activities = createActivities({ ...this.services, ...clients }) as unknown as Record<string, Activity>;
      const result = await activities[name]?.(input);
      if (!this.random) this.traces.set(what, attemptOf.trace);
      if (point !== undefined) throw this.crash(what, attemptOf.isDead ? point : 'end');
      return result;
    } catch (error) {
      if (attemptOf.isDead && point !== undefined && !isKilled(error)) throw this.crash(what, point);
      throw error;
    } finally {
      clients.graph.database.close();
      await attemptOf.close();
    }
  }

  private crash(what: string, point: CrashPoint): ApplicationFailure {
    const text = typeof point === 'string' ? point : `${point.side} ${point.request} ${point.cut}`;
    this.crashes.push(`${what}: ${text}`);
    return killed(`${what}: ${text}`);
  }

  private choose(what: string, attempt: number, random: () => number): CrashPoint | undefined {
    const probability = attempt === 1 ? this.share : attempt === 2 ? this.share / 2 : 0;
    if (random() >= probability) return undefined;
    const trace = this.traces.get(what) ?? { arango: ['other'], dropbox: 0 };
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
    const cut = pick(cuts) ?? 'before';
    const kind = random();
    if (kind < 0.1) return 'begin';
    if (kind < 0.2) return 'end';
    const commits = trace.arango.flatMap((kind, at) => (kind === 'commit' ? [at + 1] : []));
    if (commits.length > 0 && kind < 0.55) return { side: 'arango', request: pick(commits) ?? 1, cut };
    if (trace.dropbox > 0 && kind < 0.75) {
      return { side: 'dropbox', request: 1 + Math.floor(random() * trace.dropbox), cut };
    }
    return { side: 'arango', request: 1 + Math.floor(random() * trace.arango.length), cut };
  }
}

const isKilled = (error: unknown): boolean => error instanceof ApplicationFailure && error.type === 'Killed';

function namespaceOf(input: unknown): string {
  const { namespaceId } = (input ?? {}) as { namespaceId?: unknown };
  return typeof namespaceId === 'string' ? ` ${namespaceId}` : '';
}

/** The proxies of one attempt. */
class Attempt {
  isDead = false;
  readonly trace: Trace = { arango: [], dropbox: 0 };

  private constructor(
    private readonly proxies: Record<Side, FaultProxy>,
    point: CrashPoint | undefined,
  ) {
    for (const side of ['arango', 'dropbox'] as const) {
      const crashAt = typeof point === 'object' && point.side === side ? point : undefined;
      proxies[side].decide = (request) => {
        if (side === 'arango') this.trace.arango.push(isCommit(request) ? 'commit' : 'other');
        // Requests for tokens belong to the connection, not to the activity.
        else if (request.path.startsWith('/2/')) this.trace.dropbox += 1;
        const count = side === 'arango' ? this.trace.arango.length : this.trace.dropbox;
        return crashAt && count === crashAt.request && !this.isDead ? crashAt.cut : undefined;
      };
      proxies[side].onHandled = (_request, fault) => {
        if (fault === undefined) return;
        this.isDead = true;
        for (const proxy of Object.values(proxies)) proxy.crash();
      };
    }
  }

  static async open(urls: Record<Side, string>, point: CrashPoint | undefined): Promise<Attempt> {
    const [arango, dropbox] = await Promise.all([FaultProxy.start(urls.arango), FaultProxy.start(urls.dropbox)]);
    return new Attempt({ arango, dropbox }, point);
  }

  get urls(): Record<Side, string> {
    return { arango: this.proxies.arango.url, dropbox: this.proxies.dropbox.url };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.close()));
  }
}
