import { isDeepStrictEqual } from 'node:util';
import { Database } from 'arangojs';
import { CollectionType } from 'arangojs/collections';
import { ResponseTimeoutError } from 'arangojs/errors';
import { indexes, ownCollections, pipesHubDocuments, pipesHubEdges, type IndexDefinition } from './collections';
import { arangoErrors, errorNumOf, isConflict } from './errors';
import { withRetries } from './retries';
import { withTokens } from './tokenLogin';
import { useKeepAliveTransport } from './transport';

export interface DatabaseSettings {
  /** Such as http://127.0.0.1:8529 */
  url: string;
  database: string;
  username: string;
  password: string;
  /**
   * How requests are authenticated: `basic` (default) by user and password, `jwt` by a token for which the user logs in,
   * or by a token that is given.
   */
  login?: 'basic' | 'jwt' | { readonly token: string };
  /** Longest wait for an answer, in milliseconds. Default: a minute. */
  timeoutMs?: number;
  /**
   * Whether a request that had no answer in time is sent again, like others that failed. Default: true. A frozen server
   * accepts each try and never answers, so with repeats a caller would learn of it only after several minutes.
   */
  repeatsTimeouts?: boolean;
}

/** The slowest requests commit a batch or read a page, which takes seconds at most. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Concurrent requests; the driver queues the rest. With its default of 3 a worker's activities would wait. */
const PARALLEL_REQUESTS = 32;
/** Retries of requests that never reached the server (connection refused). The driver makes them. */
const SAFE_RETRIES = 3;
const INDEX_TRIES = 5;
/** Longest build of an index of a collection that exists. Tens of millions of records take minutes. */
const INDEX_BUILD_MS = 60 * 60_000;

/** Opens the database without a request. Its connections stay open until `close()` of the result. */
export function openDatabase(settings: DatabaseSettings): Database {
  const { url, username, password, login, timeoutMs = REQUEST_TIMEOUT_MS, repeatsTimeouts = true } = settings;
  const database = new Database({
    url,
    databaseName: settings.database,
    auth: typeof login === 'object' ? login : { username: inBytes(username), password: inBytes(password) },
    poolSize: PARALLEL_REQUESTS,
    maxRetries: SAFE_RETRIES,
    timeout: timeoutMs,
  });
  useKeepAliveTransport(database, url, { sockets: PARALLEL_REQUESTS, timeoutMs, repeatsTimeouts }, (send) =>
    login === 'jwt' ? withTokens(send, { username, password }, timeoutMs) : send,
  );
  return database;
}

/**
 * One character for each byte in UTF-8. ArangoDB compares the bytes of a login; the driver encodes characters up to U+00FF
 * as one byte each, and refuses others.
 */
const inBytes = (text: string): string => Buffer.from(text).toString('latin1');

async function createCollection(db: Database, name: string, type: CollectionType): Promise<void> {
  try {
    await withRetries<unknown>(() =>
      type === CollectionType.EDGE_COLLECTION ? db.createEdgeCollection(name) : db.createCollection(name),
    );
  } catch (error) {
    // Another worker that started at the same time has created it.
    if (errorNumOf(error) !== arangoErrors.duplicateName) throw error;
  }
}

async function ensureIndex(db: Database, definition: IndexDefinition): Promise<void> {
  const { collection, fields, sparse = false } = definition;
  const latest = performance.now() + INDEX_BUILD_MS;
  for (let conflicts = 0; ;) {
    try {
      const index = { type: 'persistent' as const, fields, sparse, inBackground: true };
      await withRetries(() => db.collection(collection).ensureIndex(index));
      return;
    } catch (error) {
      // The server continues to build the index of a large collection after the request has timed out, so its list of
      // indexes is read. If that is not answered either, the server is down.
      const isBuilding = error instanceof ResponseTimeoutError && performance.now() < latest;
      if (isBuilding && (await indexedFields(db, collection)).some((one) => isDeepStrictEqual(one, fields))) return;
      // Two workers that create the same index conflict while it is built. A retry finds the finished index.
      if (isConflict(error)) conflicts += 1;
      if (!isBuilding && (!isConflict(error) || conflicts >= INDEX_TRIES)) throw error;
    }
  }
}

/** The fields of each existing index that can answer any look-up by them. Sparse indexes can't. */
async function indexedFields(db: Database, collection: string): Promise<string[][]> {
  const existing = await withRetries(() => db.collection(collection).indexes());
  return existing.flatMap((index) => (index.type === 'persistent' && !index.sparse ? [index.fields] : []));
}

/** The names of all collections of a database except system collections. */
export const collectionNames = async (db: Database): Promise<Set<string>> =>
  new Set((await withRetries(() => db.listCollections(true))).map(({ name }) => name));

/**
 * Creates missing collections and indexes, and never alters existing ones: PipesHub sets the schemas of its collections
 * when it starts, on existing collections too. Safe to repeat, and to run from several workers at once.
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
      if (!present.some((fields) => isDeepStrictEqual(fields, definition.fields))) await ensureIndex(db, definition);
    }
  }
}
