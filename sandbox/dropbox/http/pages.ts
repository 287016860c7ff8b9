import { randomBytes } from 'node:crypto';
import { chance } from '../model';

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
 * cursor; here it is a setting. A limit is only the largest number of items: a page may have fewer, or none, although more
 * follow.
 */
export class Pages {
  private readonly snapshots = new Map<string, Snapshot>();

  constructor(
    private readonly lifetimeSeconds: number,
    private readonly now: () => number = Date.now,
    /** Share of pages (0 to 1) before which another one has fewer items than the limit, or none. */
    private readonly shortPages = 0,
  ) {}

  first<T>(items: readonly T[], limit: number, binding: CursorBinding): Page<T> {
    if (items.length === 0 || (items.length <= limit && !this.isShort(binding.list, items.length, 0)))
      return { items: [...items] };
    const id = randomBytes(12).toString('base64url');
    this.snapshots.set(id, { items, binding, limit, usedAt: this.now() });
    const [oldest] = this.snapshots.keys();
    if (this.snapshots.size > MAX_SNAPSHOTS && oldest !== undefined) this.snapshots.delete(oldest);
    return this.page<T>(id, { items, binding, limit }, 0);
  }

  /** The page of a cursor; undefined when the cursor is expired, unknown or bound to another caller. */
  next<T>(cursor: string, binding: CursorBinding): Page<T> | undefined {
    const [id = '', offsetText = '', after] = cursor.split(':');
    const offset = /^\d+$/.test(offsetText) ? Number(offsetText) : Number.NaN;
    const snapshot = this.snapshots.get(id);
    if (!snapshot || !(offset >= 0 && offset < snapshot.items.length)) return undefined;
    if (this.now() - snapshot.usedAt > this.lifetimeSeconds * 1000) return undefined;
    if (snapshot.binding.list !== binding.list || snapshot.binding.reader !== binding.reader) return undefined;
    snapshot.usedAt = this.now();
    return this.page<T>(id, snapshot, offset, after === 'short');
  }

  /** Expires all cursors that exist now. */
  expireAll(): void {
    this.snapshots.clear();
  }

  private isShort(list: string, count: number, offset: number): boolean {
    return chance('short page', list, count, offset) < this.shortPages;
  }

  /** `afterShort`: the page before was a short one, so this one is not. */
  private page<T>(id: string, snapshot: Omit<Snapshot, 'usedAt'>, offset: number, afterShort = false): Page<T> {
    const { binding, limit } = snapshot;
    const items = snapshot.items as readonly T[];
    if (!afterShort && this.isShort(binding.list, items.length, offset)) {
      const share = chance('its items', binding.list, items.length, offset);
      const end = offset + Math.floor(share * Math.min(limit, items.length - offset));
      return { items: items.slice(offset, end), next: `${id}:${end}:short` };
    }
    const end = offset + limit;
    const page: Page<T> = { items: items.slice(offset, end) };
    return end < items.length ? { ...page, next: `${id}:${end}` } : page;
  }
}
