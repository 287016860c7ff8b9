import { ArangoFailure } from '../errors';

/** The collections, by id, that a holder wants to lock. */
export interface LockRequest {
  /** For writing concurrently with other writers. */
  readonly shared: readonly string[];
  /** For writing while no one else writes. */
  readonly exclusive: readonly string[];
}

interface Waiter {
  readonly holder: object;
  readonly request: LockRequest;
  readonly grant: () => void;
  readonly reject: (failure: ArangoFailure) => void;
}

/**
 * Locks on collections. Writers share a collection unless one of them requested it exclusively; readers need no lock.
 * All locks of a request are granted together and conflicting requests are served in order, so there is no deadlock.
 */
export class CollectionLocks {
  private readonly held = new Map<object, LockRequest>();
  private waiting: Waiter[] = [];

  /** Resolves when the holder has all locks. Rejects with 18 after the timeout. */
  async acquire(holder: object, request: LockRequest, timeoutSeconds: number): Promise<void> {
    if (this.tryAcquire(holder, request)) return;
    await new Promise<void>((onGranted, onRejected) => {
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((waiter) => waiter.holder !== holder);
        this.grantWaiting();
        onRejected(new ArangoFailure(18, 'timeout waiting to lock collections'));
      }, timeoutSeconds * 1000);
      const grant = (): void => {
        clearTimeout(timer);
        onGranted();
      };
      const reject = (failure: ArangoFailure): void => {
        clearTimeout(timer);
        onRejected(failure);
      };
      this.waiting.push({ holder, request, grant, reject });
    });
  }

  /** Acquires the locks if they are free and no earlier request waits for one of them. */
  tryAcquire(holder: object, request: LockRequest): boolean {
    if (request.exclusive.length === 0 && !this.hasExclusive()) {
      this.held.set(holder, request);
      return true;
    }
    if (this.waiting.some((waiter) => isConflict(waiter.request, request)) || !this.isFree(request)) return false;
    this.held.set(holder, request);
    return true;
  }

  release(holder: object): void {
    if (this.held.delete(holder) && this.waiting.length > 0) this.grantWaiting();
  }

  /** Rejects all waiting requests with 30. */
  close(): void {
    for (const { reject } of this.waiting.splice(0)) reject(new ArangoFailure(30, 'shutdown in progress'));
  }

  private hasExclusive(): boolean {
    if (this.waiting.length > 0) return true;
    for (const { exclusive } of this.held.values()) if (exclusive.length > 0) return true;
    return false;
  }

  private isFree(request: LockRequest): boolean {
    for (const held of this.held.values()) if (isConflict(held, request)) return false;
    return true;
  }

  private grantWaiting(): void {
    const stillWaiting: Waiter[] = [];
    for (const waiter of this.waiting) {
      if (!this.isFree(waiter.request) || stillWaiting.some(({ request }) => isConflict(request, waiter.request))) {
        stillWaiting.push(waiter);
        continue;
      }
      this.held.set(waiter.holder, waiter.request);
      waiter.grant();
    }
    this.waiting = stillWaiting;
  }
}

function isConflict(a: LockRequest, b: LockRequest): boolean {
  return (
    a.exclusive.some((id) => b.exclusive.includes(id) || b.shared.includes(id)) ||
    b.exclusive.some((id) => a.shared.includes(id))
  );
}
