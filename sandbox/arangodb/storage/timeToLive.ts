import { ArangoFailure } from '../errors';
import type { Engine } from './engine';

/** Removes expired documents. One that an open transaction has written is left for the next run. */
export function removeExpiredDocuments(engine: Engine, nowSeconds: number): void {
  for (const database of engine.listDatabases()) {
    for (const collection of database.list()) {
      for (const { definition } of collection.indexes.values()) {
        if (definition.type !== 'ttl') continue;
        const upper = { value: nowSeconds - (definition.expireAfter ?? 0), inclusive: true };
        engine.autocommit(database, (transaction) => {
          for (const { _key } of transaction.frozen().lookup(collection.name, definition.id, { equal: [], upper })) {
            try {
              transaction.remove(collection.name, _key);
            } catch (error) {
              if (!(error instanceof ArangoFailure && error.errorNum === 1200)) throw error;
            }
          }
        });
      }
    }
  }
}
