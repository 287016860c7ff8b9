/** Lets others wait until something has happened. */
export class Signal {
  private waiting: (() => void)[] = [];

  /** Resolves at the next `notify`, or after the given time. */
  wait(maxMilliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, maxMilliseconds);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  notify(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}
