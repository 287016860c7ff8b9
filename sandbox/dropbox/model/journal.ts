import type { Namespace, FileNode, FolderNode } from './entities';

/** What a cursor stream has to say about one place. Paths are relative to the namespace, in lower case. */
export interface Change {
  readonly sequence: number;
  readonly namespace: Namespace;
  readonly path: string;
  /**
   * `gone`: whatever was at the path is no more. `put`: the item there is new or changed. `put_tree`: it and all below.
   * The state is read when the change is delivered, so that moving a folder costs two records whatever it holds.
   */
  readonly kind: 'gone' | 'put' | 'put_tree';
  /** What was at the path, when it is gone for good and its descendants may be told of. */
  readonly was?: FileNode | FolderNode;
  /** Whether a namespace stood at or below the path: those who see only the way to it are told too. */
  readonly hasNested: boolean;
}

/** The changes of one namespace, or those for one account, in order; old ones are dropped. */
export class Journal {
  private changes: Change[] = [];
  /** Changes up to this sequence number are no longer known. */
  forgottenUpTo = 0;

  constructor(private readonly limit: number) {}

  append(change: Change): void {
    this.changes.push(change);
    if (this.changes.length < this.limit * 1.25) return;
    const dropped = this.changes.splice(0, this.changes.length - this.limit);
    this.forgottenUpTo = dropped.at(-1)?.sequence ?? this.forgottenUpTo;
  }

  /** Up to `limit` changes after a position. */
  after(sequence: number, limit: number): Change[] {
    const changes = this.changes;
    if ((changes.at(-1)?.sequence ?? 0) <= sequence) return [];
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
