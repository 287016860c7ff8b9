import { CollectionType } from 'arangojs/collections';
import { foreignEdges } from '../../../src/graph/driver/collections';
import { ensureCollections, openDatabase, type DatabaseSettings } from '../../../src/graph/driver/database';
import { compare, type Assumption } from '../assumption';
import { ArangoServer, described, succeeded, type ArangoAnswer } from './server';

/** What the assumptions are tried on. */
export interface Subject {
  /** The database of the settings. It is only read. */
  server: ArangoServer;
  /** A database of its own, for assumptions that change something. */
  scratch: ScratchDatabase;
}

/**
 * A database with the collections of the worker and of PipesHub. It is created when it is first needed, and dropped at
 * the end.
 */
export class ScratchDatabase {
  readonly name = `dropbox-teams-contract-${Date.now()}`;
  private creating: Promise<ArangoServer> | undefined;
  private count = 0;

  constructor(private readonly settings: DatabaseSettings) {}

  server(): Promise<ArangoServer> {
    this.creating ??= this.create();
    return this.creating;
  }

  private async create(): Promise<ArangoServer> {
    const server = new ArangoServer(this.settings);
    const system = server.with({ database: '_system' });
    succeeded('the new database', await system.request('POST', '/_api/database', { name: this.name }));
    const database = openDatabase({ ...this.settings, database: this.name });
    try {
      await ensureCollections(database);
      for (const name of foreignEdges) await database.createEdgeCollection(name);
    } finally {
      database.close();
    }
    return server.with({ database: this.name });
  }

  /** A new empty collection. @returns the database and its name */
  async collection(properties: object = {}, type = CollectionType.DOCUMENT_COLLECTION) {
    const server = await this.server();
    const name = `contract${++this.count}`;
    succeeded('the new collection', await server.request('POST', '/_api/collection', { name, type, ...properties }));
    return { server, name };
  }

  /** @returns whether nothing is left */
  async remove(): Promise<boolean> {
    if (!this.creating) return true;
    const system = new ArangoServer(this.settings).with({ database: '_system' });
    const answer = await system.request('DELETE', `/_api/database/${this.name}`).catch(() => undefined);
    return answer?.status === 200;
  }
}

/** An assumption about the answer to one request: status and error number. */
export const answers = (
  name: string,
  claim: string,
  expected: string,
  ask: (subject: Subject) => Promise<ArangoAnswer>,
  writes = false,
): Assumption<Subject> => ({
  name,
  claim,
  writes,
  try: async (subject) => compare(expected, described(await ask(subject))),
});

/** An assumption about something that is seen, compared as JSON. */
export const shows = (
  name: string,
  claim: string,
  expected: unknown,
  see: (subject: Subject) => Promise<unknown>,
  writes = false,
): Assumption<Subject> => ({
  name,
  claim,
  writes,
  try: async (subject) => compare(JSON.stringify(expected), JSON.stringify(await see(subject))),
});
