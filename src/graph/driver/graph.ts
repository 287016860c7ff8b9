import type { Database } from 'arangojs';
import type { Cursor } from 'arangojs/cursors';
import { chunks } from '../../chunks';
import { arangoErrors, ForeignAnswer, isConflict, isTransient, ofDriver } from './errors';
import { countAccepted } from './itemAnswers';
import type { Query } from './query';
import { pause, triesFor, withRetries } from './retries';

/** Documents in one multi-document request. A request stays below a few MB; the server's limit is 512 MB. */
const ITEMS_PER_REQUEST = 1000;
const ROWS_PER_BATCH = 10_000;
/** Longest wait for the first rows of a query that reads all files of a connector: some ten million. */
const LONG_QUERY_MS = 15 * 60_000;
/**
 * Longest wait of a beginning transaction for locks. The server has to give up before the request times out. Otherwise
 * it would begin a transaction that no one knows. Its locks would last until it has been idle for a minute, in which
 * the next request times out as well.
 */
const LOCK_TIMEOUT_SECONDS = 20;
/**
 * A commit is answered when it is on disk. The attempts at a listing skip what they have committed, and without this, a
 * server loses the last tenth of a second with the power of its machine.
 */
const TRANSACTION = { lockTimeout: LOCK_TIMEOUT_SECONDS, waitForSync: true };
/** Above these limits the server stores a long query in parts. The size is that of a stream transaction. */
const UNDIVIDED = {
  intermediateCommitCount: Number.MAX_SAFE_INTEGER,
  intermediateCommitSize: Number.MAX_SAFE_INTEGER,
  maxTransactionSize: 128 * 2 ** 20,
  count: true,
};

/** What the server does with an insert whose key exists. */
export type OverwriteMode = 'conflict' | 'ignore' | 'replace' | 'update';

/** The only handle to the graph: a `Transaction` or a `StandaloneGraph`. Most functions work with both. */
export interface Graph {
  /** Runs a query and returns all rows. For results that are bounded by the bind values; `stream` is for the others. */
  run<Vars extends Record<string, unknown>, Row>(query: Query<Vars, Row>, vars: Vars): Promise<Row[]>;
  /**
   * Inserts documents, a thousand in one request, none for an empty list. @throws ItemRefused for the first one that
   * the server refuses.
   */
  insertAll(collection: string, documents: readonly Keyed[], overwriteMode: OverwriteMode): Promise<void>;
  /** Merges patches into existing documents; null stays null. @throws ItemRefused, for a missing document too. */
  updateAll(collection: string, patches: readonly Keyed[]): Promise<void>;
  /** Removes documents, and returns how many existed. A missing one is not an error. */
  removeAll(collection: string, keys: readonly string[]): Promise<number>;
}

/** The handle of a stream transaction. Its writes are committed or aborted together. It allows one call at a time. */
export interface Transaction extends Graph {
  readonly isTransaction: true;
}

/** The handle outside of a transaction. Requests with a transient failure are repeated. */
export interface StandaloneGraph extends Graph {
  /** For what this interface lacks: collections, single documents, closing. */
  readonly database: Database;
  /** Set for the work of a run: each transaction of this handle passes it, and every write is in a transaction. */
  readonly fence?: Fence;
  /** Runs a query and yields its rows in batches, so that memory does not grow with the result. */
  stream<Vars extends Record<string, unknown>, Row>(
    query: Query<Vars, Row>,
    vars: Vars,
    batchSize?: number,
  ): AsyncGenerator<Row[]>;
  /**
   * Sends one query once. It is a transaction of its own: all of its writes are stored, or none. `fencedStatement` of
   * runFence.ts makes it check the fence. @returns whether it has written. If not (the fence refused it, a conflict, a
   * lost answer), do the work in `inTransaction`, which reads the present state first and throws what is wrong.
   */
  tryStatement<Vars extends Record<string, unknown>>(
    query: Query<Vars, boolean>,
    vars: Omit<Vars, 'fence'>,
  ): Promise<boolean>;
  /**
   * Like `tryStatement`, for a query that does no harm when it is carried out twice: after a conflict or a lost answer
   * it is sent again. @returns its row, or null if the fence refused it
   */
  runStatement<Vars extends Record<string, unknown>, Row>(
    query: Query<Vars, Row | null>,
    vars: Omit<Vars, 'fence'>,
  ): Promise<Row | null>;
}

