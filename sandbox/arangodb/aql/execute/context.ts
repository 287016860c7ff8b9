import { ArangoFailure, notSupported } from '../../errors';
import { MAX_TRANSACTION_TEXT, type Transaction } from '../../storage/transaction';
import type { View } from '../../storage/view';
import type { Evaluate, EvaluationContext, Row } from '../evaluate';
import { queryFailure } from '../failure';
import type { Block, QueryWarning, Step, Variable } from '../plan';
import { assignedBy, blockWrites, isMovable, stepsIn, variablesIn } from '../references';

const noStatistics = {
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
  /** Seconds. */
  executionTime: 0,
  peakMemoryUsage: 0,
  intermediateCommits: 0,
};

/** The statistics of a query, as in a cursor's `extra.stats`. */
export type QueryStatistics = typeof noStatistics & {
  /** Rows before the last LIMIT of the outermost query, if the client asked for it. */
  fullCount?: number;
};

/** From which size on ArangoDB commits a query in parts, or refuses it. */
export interface WriteLimits {
  readonly intermediateCommitCount: number;
  /** Bytes. */
  readonly intermediateCommitSize: number;
  /** Bytes. */
  readonly maxTransactionSize: number;
}

export interface QueryOptions {
  /** Count the rows before the last LIMIT of the outermost query. Default false. */
  readonly fullCount?: boolean | undefined;
  /** The client reads rows while they are computed, so `fullCount` cannot be given. Default false. */
  readonly stream?: boolean | undefined;
  /** Seconds after which the query fails with 1500. 0, the default, means no limit. */
  readonly maxRuntime?: number | undefined;
  /** A query that writes more fails. In ArangoDB it would be stored in parts, or fail too. Default: no limit. */
  readonly writeLimits?: WriteLimits | undefined;
  /** Fail on the first warning. Default false. */
  readonly failOnWarning?: boolean | undefined;
  /** Maximum number of warnings to return. Default 10. */
  readonly maxWarningCount?: number | undefined;
  /** `extra` contains the duration of each phase. Default false. */
  readonly profile?: boolean | undefined;
}

/** Reading the clock and pausing cost more than computing a row, so they happen only once in this many rows. */
const ROWS_PER_CLOCK_CHECK = 1024;

/** One execution of a query: what it reads and writes, its statistics, warnings and limits. */
export class Execution implements EvaluationContext {
  readonly warnings: QueryWarning[] = [];
  readonly stats: QueryStatistics = { ...noStatistics };
  /** Reads return the same at any time of the execution. */
  private readonly repeatable: boolean = true;
  private readonly deadline: number;
  private rows = 0;

  constructor(
    /** What the query reads. For a query that writes: the state before its first write. */
    readonly view: View,
    private readonly target: Transaction | undefined,
    readonly options: QueryOptions,
    private readonly compile: (block: Block, execution: Execution, outermost: boolean) => CompiledBlock,
  ) {
    this.deadline = options.maxRuntime ? Date.now() + options.maxRuntime * 1000 : Infinity;
  }

  get writer(): Transaction {
    if (this.target === undefined) throw new ArangoFailure(1004, 'read only');
    return this.target;
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
    const { failOnWarning, maxWarningCount = 10 } = this.options;
    if (failOnWarning === true) throw queryFailure(code, text, 'executing');
    if (this.warnings.length < maxWarningCount) this.warnings.push({ code, message: text });
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
    const { open, value } = this.compile(block, this, false);
    const run = (row: Row): unknown[] => {
      const rows: unknown[] = [];
      for (const state of open(row)) {
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

/** The next values are in the row, or the query pauses: if it takes long, it lets other requests in. */
export type State = 'row' | 'paused';
/** The rows of a step for the current values of the outer variables. */
export type Source = (row: Row) => Iterable<State>;

export interface CompiledBlock {
  readonly open: Source;
  /** The value of RETURN for the current row. Absent if the block ends with a write. */
  readonly value: Evaluate | undefined;
}

/** What is known about a step when it is compiled. */
export interface StepContext {
  readonly execution: Execution;
  readonly upstream: Source;
  /** Variables that later steps of the block use. */
  readonly needed: ReadonlySet<Variable>;
  /** Variables that the block's steps have set so far. */
  readonly assigned: readonly Variable[];
  /** The steps before this one. */
  readonly before: readonly Step[];
}

const isRepeatable = (block: Block): boolean => !blockWrites(block) && isMovable({ kind: 'subquery', block });

/** The variables of the outer query that a subquery uses. */
function outerVariables(block: Block): Variable[] {
  const own = new Set([...stepsIn(block)].flatMap(assignedBy));
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
