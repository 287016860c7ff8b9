import { isCancellation } from '@temporalio/workflow';
import { publishOutbox } from './activityProxies';
import type { RunLedger } from './runLedger';

/** In a long run, record events wait for PipesHub hardly longer than this, ms. */
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

  /** Whatever stays in the outbox is published later. */
  async publishSoFar(): Promise<void> {
    try {
      await this.publish();
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }

  /**
   * During a run, so that hours of listings do not delay the first events. Returns at once while another call
   * publishes.
   */
  async publishSometimes(): Promise<void> {
    const since = this.last ?? this.ledger.state.settings.startedAt;
    if (this.running || Date.now() - since < PUBLISH_EVERY) return;
    await this.publishSoFar();
  }
}