/** Refuses the writes of work that is over. */
export interface Fence {
  /**
   * Each fenced transaction takes a shared lock on this collection. Whatever closes the fence locks it exclusively, and
   * so waits for the transactions that have passed the check.
   */
  readonly collection: string;
  /** Reads what `check` looks at. */
  readonly standing: Query<{ connectorId: string }, unknown>;
  /** `found`: the row of `standing`. @throws if the work may not write any more */
  check(found: unknown): void;
  /** Bind value of `fencedStatement`, with which a query checks the fence itself. */
  readonly vars: Exclude<FenceVars['fence'], null>;
  readonly connectorId: string;
  /** Wraps the text of a query, so that it checks the fence first. It returns all rows as one list, or null if refused. */
  around(text: string): string;
}

/** Bind values of `fencedStatement` in runFence.ts. */
export interface FenceVars extends Record<string, unknown> {
  connectorId: string;
  fence: { runId: string; needsActive: boolean } | null;
}

interface Keyed {
  _key: string;
}

/**
 * Sends one request of the driver, and reads its answer: a conflict may be the answer for a single document. In a
 * transaction, `request` has to call the driver before its first await.
 */
type Send = <T>(request: () => Promise<T>) => Promise<T>;

/**
 * The rows of a query, batch by batch. The first answer says how many there are, so that neither a part of them passes
 * for all, nor an answer without end is read endlessly: the driver takes an answer that it does not understand for the
 * last one. @throws ForeignAnswer
 */
async function* batchesOf<Row>({ count, batches }: Cursor<Row>, send: Send): AsyncGenerator<Row[]> {
  const wrong = (what: string): ForeignAnswer =>
    new ForeignAnswer(`the answer to a query of ${String(count)} rows has ${what}`);
  if (count === undefined) throw new ForeignAnswer('the answer to a query does not say how many rows there are');
  let left = count;
  while (batches.hasNext) {
    const rows = (await send(() => batches.next())) ?? [];
    left -= rows.length;
    if (left < 0 || (rows.length === 0 && batches.hasNext)) throw wrong('more, or does not end');
    yield rows;
  }
  if (left !== 0) throw wrong(`${String(left)} less`);
}

async function allRows<Row>(cursor: Cursor<Row>, send: Send = (request) => request()): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of batchesOf(cursor, send)) for (const row of batch) rows.push(row);
  return rows;
}

class DriverGraph implements Graph {
  constructor(
    readonly database: Database,
    protected readonly send: Send,
  ) {}

  async run<Vars extends Record<string, unknown>, Row>(query: Query<Vars, Row>, vars: Vars): Promise<Row[]> {
    const options = { batchSize: ROWS_PER_BATCH, count: true };
    const cursor = await this.send(() => this.database.query<Row>(query.text, vars, options));
    return allRows(cursor, this.send);
  }

  async insertAll(collection: string, documents: readonly Keyed[], overwriteMode: OverwriteMode): Promise<void> {
    // The default of keepNull differs between insert and update, and mergeObjects would mix old and new sub-objects.
    const options = { overwriteMode, keepNull: true, mergeObjects: false };
    for (const part of chunks(documents, ITEMS_PER_REQUEST)) {
      await this.send(async () => {
        const answers = await this.database.collection(collection).saveAll(part, options);
        return countAccepted(collection, part.map(keyOf), answers);
      });
    }
  }

  async updateAll(collection: string, patches: readonly Keyed[]): Promise<void> {
    const options = { keepNull: true, mergeObjects: false };
    for (const part of chunks(patches, ITEMS_PER_REQUEST)) {
      await this.send(async () => {
        const answers = await this.database.collection(collection).updateAll(part, options);
        return countAccepted(collection, part.map(keyOf), answers);
      });
    }
  }

