import type { Database } from './database';
import type { Engine } from './engine';
import type { JournalEntry } from './journal';
import { restore } from './restore';
import { DEAD, LIVE } from './versions';

/**
 * Creates a database with the collections, indexes and documents that another one has while no transaction is open. A
 * client of ArangoDB has no such call: it serves tests that begin with the same contents.
 */
export function copyDatabase(engine: Engine, from: string, to: string): void {
  for (const entry of entriesOf(engine, engine.database(from), to)) {
    engine.journal?.append([entry]);
    restore(engine, entry);
  }
}

function* entriesOf(engine: Engine, source: Database, name: string): Generator<JournalEntry> {
  const id = String(engine.tick());
  yield ['create database', { id, name }];
  for (const collection of source.list()) {
    const collectionId = String(engine.tick());
    yield ['create collection', id, { ...collection.properties, id: collectionId }];
    for (const { definition } of collection.indexes.values()) {
      yield ['create index', id, collectionId, { ...definition, id: String(engine.tick()) }];
    }
    const { begin, end, limit } = collection.versions;
    for (let slot = 1; slot < limit; slot++) {
      if (begin[slot] !== DEAD && end[slot] === LIVE) yield ['put', id, collectionId, collection.load(slot)];
    }
  }
}
