import { isDeepStrictEqual } from 'node:util';

/** What Dropbox says of the ids that it was asked for: null for one that it does not know. */
export class AnswersById<Item> {
  private readonly found = new Map<string, Item | null>();
  private readonly contradicted = new Set<string>();
  private readonly asked: ReadonlySet<unknown>;

  constructor(ids: readonly string[]) {
    this.asked = new Set(ids);
  }

  /** An answer about something else is ignored, whatever its id is. */
  add(id: unknown, item: Item | null): void {
    if (typeof id !== 'string' || !this.asked.has(id)) return;
    if (this.found.has(id) && !isDeepStrictEqual(this.found.get(id), item)) this.contradicted.add(id);
    this.found.set(id, item);
  }

  /** Absent is what nothing was said of, or two different things: what is not known to be gone stays. */
  answers(): Map<string, Item | null> {
    return new Map([...this.found].filter(([id]) => !this.contradicted.has(id)));
  }
}