  async removeAll(collection: string, keys: readonly string[]): Promise<number> {
    let removed = 0;
    for (const part of chunks(keys, ITEMS_PER_REQUEST)) {
      removed += await this.send(async () => {
        const answers = await this.database.collection(collection).removeAll(part);
        return countAccepted(collection, part, answers, arangoErrors.documentNotFound);
      });
    }
    return removed;
  }
}

class TransactionGraph extends DriverGraph implements Transaction {
  readonly isTransaction = true;
  /** The fence as long as it is unchecked. The first request checks it, before anything is written. */
  private unchecked: Fence | undefined;

  constructor(database: Database, send: Send, fence: Fence | undefined) {
    super(database, send);
    this.unchecked = fence;
  }

  /** @throws what the fence throws, unless it was passed before */
  async passFence(): Promise<void> {
    const { unchecked } = this;
    if (!unchecked) return;
    const [found] = await super.run(unchecked.standing, { connectorId: unchecked.connectorId });
    this.passed(unchecked, found);
  }

  private passed(fence: Fence, found: unknown): void {
    fence.check(found);
    this.unchecked = undefined;
  }

  override async run<Vars extends Record<string, unknown>, Row>(query: Query<Vars, Row>, vars: Vars): Promise<Row[]> {
    const { unchecked } = this;
    if (!unchecked) return super.run(query, vars);
    if (query.writes.length > 0) {
      await this.passFence();
      return super.run(query, vars);
    }
    const { standing, connectorId } = unchecked;
    const both: Query<Record<string, unknown>, { standing: unknown; rows: Row[] }> = {
      name: query.name,
      text: `LET fence = FIRST(${standing.text})
LET fenced = (${query.text})
RETURN { standing: fence, rows: fenced }`,
      example: {},
      writes: [],
    };
    const [found] = await super.run(both, { ...vars, connectorId });
    this.passed(unchecked, found?.standing);
    return found?.rows ?? [];
  }

  override async insertAll(collection: string, documents: readonly Keyed[], mode: OverwriteMode): Promise<void> {
    await this.passFence();
    return super.insertAll(collection, documents, mode);
  }

  override async updateAll(collection: string, patches: readonly Keyed[]): Promise<void> {
    await this.passFence();
    return super.updateAll(collection, patches);
  }

  override async removeAll(collection: string, keys: readonly string[]): Promise<number> {
    await this.passFence();
    return super.removeAll(collection, keys);
  }
}

class RequestGraph extends DriverGraph implements StandaloneGraph {
  readonly fence?: Fence;

  constructor(database: Database) {
    super(database, withRetries);
  }

  override async run<Vars extends Record<string, unknown>, Row>(query: Query<Vars, Row>, vars: Vars): Promise<Row[]> {
    // The whole query is repeated, since the cursor may be gone together with a lost batch.
    return withRetries(async () =>
      allRows(await this.database.query<Row>(query.text, vars, { batchSize: ROWS_PER_BATCH, count: true })),
    );
  }

  async *stream<Vars extends Record<string, unknown>, Row>(
    query: Query<Vars, Row>,
    vars: Vars,
    batchSize = 1000,
  ): AsyncGenerator<Row[]> {
    const options = { batchSize, ttl: 600, count: true, ...(query.isLong ? { timeout: LONG_QUERY_MS } : {}) };
    const cursor = await withRetries(() => this.database.query<Row>(query.text, vars, options));
    yield* batchesOf(cursor, ofDriver);
  }

  async tryStatement<Vars extends Record<string, unknown>>(
    query: Query<Vars, boolean>,
    vars: Omit<Vars, 'fence'>,
  ): Promise<boolean> {
    try {
      return (await ofDriver(() => this.undivided(query.text, vars))) === true;
    } catch (error) {
      if (isConflict(error) || isTransient(error)) return false;
      throw error;
    }
  }

