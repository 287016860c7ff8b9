import type { Collection } from './collection';
import type { Database } from './database';
import type { Engine } from './engine';
import type { JournalEntry } from './journal';
import { parseRevision } from './revision';
import type { Doc } from './types';

/** Sequence number of everything that was committed before the server started. */
const BEFORE_START = 0;

/**
 * Applies a log entry, before the server accepts requests. Entries of collections that do not exist are skipped: the
 * log of a new generation can begin with changes to a collection that its base no longer contains.
 */
export function restore(engine: Engine, entry: JournalEntry): void {
  switch (entry[0]) {
    case 'create database':
      engine.raiseTickTo(Number(entry[1].id));
      engine.addDatabase(entry[1].id, entry[1].name);
      return;
    case 'drop database': {
      const database = engine.databaseById(entry[1]);
      if (database !== undefined) engine.dropDatabase(database.name);
      return;
    }
    default:
      restoreInDatabase(engine, entry);
  }
}

type DatabaseEntry = Exclude<JournalEntry, readonly ['create database' | 'drop database', ...unknown[]]>;

function restoreInDatabase(engine: Engine, entry: DatabaseEntry): void {
  const database = engine.databaseById(entry[1]);
  if (database === undefined) return;
  if (entry[0] === 'create collection') {
    engine.raiseTickTo(Number(entry[2].id));
    database.add(entry[2]);
    return;
  }
  const id = entry[0] === 'change collection' ? entry[2].id : entry[2];
  const collection = database.findById(id);
  if (collection !== undefined) restoreInCollection(engine, database, collection, entry);
}

function restoreInCollection(
  engine: Engine,
  database: Database,
  collection: Collection,
  entry: Exclude<DatabaseEntry, readonly ['create collection', ...unknown[]]>,
): void {
  switch (entry[0]) {
    case 'change collection':
      database.change(collection, entry[2]);
      return;
    case 'drop collection':
      database.drop(collection.name);
      return;
    case 'create index':
      engine.raiseTickTo(Number(entry[3].id));
      collection.addIndex(entry[3]);
      return;
    case 'drop index':
      collection.dropIndex(entry[3]);
      return;
    case 'truncate':
      collection.clear();
      return;
    case 'put':
      put(engine, collection, entry[3]);
      return;
    case 'remove':
      remove(collection, entry[3]);
  }
}

function put(engine: Engine, collection: Collection, doc: Doc): void {
  remove(collection, doc._key);
  const revision = parseRevision(doc._rev);
  engine.revisions.raiseTo(revision);
  collection.keyGenerator.note(doc._key);
  collection.addVersion(doc, revision, collection.entriesOf(doc), BEFORE_START);
  collection.commitCount(1, BEFORE_START, false);
}

function remove(collection: Collection, key: string): void {
  const slot = collection.newest(key);
  if (slot === 0) return;
  collection.removeVersion(slot);
  collection.commitCount(-1, BEFORE_START, false);
}
