import {
  executeQuery,
  explainQuery,
  NO_ROW,
  type QueryExtra,
  type QueryOptions,
} from '../../../../sandbox/arangodb/aql';
import { ArangoFailure } from '../../../../sandbox/arangodb/errors';
import type { Database } from '../../../../sandbox/arangodb/storage/database';
import { Engine } from '../../../../sandbox/arangodb/storage/engine';

type BindVars = Readonly<Record<string, unknown>>;

/** An in-memory database. Each query runs in its own transaction. */
export class TestDatabase {
  readonly engine = new Engine(() => 1_700_000_000_000);
  private readonly database: Database;

  constructor() {
    this.engine.createDatabase('_system');
    this.database = this.engine.createDatabase('test');
  }

  collection(name: string, documents: readonly object[] = []): this {
    this.database.create({ name });
    return this.fill(name, documents);
  }

  edges(name: string, documents: readonly object[] = []): this {
    this.database.create({ name, type: 3 });
    return this.fill(name, documents);
  }

  index(collection: string, fields: readonly string[], options: object = {}): this {
    this.database.ensureIndex(collection, { type: 'persistent', fields, ...options });
    return this;
  }

  fill(collection: string, documents: readonly object[]): this {
    this.engine.autocommit(this.database, (transaction) => {
      for (const document of documents) transaction.insert(collection, document);
    });
    return this;
  }

  run(text: string, bindVars: BindVars = {}, options: QueryOptions = {}): { rows: unknown[]; extra: QueryExtra } {
    return this.engine.autocommit(this.database, (transaction) => {
      const { rows, extra } = executeQuery(transaction, text, bindVars, options);
      return { rows: [...rows].filter((row) => row !== NO_ROW), extra: extra() };
    });
  }

  /** Computes each row when it is read. */
  stream(text: string): Iterator<unknown> {
    return executeQuery(this.engine.begin(this.database), text, {}, { stream: true }).rows;
  }

  query(text: string, bindVars: BindVars = {}, options: QueryOptions = {}): unknown[] {
    return this.run(text, bindVars, options).rows;
  }

  /** The value of an expression. */
  value(expression: string, bindVars: BindVars = {}): unknown {
    return this.query(`RETURN ${expression}`, bindVars)[0];
  }

  /** The error number of a query, which must fail. */
  failure(text: string, bindVars: BindVars = {}): number {
    return this.error(text, bindVars).errorNum;
  }

  error(text: string, bindVars: BindVars = {}): ArangoFailure {
    try {
      this.query(text, bindVars);
    } catch (error) {
      if (error instanceof ArangoFailure) return error;
      throw error;
    }
    throw new Error(`the query did not fail: ${text}`);
  }

  nodes(text: string, bindVars: BindVars = {}) {
    return this.engine.autocommit(this.database, (transaction) => explainQuery(transaction, text, bindVars).plan.nodes);
  }

  /** The access of each loop over a collection: `collection: fields of the index`, or `collection: scan`. */
  access(text: string, bindVars: BindVars = {}): string[] {
    return this.nodes(text, bindVars).flatMap((node) => {
      if (node.type === 'EnumerateCollectionNode') return [`${String(node.collection)}: scan`];
      if (node.type !== 'IndexNode') return [];
      const indexes = node.indexes as { type: string; fields: string[] }[];
      return [`${String(node.collection)}: ${indexes.map(({ fields }) => fields.join(',')).join(' | ')}`];
    });
  }
}
