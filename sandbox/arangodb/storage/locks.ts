import { ArangoFailure } from '../errors';
import { Signal } from './signal';

/** The collections, by id, that a holder wants to lock. */
export interface LockRequest {
  /** For writing concurrently with other writers. */
  readonly shared: readonly string[];
  /** For writing while no one else writes. */
  readonly exclusive: readonly string[];
}

/**
 * Locks on collections. Writers share a collection unless one of them requested it exclusively; readers need no lock.
 * All locks of a request are granted together and conflicting requests are served in order, so there is no deadlock.
 */
export class CollectionLocks {
  private readonly held = new Map<object, LockRequest>();
  /** In the order of their arrival. */
  private readonly waiting = new Set<LockRequest>();
  private readonly changed = new Signal();
  private isClosed = false;

  /** Resolves when the holder has all locks. Rejects with 18 after the timeout, with 30 when the server is closed. */
  async acquire(holder: object, request: LockRequest, timeoutSeconds: number): Promise<void> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    this.waiting.add(request);
    try {
      while (!this.isGrantable(request)) {
        const remaining = deadline - Date.now();
        if (remaining <= 0) throw new ArangoFailure(18, 'timeout waiting to lock collections');
        await this.changed.wait(remaining);
        if (this.isClosed) throw new ArangoFailure(30, 'shutdown in progress');
      }
      this.held.set(holder, request);
    } finally {
      this.waiting.delete(request);
      this.changed.notify();
    }
  }

  release(holder: object): void {
    if (this.held.delete(holder)) this.changed.notify();
  }

  /** Rejects all waiting requests. */
  close(): void {
    this.isClosed = true;
    this.changed.notify();
  }

  /** Whether neither a holder nor an earlier request is in conflict with a request. */
  private isGrantable(request: LockRequest): boolean {
    for (const held of this.held.values()) if (isConflict(held, request)) return false;
    for (const earlier of this.waiting) {
      if (earlier === request) break;
      if (isConflict(earlier, request)) return false;
    }
    return true;
  }
}

function isConflict(a: LockRequest, b: LockRequest): boolean {
  return (
    a.exclusive.some((id) => b.exclusive.includes(id) || b.shared.includes(id)) ||
    b.exclusive.some((id) => a.shared.includes(id))
  );
}