  async runStatement<Vars extends Record<string, unknown>, Row>(
    query: Query<Vars, Row | null>,
    vars: Omit<Vars, 'fence'>,
  ): Promise<Row | null> {
    return withRetries(() => this.undivided<Row>(query.text, vars));
  }

  /** The first row of a query of which the server stores all writes or none. */
  protected async undivided<Row>(text: string, vars: Record<string, unknown>): Promise<Row | null> {
    const all = text.includes('@fence') ? { ...vars, fence: this.fence?.vars ?? null } : vars;
    const [row = null] = await allRows(await this.database.query<Row | null>(text, all, UNDIVIDED));
    return row;
  }
}

/** Outside of a transaction, a write is a transaction of its own, since only a transaction can check the fence. */
class FencedGraph extends RequestGraph {
  constructor(
    database: Database,
    override readonly fence: Fence,
  ) {
    super(database);
  }

  override async run<Vars extends Record<string, unknown>, Row>(query: Query<Vars, Row>, vars: Vars): Promise<Row[]> {
    if (query.writes.length === 0) return super.run(query, vars);
    if (query.isFlagUpdate) {
      const { connectorId } = this.fence;
      const text = this.fence.around(query.text);
      const rows = await withRetries(() => this.undivided<Row[]>(text, { ...vars, connectorId }));
      if (rows) return rows;
    }
    // The fence has refused the query: the transaction throws the reason.
    return inTransaction(this, query.writes, (tx) => tx.run(query, vars));
  }

  override async insertAll(collection: string, documents: readonly Keyed[], mode: OverwriteMode): Promise<void> {
    if (documents.length === 0) return;
    await inTransaction(this, [collection], (tx) => tx.insertAll(collection, documents, mode));
  }

  override async updateAll(collection: string, patches: readonly Keyed[]): Promise<void> {
    if (patches.length === 0) return;
    await inTransaction(this, [collection], (tx) => tx.updateAll(collection, patches));
  }

  override async removeAll(collection: string, keys: readonly string[]): Promise<number> {
    return keys.length === 0 ? 0 : inTransaction(this, [collection], (tx) => tx.removeAll(collection, keys));
  }
}

/** The same graph, whose writes pass a fence. */
export const fenced = ({ database }: StandaloneGraph, fence: Fence): StandaloneGraph =>
  new FencedGraph(database, fence);

/** The handle for requests outside of a transaction. */
export const standalone = (database: Database): StandaloneGraph => new RequestGraph(database);

/**
 * Runs `body` in a stream transaction that may write the named collections, and commits it. Any error aborts it. After
 * a write-write conflict or a lost answer the whole body runs again on the new state, so `body` must derive everything
 * from what it reads. If the answer to the commit was lost, the repeated body finds its writes already stored. It waits
 * for all writers of the collections in `exclusive`, and they wait for it.
 */
export async function inTransaction<T>(
  { database, fence }: StandaloneGraph,
  write: readonly string[],
  body: (tx: Transaction) => Promise<T>,
  exclusive: readonly string[] = [],
): Promise<T> {
  const declared = [...new Set(fence ? [...write, fence.collection] : write)];
  for (let attempt = 1; ; attempt += 1) {
    const transaction = await withRetries(() =>
      database.beginTransaction({ write: declared, exclusive: [...exclusive] }, TRANSACTION),
    );
    try {
      const tx = new TransactionGraph(database, (request) => ofDriver(() => transaction.step(request)), fence);
      const result = await body(tx);
      await tx.passFence();
      const end: { status?: string } | undefined = await ofDriver(() => transaction.commit());
      if (end?.status !== 'committed') throw new ForeignAnswer('a commit was not answered with its status');
      return result;
    } catch (error) {
      // The abort only frees the server's resources sooner. The error that caused it is the one to report.
      await transaction.abort().catch(() => undefined);
      if (attempt >= triesFor(error)) throw error;
      await pause(attempt);
    }
  }
}

const keyOf = ({ _key }: Keyed): string => _key;
