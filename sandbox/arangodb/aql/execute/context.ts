import { ArangoFailure, notSupported } from '../../errors';
import { MAX_TRANSACTION_TEXT } from '../../storage/transaction';
import type { View } from '../../storage/view';
import type { Transaction } from '../../storage/transaction';
import { queryFailure } from '../failure';
import type { EvaluationContext, Row } from '../evaluate';
import type { Block, QueryWarning, Variable } from '../plan';
import { assignedBy, hasStep, isMovable, variablesIn } from '../references';
import { blockWrites } from '../resolveExpression';
import { compileBlock } from './pipeline';

/** The statistics of a query, as in a cursor's `extra.stats`. */
export interface QueryStatistics {
  writesExecuted: number;
  writesIgnored: number;
  documentLookups: number;
  seeks: number;
  scannedFull: number;
  scannedIndex: number;
  cursorsCreated: number;
  cursorsRearmed: number;
  cacheHits: number;
  cacheMisses: number;
  filtered: number;
  httpRequests: number;
  /** Seconds. */
  executionTime: number;
  peakMemoryUsage: number;
  intermediateCommits: number;
  /** Rows before the last LIMIT of the outermost query, if the client asked for it. */
  fullCount?: number;
}

/** From which size on ArangoDB commits a query in parts, or refuses it. */
export interface WriteLimits {
  readonly intermediateCommitCount: number;
  /** Bytes. */
  readonly intermediateCommitSize: number;
  /** Bytes. */
  readonly maxTransactionSize: number;
}

export interface ExecutionOptions {
  readonly fullCount: boolean;
  /** Seconds; 0 for no limit. */
  readonly maxRuntime: number;
  readonly maxWarningCount: number;
  readonly failOnWarning: boolean;
  readonly writeLimits: WriteLimits | undefined;
}

/** Reading the clock and pausing cost more than computing a row, so they happen only once in this many rows. */
const ROWS_PER_CLOCK_CHECK = 1024;

/** One execution of a query: what it reads and writes, its statistics, warnings and limits. */
export class Execution implements EvaluationContext {
  readonly warnings: QueryWarning[] = [];
  readonly stats: QueryStatistics = {
    writesExecuted: 0,
    writesIgnored: 0,
    documentLookups: 0,
    seeks: 0,
    scannedFull: 0,
    scannedIndex: 0,
    cursorsCreated: 0,
    cursorsRearmed: 0,
    cacheHits: 0,
    cacheMisses: 0,
    filtered: 0,
    httpRequests: 0,
    executionTime: 0,
    peakMemoryUsage: 0,
    intermediateCommits: 0,
  };
  /** Reads return the same at any time of the execution. */
  private readonly repeatable: boolean = true;
  private readonly deadline: number;
  private rows = 0;

  constructor(
    /** What the query reads. For a query that writes: the state before its first write. */
    readonly view: View,
    private readonly target: Transaction | undefined,
    readonly options: ExecutionOptions,
  ) {
    this.deadline = options.maxRuntime > 0 ? Date.now() + options.maxRuntime * 1000 : Infinity;
  }

  get writer(): Transaction {
    if (this.target === undefined) throw new ArangoFailure(1004, 'read only');
    return this.target;
  }

  /** Returns a function that rolls back the writes from here on. */
  savepoint(): () => void {
    const { target } = this;
    if (target === undefined) return () => undefined;
    const savepoint = target.savepoint();
    return () => target.rollbackTo(savepoint);
  }

  /** Called after each write. Throws 9 where ArangoDB would commit a part of the query, 32 if the query is too large. */
  checkWrites(): void {
    const { writeLimits } = this.options;
    if (writeLimits === undefined) return;
    const { bytesWritten } = this.writer;
    if (bytesWritten > writeLimits.maxTransactionSize) throw new ArangoFailure(32, MAX_TRANSACTION_TEXT);
    const { intermediateCommitCount, intermediateCommitSize } = writeLimits;
    if (this.stats.writesExecuted >= intermediateCommitCount || bytesWritten >= intermediateCommitSize) {
      throw notSupported('an intermediate commit');
    }
  }

  warn(code: number, text: string): void {
    if (this.options.failOnWarning) throw queryFailure(code, text, 'executing');
    if (this.warnings.length < this.options.maxWarningCount) this.warnings.push({ code, message: text });
  }

  /**
   * Called for each row of a loop. Returns whether the query is to pause, so that other requests are processed. Throws
   * 1500 if it has exceeded its runtime.
   */
  tick(): boolean {
    if (++this.rows % ROWS_PER_CLOCK_CHECK !== 0) return false;
    this.checkRuntime();
    return true;
  }

  checkRuntime(): void {
    if (Date.now() > this.deadline) throw queryFailure(1500, 'query killed', 'executing');
  }

  subquery(block: Block, firstOnly: boolean): (row: Row) => unknown[] {
    const { open, value } = compileBlock(block, this, false);
    const run = (row: Row): unknown[] => {
      const next = open(row);
      const rows: unknown[] = [];
      for (let state = next(); state !== false; state = next()) {
        if (state === 'paused' || value === undefined) continue;
        const result = value(row) ?? null;
        rows.push(result);
        if (firstOnly) break;
      }
      return rows;
    };
    return this.repeatable && isRepeatable(block) ? memoized(run, outerVariables(block)) : run;
  }

  /** The same execution, reading its own writes too: the look-up of an UPSERT must see them. */
  withOwnWrites(): Execution {
    return Object.create(this, { view: { value: this.writer }, repeatable: { value: false } }) as Execution;
  }
}

function isRepeatable(block: Block): boolean {
  return !blockWrites(block) && isMovable({ kind: 'subquery', block });
}

/** The variables of the outer query that a subquery uses. */
function outerVariables(block: Block): Variable[] {
  const own = new Set<Variable>();
  hasStep(block, (step) => {
    for (const variable of assignedBy(step)) own.add(variable);
    return false;
  });
  return [...variablesIn({ kind: 'subquery', block })].filter((variable) => !own.has(variable));
}

/** Reuses the latest result while the outer variables are unchanged, so it is not computed again for every row. */
function memoized(run: (row: Row) => unknown[], outer: readonly Variable[]): (row: Row) => unknown[] {
  const slots = outer.map(({ slot }) => slot);
  let inputs: readonly unknown[] | undefined;
  let result: unknown[] = [];
  return (row) => {
    if (inputs === undefined || !slots.every((slot, i) => row[slot] === inputs?.[i])) {
      result = run(row);
      inputs = slots.map((slot) => row[slot]);
    }
    return result;
  };
}
