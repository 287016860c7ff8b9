/** Changes in the order of their sequence numbers. Only the newest ones are kept. */
export class Journal<Change extends { readonly sequence: number }> {
  private changes: Change[] = [];
  /** Changes up to this sequence number have been dropped. */
  forgottenUpTo = 0;

  constructor(private readonly limit: number) {}

  append(change: Change): void {
    this.changes.push(change);
    if (this.changes.length < this.limit * 1.25) return;
    const dropped = this.changes.splice(0, this.changes.length - this.limit);
    this.forgottenUpTo = dropped.at(-1)?.sequence ?? this.forgottenUpTo;
  }

  /** Sequence number of the newest change; 0 when there is none. */
  get newest(): number {
    return this.changes.at(-1)?.sequence ?? 0;
  }

  /** Up to `limit` changes after a sequence number. */
  after(sequence: number, limit: number): Change[] {
    const changes = this.changes;
    if (this.newest <= sequence) return [];
    let low = 0;
    let high = changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((changes[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return changes.slice(low, low + limit);
  }
}
