import { ArangoFailure } from '../../errors';
import type { DataView, DataWriter } from '../../storage/types';
import { queryFailure } from '../failure';
import type { EvaluationContext, Row } from '../evaluate';
import type { Block, Variable } from '../plan';
import { assignedBy, hasStep, isMovable, variablesIn } from '../references';
import { blockWrites } from '../resolveExpression';
import { compileBlock } from './pipeline';

export interface QueryWarning {
  readonly code: number;
  readonly message: string;
}

/** What `extra.stats` of a cursor shows. */
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
  /** Rows before the last LIMIT of the outermost level, if asked for. */
  fullCount?: number;
}

export interface ExecutionOptions {
  readonly fullCount: boolean;
  /** Seconds; 0 for no limit. */
  readonly maxRuntime: number;
  /** Bytes; 0 for no limit. */
  readonly memoryLimit: number;
  readonly maxWarningCount: number;
  readonly failOnWarning: boolean;
}

/** A look at the clock costs more than a row: it is taken once in so many rows. */
const ROWS_PER_LOOK = 1024;

/** Memory is accounted for in chunks: a query is not held against its limit before it has filled one. */
const MEMORY_CHUNK_BYTES = 32_768;

/** One run of a query: what it reads and writes, its counters, warnings and limits. */
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
  /** Reads give the same at any moment of the run. */
  private readonly repeatable: boolean = true;
  private readonly deadline: number;
  private rows = 0;
  private heldBytes = 0;

  constructor(
    /** What reads see: for a query that writes, the state before its first write. */
    readonly view: DataView,
    private readonly target: DataWriter | undefined,
    readonly options: ExecutionOptions,
  ) {
    this.deadline = options.maxRuntime > 0 ? Date.now() + options.maxRuntime * 1000 : Infinity;
  }

  get writer(): DataWriter {
    if (this.target === undefined) throw new ArangoFailure(1004, 'read only');
    return this.target;
  }

  warn(code: number, text: string): void {
    if (this.options.failOnWarning) throw queryFailure(code, text, 'executing');
    if (this.warnings.length < this.options.maxWarningCount) this.warnings.push({ code, message: text });
  }

  /** Called for each row of a loop: ends a query that runs for too long (1500). */
  tick(): void {
    if (++this.rows % ROWS_PER_LOOK === 0) this.checkRuntime();
  }

  checkRuntime(): void {
    if (Date.now() > this.deadline) throw queryFailure(1500, 'query killed', 'executing');
  }

  /** A value that the query keeps: ends a query with a memory limit that keeps too much (32). */
  hold(value: unknown): void {
    const { memoryLimit } = this.options;
    if (memoryLimit === 0) return;
    this.heldBytes += sizeOf(value);
    if (this.heldBytes < MEMORY_CHUNK_BYTES) return;
    if (this.heldBytes > memoryLimit) {
      throw queryFailure(32, 'query would use more memory than allowed', 'executing');
    }
    this.stats.peakMemoryUsage = this.heldBytes - (this.heldBytes % MEMORY_CHUNK_BYTES);
  }

  subquery(block: Block, firstOnly: boolean): (row: Row) => unknown[] {
    const { open, value } = compileBlock(block, this, false);
    const run = (row: Row): unknown[] => {
      const next = open(row);
      const rows: unknown[] = [];
      while (next()) {
        if (value === undefined) continue;
        const result = value(row) ?? null;
        this.hold(result);
        rows.push(result);
        if (firstOnly) break;
      }
      return rows;
    };
    return this.repeatable && isRepeatable(block) ? remembering(run, outerVariables(block)) : run;
  }

  /** The same run with another view: what an UPSERT looks for must include the query's own writes. */
  seeingOwnWrites(): Execution {
    return Object.create(this, { view: { value: this.writer }, repeatable: { value: false } }) as Execution;
  }
}

/** About what a value takes in the server's memory. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 9 + value.length;
  if (typeof value !== 'object' || value === null) return 16;
  let bytes = 16;
  for (const [name, item] of Object.entries(value)) bytes += (Array.isArray(value) ? 0 : name.length) + sizeOf(item);
  return bytes;
}

function isRepeatable(block: Block): boolean {
  return !blockWrites(block) && isMovable({ kind: 'subquery', block });
}

/** The variables of the surrounding query that a subquery uses. */
function outerVariables(block: Block): Variable[] {
  const own = new Set<Variable>();
  hasStep(block, (step) => {
    for (const variable of assignedBy(step)) own.add(variable);
    return false;
  });
  return [...variablesIn({ kind: 'subquery', block })].filter((variable) => !own.has(variable));
}

/** Keeps the latest result for as long as the surrounding variables stay the same: it is computed once, not per row. */
function remembering(run: (row: Row) => unknown[], around: readonly Variable[]): (row: Row) => unknown[] {
  const slots = around.map(({ slot }) => slot);
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
