import { setTimeout as delay } from 'node:timers/promises';
import type { DropboxTeamsClient } from '../client';
import type { DropboxTeamsErrorCode } from '../DropboxTeamsError';
import { clientError } from '../client';
import type { Logger } from '../log';

/**
 * One change in a shared folder notifies every member who has it, and a person who works makes many: a run begins when
 * it has been quiet for a moment, or at the latest after a while.
 */
const PAUSES = { quietMs: 2_000, longestMs: 15_000, retryMs: 1_000, retryForMs: 10 * 60_000 };

/** Named members beyond this number say no more than "many": everything is probed. */
const MOST_MEMBERS = 500;

/** These pass by themselves. */
const passing = new Set<DropboxTeamsErrorCode>([
  'TemporalUnavailable',
  'GraphUnavailable',
  'GraphConflict',
  'SyncFailed',
]);

interface Waiting {
  members: Set<string>;
  /** Nobody was named, or too many. */
  everybody: boolean;
  since: number;
  timer: NodeJS.Timeout | undefined;
  /** Hands over now, instead of at the end of the pause. */
  now: () => void;
}

type Syncs = Pick<DropboxTeamsClient, 'syncMembers'>;

/**
 * Gathers notifications by connector and asks for one sync a burst. While the request is made, or Temporal is down,
 * further ones gather: at most one more run follows. Nothing is kept on disk: what is lost with the process is found by
 * the next sync, whose cursors do not depend on notifications.
 */
export class WebhookQueue {
  readonly #waiting = new Map<string, Waiting>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(
    private readonly syncs: Syncs,
    private readonly log: Logger,
    private readonly pauses: typeof PAUSES = PAUSES,
  ) {}

  /** Connectors with a notification that no sync has taken yet. */
  get size(): number {
    return new Set([...this.#waiting.keys(), ...this.#working.keys()]).size;
  }

  /** Returns at once. No members: somebody changed something. */
  add(connectorId: string, members: readonly string[]): void {
    const waiting: Waiting = this.#waiting.get(connectorId) ?? {
      members: new Set(),
      everybody: false,
      since: Date.now(),
      timer: undefined,
      now: () => undefined,
    };
    this.#waiting.set(connectorId, waiting);
    for (const member of members) waiting.members.add(member);
    waiting.everybody ||= members.length === 0 || waiting.members.size > MOST_MEMBERS;
    if (!this.#working.has(connectorId)) this.#schedule(connectorId, waiting);
  }

  #schedule(connectorId: string, waiting: Waiting): void {
    clearTimeout(waiting.timer);
    const quiet = Math.max(0, Math.min(this.pauses.quietMs, waiting.since + this.pauses.longestMs - Date.now()));
    waiting.now = () => {
      clearTimeout(waiting.timer);
      this.#handOver(connectorId);
    };
    waiting.timer = setTimeout(waiting.now, quiet);
  }

  #handOver(connectorId: string): void {
    const waiting = this.#waiting.get(connectorId);
    if (!waiting || this.#working.has(connectorId)) return;
    this.#waiting.delete(connectorId);
    const work = this.#ask(connectorId, waiting.everybody ? [] : [...waiting.members]).finally(() => {
      this.#working.delete(connectorId);
      const more = this.#waiting.get(connectorId);
      if (!more) return;
      if (this.#stop.signal.aborted) this.#handOver(connectorId);
      else this.#schedule(connectorId, more);
    });
    this.#working.set(connectorId, work);
  }

  async #ask(connectorId: string, members: string[]): Promise<void> {
    const until = Date.now() + this.pauses.retryForMs;
    for (let pause = this.pauses.retryMs; ; pause = Math.min(pause * 2, 15_000)) {
      try {
        const { answer } = await this.syncs.syncMembers(connectorId, members);
        this.log.info({ connectorId, answer, members: members.length }, 'webhook asked for a sync');
        return;
      } catch (error) {
        const { code, message } = clientError(error);
        const facts = { connectorId, code, reason: message };
        // A worker that is not there yet finds the request with Temporal.
        if (code === 'WorkerUnavailable') return void this.log.warn(facts, 'webhook asked for a sync, no worker yet');
        if (!passing.has(code)) return void this.log.error(facts, 'webhook could not ask for a sync');
        if (this.#stop.signal.aborted || Date.now() + pause > until) {
          return void this.log.error(facts, 'webhook gave up asking for a sync; the next one finds the changes');
        }
        this.log.warn(facts, 'webhook asks again');
        // Aborted by close: then there is one last try.
        await delay(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  /** Hands over what waits, and ends retries after one last try. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const waiting of [...this.#waiting.values()]) waiting.now();
    while (this.#working.size > 0) await Promise.all([...this.#working.values()]);
  }
}
