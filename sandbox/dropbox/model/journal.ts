import type { Namespace, FileNode, FolderNode } from './entities';

/** One change that cursor streams deliver. Paths are relative to the namespace, in lower case. */
export interface Change {
  readonly sequence: number;
  readonly namespace: Namespace;
  readonly path: string;
  /**
   * `gone`: nothing is at the path any longer. `put`: the item at the path is new or changed. `put_tree`: the item and
   * everything below it. Entries are made from the state at delivery, so moving a folder of any size costs two records.
   */
  readonly kind: 'gone' | 'put' | 'put_tree';
  /** The deleted item, when the deletion of its descendants may be reported too. */
  readonly was?: FileNode | FolderNode;
  /** Whether a namespace was at or below the path. If so, members who only traverse to it get the change as well. */
  readonly hasNested: boolean;
}

/** The changes of one namespace or for one account, in order. Only the newest ones are kept. */
export class Journal {
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
