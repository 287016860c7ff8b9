/** Lets others wait until something has happened. */
export class Signal {
  private readonly waiting = new Set<() => void>();

  /** Resolves at the next `notify`, or after the given time. */
  wait(maxMilliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, maxMilliseconds);
      this.waiting.add(wake);
    });
  }

  notify(): void {
    for (const wake of this.waiting) wake();
  }
}
