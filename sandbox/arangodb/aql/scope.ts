import { queryFailure } from './failure';
import type { ModificationOptions, Variable } from './plan';

/** Creates variables. Each gets the next slot of the row. */
export class Slots {
  private next = 0;

  get count(): number {
    return this.next;
  }

  variable(name: string): Variable {
    return { name, slot: this.next++ };
  }
}

/** The variables of a query or subquery. A subquery also sees the variables of the outer query. */
export class Scope {
  private readonly beforeLoop = new Map<string, Variable>();
  private inLoop = new Map<string, Variable>();
  private hasLoop = false;

  constructor(
    private readonly slots: Slots,
    private readonly outer: Scope | undefined,
  ) {}

  find(name: string): Variable | undefined {
    return this.inLoop.get(name) ?? this.beforeLoop.get(name) ?? this.outer?.find(name);
  }

  /** Declares a variable. Throws 1511 if a variable with this name is visible. */
  declare(name: string): Variable {
    if (this.find(name) !== undefined) {
      throw queryFailure(1511, `variable '${name}' is assigned multiple times`, 'parsing');
    }
    return this.replace(name);
  }

  /** Declares a variable that can be declared repeatedly: OLD and NEW belong to the latest modification. */
  replace(name: string): Variable {
    const variable = this.slots.variable(name);
    (this.hasLoop ? this.inLoop : this.beforeLoop).set(name, variable);
    return variable;
  }

  startLoop(): void {
    this.hasLoop = true;
  }

  /** The variables that an INTO without an expression collects: those set since the first loop, if there is one. */
  members(): Variable[] {
    return [...(this.hasLoop ? this.inLoop : this.beforeLoop).values()];
  }

  /** After a COLLECT, its own variables replace those set since the first loop. */
  collect(kept: readonly Variable[]): void {
    if (!this.hasLoop) return;
    this.inLoop = new Map(kept.map((variable) => [variable.name, variable]));
  }
}

/**
 * Checks the order of reads and writes in a query. Throws 1579 if a collection is read or written after it was written:
 * the result would depend on how many rows have been processed.
 */
export class AccessOrder {
  readonly write = new Set<string>();
  readonly exclusive = new Set<string>();
  private readonly firstLevel = new Map<string, number>();
  private level = 0;
  readonly read = new Set<string>();

  inSubquery<T>(body: () => T): T {
    this.level++;
    const result = body();
    this.level--;
    return result;
  }

  reads(collection: string): void {
    if (this.write.has(collection)) throw afterModification(`collection '${collection}'`);
    this.seen(collection);
    this.read.add(collection);
  }

  /** A read whose collections are known only at run time. Throws 1579 after any write. */
  readsAnything(what: string): void {
    if (this.write.size > 0) throw afterModification(what);
  }

  writes(collection: string, { exclusive }: Pick<ModificationOptions, 'exclusive'>): void {
    if (this.write.has(collection)) throw afterModification(`collection '${collection}'`);
    this.seen(collection);
    // The outer query has read the collection and writes to it once per row: later rows would see earlier writes.
    if ((this.firstLevel.get(collection) ?? 0) < this.level) throw afterModification(`collection '${collection}'`);
    this.write.add(collection);
    if (exclusive) this.exclusive.add(collection);
  }

  private seen(collection: string): void {
    if (!this.firstLevel.has(collection)) this.firstLevel.set(collection, this.level);
  }
}

const afterModification = (what: string): Error =>
  queryFailure(1579, `access after data-modification by ${what}`, 'parsing');
