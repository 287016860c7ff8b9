import { randomBytes } from 'node:crypto';

/** What a pagination cursor is bound to. It is not valid for another route, caller or path root. */
export interface CursorBinding {
  /** The route of the first page, for example `team/members/list_v2`. */
  list: string;
  /** Identifies the caller: owner of the token, acting member and path root. */
  reader: string;
}

export interface Page<T> {
  items: T[];
  /** Cursor of the next page; absent on the last page. */
  next?: string;
}

interface Snapshot {
  items: readonly unknown[];
  binding: CursorBinding;
  limit: number;
  usedAt: number;
}

/** Maximum number of snapshots. A new one replaces the oldest. */
const MAX_SNAPSHOTS = 2000;

/**
 * Pages of lists without a change feed: members, groups, namespaces and sharing lists. The list is copied when its
 * first page is read, so reading a cursor again gives the same page. Dropbox does not document the lifetime of such a
 * cursor; here it is a setting.
 */
export class Pages {
  private readonly snapshots = new Map<string, Snapshot>();

  constructor(
    private readonly lifetimeSeconds: number,
    private readonly now: () => number = Date.now,
  ) {}

  first<T>(items: readonly T[], limit: number, binding: CursorBinding): Page<T> {
    if (items.length <= limit) return { items: [...items] };
    const id = randomBytes(12).toString('base64url');
    this.snapshots.set(id, { items, binding, limit, usedAt: this.now() });
    const [oldest] = this.snapshots.keys();
    if (this.snapshots.size > MAX_SNAPSHOTS && oldest !== undefined) this.snapshots.delete(oldest);
    return this.page<T>(id, items, limit, 0);
  }

  /** The page of a cursor; undefined when the cursor is expired, unknown or bound to another caller. */
  next<T>(cursor: string, binding: CursorBinding): Page<T> | undefined {
    const [id = '', offsetText = ''] = cursor.split(':');
    const offset = /^\d+$/.test(offsetText) ? Number(offsetText) : Number.NaN;
    const snapshot = this.snapshots.get(id);
    if (!snapshot || !(offset > 0 && offset < snapshot.items.length)) return undefined;
    if (this.now() - snapshot.usedAt > this.lifetimeSeconds * 1000) return undefined;
    if (snapshot.binding.list !== binding.list || snapshot.binding.reader !== binding.reader) return undefined;
    snapshot.usedAt = this.now();
    return this.page<T>(id, snapshot.items as readonly T[], snapshot.limit, offset);
  }

  /** Expires all cursors that exist now. */
  expireAll(): void {
    this.snapshots.clear();
  }

  private page<T>(id: string, items: readonly T[], limit: number, offset: number): Page<T> {
    const end = offset + limit;
    const page: Page<T> = { items: items.slice(offset, end) };
    return end < items.length ? { ...page, next: `${id}:${end}` } : page;
  }
}
