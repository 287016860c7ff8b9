import { isCancellation } from '@temporalio/workflow';
import { publishOutbox } from './activityProxies';
import type { RunLedger } from './runLedger';

/** How long record events of a long run may wait before they are published, ms. */
const PUBLISH_EVERY = 5 * 60_000;

/** Publishes the record events of a run. One activity at a time, since they leave the outbox in their order. */
export class Publishing {
  private running: Promise<void> | undefined;
  private last: number | undefined;

  constructor(private readonly ledger: RunLedger) {}

  /** @throws what kept events in the outbox; the next call tries again */
  async publish(): Promise<void> {
    while (this.running) await this.running.catch(() => undefined);
    this.running = publishOutbox(this.ledger.base).then(() => undefined);
    try {
      await this.running;
    } finally {
      this.running = undefined;
      this.last = Date.now();
    }
  }

  /** Publishes what it can. What stays in the outbox is published later. */
  async publishSoFar(): Promise<void> {
    try {
      await this.publish();
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }

  /**
   * Publishes during a run, so that hours of listings do not delay the first events. Returns at once where the last
   * publishing is recent, or is still running.
   */
  async publishSometimes(): Promise<void> {
    const since = this.last ?? this.ledger.state.settings.startedAt;
    if (this.running || Date.now() - since < PUBLISH_EVERY) return;
    await this.publishSoFar();
  }
}
