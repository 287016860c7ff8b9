import type { Database } from 'arangojs';
import { startArangoEmulator, type RunningEmulator } from '../../sandbox/arangodb/server';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { ensureCollections, openDatabase } from '../../src/graph/driver/database';
import { standalone, type StandaloneGraph } from '../../src/graph/driver/graph';
import { closedAfterAll, closedAfterEach } from './hooks';

export const ORG = 'acme';
export const CONNECTOR = 'dropbox-1';

export const startServer = (password?: string): Promise<RunningEmulator> =>
  startArangoEmulator({ port: 0, ...(password === undefined ? {} : { password }) });

/** What PipesHub has in addition to an organization and the connector of the tests. */
export interface Installed {
  /** E-mail addresses of users with an account. */
  users?: readonly string[];
  /** Ids of further connectors. */
  connectors?: readonly string[];
}

async function install(
  { url }: RunningEmulator,
  database: string,
  { users = [], connectors = [] }: Installed,
): Promise<void> {
  for (const connector of [CONNECTOR, ...connectors]) {
    await installPipesHub({ arangoUrl: url, database, org: ORG, connector, users });
  }
}

let databases = 0;
/** The database of each server that the others are copied from. Its installation makes hundreds of requests. */
const templates = new WeakMap<RunningEmulator, Promise<string>>();

const open = ({ url }: RunningEmulator, database: string): Database =>
  openDatabase({ url, database, username: 'root', password: '' });

async function installTemplate(server: RunningEmulator): Promise<string> {
  const database = 'template';
  await install(server, database, {});
  const db = open(server, database);
  await ensureCollections(db);
  db.close();
  return database;
}

/** A new database as PipesHub installs it, with the connector's collections. */
export async function freshDatabase(server: RunningEmulator, installed: Installed = {}): Promise<Database> {
  databases += 1;
  const database = `es${databases}`;
  const template = templates.get(server) ?? installTemplate(server);
  templates.set(server, template);
  server.copyDatabase(await template, database);
  if (Object.keys(installed).length > 0) await install(server, database, installed);
  return open(server, database);
}

/** The database of the running test. */
export interface TestDatabase {
  readonly db: Database;
  readonly graph: StandaloneGraph;
  /** The address of its server. */
  readonly url: string;
  /** Adds users or connectors to the database of this test. */
  install(more: Installed): Promise<void>;
  /** Replaces the database with a fresh one, for a test that starts over. */
  renew(): Promise<void>;
}

/**
 * Gives each test of a file a fresh database, on one emulator for the file. Everything is closed after the tests, whether
 * they passed or not.
 */
export function useDatabase(): TestDatabase {
  const ofFile = closedAfterAll();
  const ofTest = closedAfterEach();
  let server: RunningEmulator | undefined;
  let current: { db: Database; graph: StandaloneGraph } | undefined;
  const running = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('a test has a database only while it runs');
    return value;
  };
  const renew = async (): Promise<void> => {
    await ofTest.close();
    const db = ofTest.add(await freshDatabase(running(server)));
    current = { db, graph: standalone(db) };
  };
  beforeAll(async () => {
    server = ofFile.add(await startServer());
  });
  beforeEach(renew);
  return {
    get db() {
      return running(current).db;
    },
    get graph() {
      return running(current).graph;
    },
    get url() {
      return running(server).url;
    },
    install: (more) => install(running(server), running(current).db.name, more),
    renew,
  };
}

// Tests look into documents of any shape.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyDocument = Record<string, any>;

/** All documents of a collection, sorted by key. */
export async function all<T = AnyDocument>(db: Database, collection: string): Promise<T[]> {
  const cursor = await db.query<T>(`FOR d IN ${collection} SORT d._key RETURN UNSET(d, "_rev")`);
  return cursor.all();
}

/** The first row of a query that has one. */
export async function one<T = AnyDocument>(
  db: Database,
  query: string,
  vars: Record<string, unknown> = {},
): Promise<T> {
  const [row] = await (await db.query<T>(query, vars)).all();
  if (row === undefined) throw new Error(`no result for ${query}`);
  return row;
}

/** Every document of every collection without times and revisions: two equal snapshots are the same graph. */
export async function snapshot(db: Database): Promise<Record<string, unknown[]>> {
  const times = ['_rev', 'createdAtTimestamp', 'updatedAtTimestamp', 'updatedAt', 'lastSyncUpdate'];
  const found: Record<string, unknown[]> = {};
  for (const { name } of await db.listCollections(true)) {
    const cursor = await db.query<unknown>(`FOR d IN ${name} SORT d._key RETURN UNSET(d, @times)`, { times });
    found[name] = await cursor.all();
  }
  return found;
}
