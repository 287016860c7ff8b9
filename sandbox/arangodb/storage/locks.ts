import { ArangoFailure } from '../errors';

/** Which collections a holder wants to write beside others, and which ones alone. */
export interface LockRequest {
  /** Collections by id; writers share them. */
  readonly shared: readonly string[];
  readonly exclusive: readonly string[];
}

interface Waiter {
  readonly holder: object;
  readonly request: LockRequest;
  readonly grant: () => void;
  readonly refuse: (failure: ArangoFailure) => void;
}

/**
 * Locks of whole collections. Writers share a collection unless one of them asked for it exclusively; readers need
 * none. All locks of a request are granted together, in the order of the requests, so no deadlock can arise.
 */
export class CollectionLocks {
  private readonly held = new Map<object, LockRequest>();
  private waiting: Waiter[] = [];

  /** Resolves when all are held; 18 after the timeout. */
  async acquire(holder: object, request: LockRequest, timeoutSeconds: number): Promise<void> {
    if (this.tryAcquire(holder, request)) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((waiter) => waiter.holder !== holder);
        this.grantWaiting();
        reject(new ArangoFailure(18, 'timeout waiting to lock collections'));
      }, timeoutSeconds * 1000);
      const grant = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const refuse = (failure: ArangoFailure): void => {
        clearTimeout(timer);
        reject(failure);
      };
      this.waiting.push({ holder, request, grant, refuse });
    });
  }

  /** Takes the locks if they are free and nobody waits for one of them. */
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

  /** Nobody gets a lock any more (30). */
  close(): void {
    for (const { refuse } of this.waiting.splice(0)) refuse(new ArangoFailure(30, 'shutdown in progress'));
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
    const still: Waiter[] = [];
    for (const waiter of this.waiting) {
      if (!this.isFree(waiter.request) || still.some((earlier) => isConflict(earlier.request, waiter.request))) {
        still.push(waiter);
        continue;
      }
      this.held.set(waiter.holder, waiter.request);
      waiter.grant();
    }
    this.waiting = still;
  }
}

function isConflict(a: LockRequest, b: LockRequest): boolean {
  return (
    a.exclusive.some((id) => b.exclusive.includes(id) || b.shared.includes(id)) ||
    b.exclusive.some((id) => a.shared.includes(id))
  );
}
