import { queryFailure } from './failure';
import type { Variable } from './plan';

/** Makes variables, each with its own slot in the row. */
export class Slots {
  private next = 0;

  get count(): number {
    return this.next;
  }

  variable(name: string): Variable {
    return { name, slot: this.next++ };
  }
}

/** The variables of a query or subquery; a subquery sees those around it as well. */
export class Scope {
  private readonly beforeLoop = new Map<string, Variable>();
  private inLoop = new Map<string, Variable>();
  private looping = false;

  constructor(
    private readonly slots: Slots,
    private readonly outer: Scope | undefined,
  ) {}

  find(name: string): Variable | undefined {
    return this.inLoop.get(name) ?? this.beforeLoop.get(name) ?? this.outer?.find(name);
  }

  /** A name can be given once as long as it is visible, in subqueries too; else 1511. */
  declare(name: string): Variable {
    if (this.find(name) !== undefined) {
      throw queryFailure(1511, `variable '${name}' is assigned multiple times`, 'parsing');
    }
    return this.replace(name);
  }

  /** OLD and NEW mean those of the latest modification. */
  replace(name: string): Variable {
    const variable = this.slots.variable(name);
    (this.looping ? this.inLoop : this.beforeLoop).set(name, variable);
    return variable;
  }

  startLoop(): void {
    this.looping = true;
  }

  /** What an INTO without an expression gathers: all variables set since the first loop, or all if there is none. */
  members(): Variable[] {
    return [...(this.looping ? this.inLoop : this.beforeLoop).values()];
  }

  /** After a COLLECT only its own variables are left of those set since the first loop. */
  collect(kept: readonly Variable[]): void {
    if (!this.looping) return;
    this.inLoop = new Map(kept.map((variable) => [variable.name, variable]));
  }
}

/**
 * Refuses reading or writing a collection after it was written in the same query (1579): results would depend on how
 * many rows were already done.
 */
export class AccessOrder {
  private readonly written = new Set<string>();
  private readonly firstLevel = new Map<string, number>();
  private level = 0;
  private anyWrite = false;
  readonly read = new Set<string>();

  get write(): ReadonlySet<string> {
    return this.written;
  }

  inSubquery<T>(body: () => T): T {
    this.level++;
    const result = body();
    this.level--;
    return result;
  }

  reads(collection: string): void {
    if (this.written.has(collection)) throw afterModification(`collection '${collection}'`);
    this.seen(collection);
    this.read.add(collection);
  }

  /** A WINDOW looks at rows before and after each one, so all writes would have to come first: it is refused (1595). */
  opensWindow(): void {
    if (this.anyWrite) throw queryFailure(1595, 'window operation after data-modification', 'parsing');
  }

  /** A read whose collections show only at run time. */
  readsAnything(what: string): void {
    if (this.anyWrite) throw afterModification(what);
  }

  writes(collection: string): void {
    if (this.written.has(collection)) throw afterModification(`collection '${collection}'`);
    this.seen(collection);
    // Written once per row of an outer query that has read it: later rows would see the writes of earlier ones.
    if ((this.firstLevel.get(collection) ?? 0) < this.level) throw afterModification(`collection '${collection}'`);
    this.written.add(collection);
    this.anyWrite = true;
  }

  private seen(collection: string): void {
    if (!this.firstLevel.has(collection)) this.firstLevel.set(collection, this.level);
  }
}

function afterModification(what: string): Error {
  return queryFailure(1579, `access after data-modification by ${what}`, 'parsing');
}
