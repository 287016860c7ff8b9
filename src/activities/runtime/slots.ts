import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit, WorkerTuner } from '@temporalio/worker';

/** How many activities a worker may hold for each slot, those that wait for a rate limit included. */
const MOST_PER_SLOT = 2;

/**
 * The slots of a worker, each for one activity. An activity that only waits for a rate limit of Dropbox lends its slot to
 * another one, so that a connector that is limited delays no other. When the wait ends, both work.
 */
export class ActivitySlots implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  private taken = 0;
  private used = 0;
  private lent = 0;
  private readonly waiting = new Set<() => void>();

  /** `workers`: how many workers there are, each with as many slots. */
  constructor(
    readonly size: number,
    private readonly workers = 1,
  ) {}

  /** Delegates that one connector lists at the same time: half of all slots stay free for other connectors. */
  get window(): number {
    return Math.max(1, Math.floor((this.size * this.workers) / 2));
  }

  /** Slots in which no activity works. */
  get free(): number {
    return Math.max(0, this.size - this.used + this.lent);
  }

  async reserveSlot(_context: unknown, signal: AbortSignal): Promise<SlotPermit> {
    for (;;) {
      signal.throwIfAborted();
      const permit = this.tryReserveSlot();
      if (permit !== null) return permit;
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.waiting.delete(look);
          signal.removeEventListener('abort', look);
          resolve();
        };
        this.waiting.add(look);
        signal.addEventListener('abort', look, { once: true });
      });
    }
  }

  tryReserveSlot(): SlotPermit | null {
    if (this.taken - this.lent >= this.size || this.taken >= this.size * MOST_PER_SLOT) return null;
    this.taken += 1;
    return {};
  }

  markSlotUsed(): void {
    this.used += 1;
  }

  releaseSlot({ slotInfo }: { slotInfo?: ActivitySlotInfo }): void {
    this.taken -= 1;
    if (slotInfo !== undefined) this.used -= 1;
    this.look();
  }

  /** Called by an activity with true when it begins to wait for a rate limit, and with false when it works again. */
  readonly lend = (isWaiting: boolean): void => {
    this.lent += isWaiting ? 1 : -1;
    if (isWaiting) this.look();
  };

  private look(): void {
    for (const look of this.waiting) look();
  }
}

/** A tuner with these slots for activities, and the SDK's default numbers for everything else. */
export const tunerWith = (activityTaskSlotSupplier: ActivitySlots): WorkerTuner => ({
  activityTaskSlotSupplier,
  workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 40 },
  localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
});
