import { ArangoFailure } from '../errors';
import type { Database } from '../storage/database';

/** A query that is being executed, as `/_api/query/current` lists it. */
interface RunningQuery {
  readonly database: Database;
  readonly description: Readonly<Record<string, unknown>>;
  readonly startedAt: number;
  isKilled: boolean;
}

/** One execution, as the query sees it. */
export interface QueryHandle {
  /** Whether a client has killed the query. */
  readonly isKilled: () => boolean;
  /** Takes the query off the list. */
  readonly end: () => void;
}

/** The queries that are being executed, including those whose rows a client is still streaming. */
export class RunningQueries {
  private readonly queries = new Map<string, RunningQuery>();

  constructor(
    private readonly nextId: () => string,
    private readonly now: () => number,
  ) {}

  start(database: Database, query: string, bindVars: unknown, stream: boolean, writes: boolean): QueryHandle {
    const id = this.nextId();
    const startedAt = this.now();
    const started = new Date(startedAt).toISOString();
    const from = { id, database: database.name, user: 'root', query, bindVars: bindVars ?? {}, started };
    const description = { ...from, state: 'executing', modificationQuery: writes, stream };
    const running: RunningQuery = { database, description, startedAt, isKilled: false };
    this.queries.set(id, running);
    return { isKilled: () => running.isKilled, end: () => void this.queries.delete(id) };
  }

  list(database: Database): object[] {
    return [...this.queries.values()]
      .filter((running) => running.database === database)
      .map(({ description, startedAt }) => ({ ...description, runTime: (this.now() - startedAt) / 1000 }));
  }

  /** Makes a query fail with 1500 when it continues. Throws 1591 if it is not running. */
  kill(database: Database, id: string): void {
    const running = this.queries.get(id);
    if (running === undefined || running.database !== database) throw new ArangoFailure(1591, 'query ID not found');
    running.isKilled = true;
  }
}
