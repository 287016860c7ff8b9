/** Number of calls of each route, including injected faults and refused calls. */
export class CallStats {
  private readonly counts = new Map<string, number>();

  add(route: string): void {
    this.counts.set(route, (this.counts.get(route) ?? 0) + 1);
  }

  reset(): void {
    this.counts.clear();
  }

  report(): { total: number; calls: Record<string, number> } {
    const calls = Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { total: [...this.counts.values()].reduce((sum, count) => sum + count, 0), calls };
  }
}
