import { isCancellation } from '@temporalio/workflow';
import type { RunInput } from '../contract/activities';
import { publishOutbox } from './activityProxies';

/** While folders are listed, record events wait for PipesHub no longer than this, ms. */
const PUBLISH_EVERY = 5 * 60_000;

/** Publishes the record events of a run. One activity at a time, since they leave the outbox in their order. */
export class Publishing {
  private running: Promise<void> | undefined;
  private since = Date.now();

  constructor(private readonly base: RunInput) {}

  /** @throws what kept events in the outbox; the next call tries again */
  async publish(): Promise<void> {
    while (this.running) await this.running.catch(() => undefined);
    this.running = publishOutbox(this.base).then(() => undefined);
    try {
      await this.running;
    } finally {
      this.running = undefined;
      this.since = Date.now();
    }
  }

  /** Between two phases, and after a failure: whatever stays in the outbox is published later. */
  async publishSoFar(): Promise<void> {
    try {
      await this.publish();
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }

  /** During a long phase. A call returns at once while another one publishes. */
  async publishSometimes(): Promise<void> {
    if (this.running || Date.now() - this.since < PUBLISH_EVERY) return;
    await this.publishSoFar();
  }
}
