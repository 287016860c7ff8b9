import { randomBytes } from 'node:crypto';

/** What a pagination cursor is tied to: another route, caller or path root can't use it. */
export interface CursorBinding {
  /** The route that began the list, as `team/members/list_v2`. */
  list: string;
  /** Who reads: token's owner, acting member, path root. */
  reader: string;
}

export interface Page<T> {
  items: T[];
  /** Present exactly when another page exists. */
  next?: string;
}

interface Snapshot {
  items: readonly unknown[];
  binding: CursorBinding;
  limit: number;
  usedAt: number;
}

/** Snapshots kept; the oldest one goes when another begins. */
const MAX_SNAPSHOTS = 2000;

/**
 * Pages of lists that have no change feed: members, groups, namespaces, sharing lists. A list is frozen when its first
 * page is read, so a cursor can be read again with the same result; how long a cursor lives is not published, here it is
 * a setting.
 */
export class Pages {
  private readonly snapshots = new Map<string, Snapshot>();

  constructor(
    private readonly lifeSeconds: number,
    private readonly now: () => number = Date.now,
  ) {}

  first<T>(items: readonly T[], limit: number, binding: CursorBinding): Page<T> {
    if (items.length <= limit) return { items: [...items] };
    const id = randomBytes(12).toString('base64url');
    this.snapshots.set(id, { items, binding, limit, usedAt: this.now() });
    const [oldest] = this.snapshots.keys();
    if (this.snapshots.size > MAX_SNAPSHOTS && oldest !== undefined) this.snapshots.delete(oldest);
    return this.cut<T>(id, items, limit, 0);
  }

  /** The page behind a cursor, or undefined when the cursor is expired, unknown or another reader's. */
  next<T>(cursor: string, binding: CursorBinding): Page<T> | undefined {
    const [id = '', offsetText = ''] = cursor.split(':');
    const offset = /^\d+$/.test(offsetText) ? Number(offsetText) : Number.NaN;
    const snapshot = this.snapshots.get(id);
    if (!snapshot || !(offset > 0 && offset < snapshot.items.length)) return undefined;
    if (this.now() - snapshot.usedAt > this.lifeSeconds * 1000) return undefined;
    if (snapshot.binding.list !== binding.list || snapshot.binding.reader !== binding.reader) return undefined;
    snapshot.usedAt = this.now();
    return this.cut<T>(id, snapshot.items as readonly T[], snapshot.limit, offset);
  }

  /** Every cursor handed out so far is expired from now on. */
  expireAll(): void {
    this.snapshots.clear();
  }

  private cut<T>(id: string, items: readonly T[], limit: number, offset: number): Page<T> {
    const end = offset + limit;
    const page: Page<T> = { items: items.slice(offset, end) };
    return end < items.length ? { ...page, next: `${id}:${end}` } : page;
  }
}
