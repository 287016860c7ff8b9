import { Database } from 'arangojs';
import { CollectionType } from 'arangojs/collections';
import { indexes, ownCollections, pipesHubDocuments, pipesHubEdges, type IndexDefinition } from './collections';
import { arangoErrors, errorNumOf, isConflict } from './errors';
import { withRetries } from './retries';

export interface DatabaseSettings {
  /** Such as http://127.0.0.1:8529 */
  url: string;
  database: string;
  username: string;
  password: string;
}

/** Longest wait for an answer, ms. The longest requests are commits of a batch and pages of a cursor: seconds at most. */
const REQUEST_TIMEOUT = 60_000;
/** Requests under way at once; more wait in the driver. The driver's own default of 3 would queue a worker's activities. */
const PARALLEL_REQUESTS = 32;
/** Tries again where the driver knows that the server has not seen the request (connection refused). */
const SAFE_RETRIES = 3;
const INDEX_TRIES = 5;

/**
 * Opens the database; no request is made yet. Connections are kept alive by Node's fetch. `close()` of the result ends
 * them.
 */
export function openDatabase(settings: DatabaseSettings): Database {
  return new Database({
    url: settings.url,
    databaseName: settings.database,
    auth: { username: settings.username, password: settings.password },
    poolSize: PARALLEL_REQUESTS,
    maxRetries: SAFE_RETRIES,
    timeout: REQUEST_TIMEOUT,
  });
}

async function createCollection(db: Database, name: string, type: CollectionType): Promise<void> {
  try {
    await withRetries<unknown>(() =>
      type === CollectionType.EDGE_COLLECTION ? db.createEdgeCollection(name) : db.createCollection(name),
    );
  } catch (error) {
    // Another worker that starts at the same time was faster.
    if (errorNumOf(error) !== arangoErrors.duplicateName) throw error;
  }
}

const sameFields = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((field, position) => field === b[position]);

async function ensureIndex(db: Database, { collection, fields, sparse = false }: IndexDefinition): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const index = { type: 'persistent' as const, fields, sparse, inBackground: true };
      await withRetries(() => db.collection(collection).ensureIndex(index));
      return;
    } catch (error) {
      // Two workers that create the same index collide while it is built; the second then finds it.
      if (!isConflict(error) || attempt >= INDEX_TRIES) throw error;
    }
  }
}

/** Fields of the indexes that a collection has and that can answer any look-up by these fields (sparse ones can't). */
async function indexedFields(db: Database, collection: string): Promise<string[][]> {
  const found: string[][] = [];
  for (const existing of await withRetries(() => db.collection(collection).indexes())) {
    if (existing.type === 'persistent' && !existing.sparse) {
      found.push(existing.fields);
    }
  }
  return found;
}

/** The names of all collections of a database but the server's own. */
export const collectionNames = async (db: Database): Promise<Set<string>> =>
  new Set((await withRetries(() => db.listCollections(true))).map(({ name }) => name));

/**
 * Creates the collections and indexes that are missing. What exists is never altered: PipesHub sets the schemas of its
 * collections at its own start, also on collections that exist. Can be run again, and by several workers at once.
 */
export async function ensureCollections(db: Database): Promise<void> {
  const existing = await collectionNames(db);
  for (const name of [...pipesHubDocuments, ...ownCollections]) {
    if (!existing.has(name)) await createCollection(db, name, CollectionType.DOCUMENT_COLLECTION);
  }
  for (const name of pipesHubEdges) {
    if (!existing.has(name)) await createCollection(db, name, CollectionType.EDGE_COLLECTION);
  }
  for (const collection of new Set(indexes.map((definition) => definition.collection))) {
    const present = await indexedFields(db, collection);
    for (const definition of indexes.filter((wanted) => wanted.collection === collection)) {
      if (!present.some((fields) => sameFields(fields, definition.fields))) await ensureIndex(db, definition);
    }
  }
}
