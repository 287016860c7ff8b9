import type { Database } from 'arangojs';
import { Dropbox, type files } from 'dropbox';
import { targetHeaders } from '../src/dropbox/caller';
import { dropboxFetch } from '../src/dropbox/transport';
import { collectionNames, ensureCollections, openDatabase } from '../src/graph/driver/database';
import type { BenchStack } from './stack';

export interface ListedNamespace {
  namespaceId: string;
  delegate: string;
}

interface Bare {
  seconds: number;
  pages: number;
}

type Documents = Record<string, unknown>[];

/** What a full sync has left in the graph, in as many parts as there are pages: a part has some of each collection. */
interface Copy {
  parts: Map<string, Documents>[];
  documents: number;
}

/**
 * Lists all namespaces completely, a given number of them concurrently, with the official SDK, and discards the entries.
 * `afterPage` is awaited after each page, as a sync commits a page.
 */
export async function listAll(
  stack: BenchStack,
  namespaces: readonly ListedNamespace[],
  concurrency: number,
  afterPage: () => Promise<void> = () => Promise.resolve(),
): Promise<Bare> {
  const info = await stack.info();
  const client = new Dropbox({
    clientId: info.app_key,
    clientSecret: info.app_secret,
    refreshToken: info.refresh_token,
    fetch: dropboxFetch({ apiUrl: stack.dropbox.url }),
  });
  const bare: Bare = { seconds: 0, pages: 0 };
  const waiting = [...namespaces];
  const list = async ({ namespaceId, delegate }: ListedNamespace): Promise<void> => {
    const actor =
      delegate === 'admin'
        ? { kind: 'admin' as const, teamMemberId: info.admin.team_member_id }
        : { kind: 'member' as const, teamMemberId: delegate };
    const options = { extraHeaders: targetHeaders({ actor, namespaceId }) };
    const first: files.ListFolderArg = { path: '', recursive: true, limit: 2000, include_mounted_folders: false };
    for (let page = (await client.filesListFolder(first, options)).result; ;) {
      bare.pages += 1;
      await afterPage();
      if (!page.has_more) return;
      page = (await client.filesListFolderContinue({ cursor: page.cursor }, options)).result;
    }
  };
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let namespace = waiting.shift(); namespace; namespace = waiting.shift()) await list(namespace);
    }),
  );
  bare.seconds = (performance.now() - startedAt) / 1000;
  return bare;
}

/** Reads all documents of the collections that a connector writes. */
export async function readCopy(db: Database, pages: number): Promise<Copy> {
  const copy: Copy = { parts: Array.from({ length: pages }, () => new Map<string, Documents>()), documents: 0 };
  for (const name of await collectionNames(db)) {
    const documents = await (
      await db.query<Record<string, unknown>>('FOR d IN @@name RETURN UNSET(d, "_id", "_rev")', { '@name': name })
    ).all();
    copy.documents += documents.length;
    const size = Math.ceil(documents.length / pages);
    copy.parts.forEach((part, at) => part.set(name, documents.slice(at * size, (at + 1) * size)));
  }
  return copy;
}

/**
 * The least that a full sync can cost: lists the same pages, a given number of namespaces concurrently, and imports the
 * documents that the sync has left, a part after each page, into the empty collections of a new database with the same
 * indexes. It looks nothing up and checks nothing.
 */
export async function copyAll(
  stack: BenchStack,
  namespaces: readonly ListedNamespace[],
  concurrency: number,
  { parts }: Copy,
): Promise<Bare> {
  const database = `bare${copies++}`;
  const open = (name: string): Database =>
    openDatabase({ url: stack.arango.url, database: name, username: 'root', password: '' });
  const [system, target] = [open('_system'), open(database)];
  await system.createDatabase(database);
  await ensureCollections(target);
  const known = await collectionNames(target);
  const waiting = [...parts];
  const importPart = async (): Promise<void> => {
    for (const [name, documents] of waiting.shift() ?? []) {
      if (documents.length > 0 && known.has(name)) await target.collection(name).import(documents, { complete: true });
    }
  };
  try {
    return await listAll(stack, namespaces, concurrency, importPart);
  } finally {
    await system.dropDatabase(database);
    for (const db of [system, target]) db.close();
  }
}
let copies = 0;
