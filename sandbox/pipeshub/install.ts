import { Database } from 'arangojs';
import { isLegalKey } from '../arangodb/storage/keys';
import { COLLECTIONS, EDGE_DEFINITIONS, GRAPH_NAME, type CollectionDefinition } from './collections';
import { derivedUserId, derivedUuid } from './keys';
import type { Person } from './members';

export interface InstallOptions {
  arangoUrl: string;
  /** PipesHub's default is `es`. */
  database: string;
  /** Default: root with an empty password, as the emulator has it. */
  username?: string;
  password?: string;
  /** Key of the organization. */
  org: string;
  /** Key of the app, which is the connector's id. */
  connector: string;
  /** Users with an account in PipesHub: e-mail addresses, or people with names. */
  users: readonly (string | Person)[];
}

export interface InstallSummary {
  database: string;
  collectionsCreated: number;
  usersCreated: number;
  /** Users that a sync had created and that have an account from now on. */
  usersActivated: number;
  usersUnchanged: number;
}

/**
 * Writes the contents of a PipesHub installation before a connector's first sync: the database, its collections with
 * their strict schemas and indexes, the named graph, the organization, the connector's app and active users. Existing
 * documents are kept. A repeat changes nothing.
 */
export async function installPipesHub(options: InstallOptions): Promise<InstallSummary> {
  requireKey('organization', options.org);
  requireKey('connector', options.connector);
  if (!URL.canParse(options.arangoUrl)) {
    throw new Error(`'${options.arangoUrl}' is not an address of ArangoDB: give one such as http://127.0.0.1:8529`);
  }
  const system = new Database({
    url: options.arangoUrl,
    auth: { username: options.username ?? 'root', password: options.password ?? '' },
  });
  try {
    const database = system.database(options.database);
    if (!(await reachable(database, options.arangoUrl))) await system.createDatabase(options.database);
    const collectionsCreated = await ensureCollections(database);
    const graph = database.graph(GRAPH_NAME);
    if (!(await graph.exists())) await graph.create(EDGE_DEFINITIONS);
    await ensureOrganization(database, options);
    return { database: options.database, collectionsCreated, ...(await ensureUsers(database, options)) };
  } finally {
    system.close();
  }
}

/** Keys are checked before the first write, so that an invalid key does not leave a partial installation. */
function requireKey(what: string, key: unknown): void {
  if (isLegalKey(key)) return;
  throw new Error(`${what} '${String(key)}' can't be a key in ArangoDB: letters, digits and _-.@()+,=;$!*'%: only`);
}

async function reachable(database: Database, url: string): Promise<boolean> {
  try {
    return await database.exists();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`ArangoDB at ${url} can't be used: ${reason}`, { cause });
  }
}

async function ensureCollections(database: Database): Promise<number> {
  const existing = new Set((await database.listCollections()).map(({ name }) => name));
  for (const definition of COLLECTIONS) await ensureCollection(database, definition, existing.has(definition.name));
  return COLLECTIONS.filter(({ name }) => !existing.has(name)).length;
}

/** PipesHub sets its schemas at each start, even on existing collections. */
async function ensureCollection(database: Database, definition: CollectionDefinition, exists: boolean): Promise<void> {
  const { name, edge, schema, indexes } = definition;
  const collection = database.collection(name);
  const validation = schema === undefined ? {} : { schema };
  if (exists) {
    if (schema !== undefined) await collection.properties(validation);
  } else if (edge) {
    await database.createEdgeCollection(name, validation);
  } else {
    await database.createCollection(name, validation);
  }
  for (const fields of indexes) await collection.ensureIndex({ type: 'persistent', fields: [...fields] });
}

async function ensureOrganization(database: Database, { org, connector }: InstallOptions): Promise<void> {
  const now = Date.now();
  const keep = { overwriteMode: 'ignore' } as const;
  const times = { createdAtTimestamp: now, updatedAtTimestamp: now };
  await database
    .collection('organizations')
    .save({ _key: org, name: org, accountType: 'enterprise', isActive: true, ...times }, keep);
  await database.collection('apps').save(
    {
      _key: connector,
      name: 'Dropbox',
      type: 'Dropbox',
      appGroup: 'Cloud Storage',
      authType: 'OAUTH',
      scope: 'team',
      isActive: true,
      isAgentActive: false,
      isConfigured: true,
      isAuthenticated: true,
      pendingFullSync: false,
      status: 'IDLE',
      permissionModel: 'RECORD_LEVEL',
      ...times,
    },
    keep,
  );
  await database.collection('orgAppRelation').save(
    {
      _key: derivedUuid('orgAppRelation', org, connector),
      _from: `organizations/${org}`,
      _to: `apps/${connector}`,
      createdAtTimestamp: now,
    },
    keep,
  );
}

/** The fields that are read of a user who is in the graph already. */
interface StoredUser {
  _key: string;
  email: string;
  isActive: boolean | null;
  orgId: string | null;
}

/**
 * Users are found by their e-mail address, regardless of case. A user whom a sync has already created from the source
 * becomes active in the same document, so that the permission edges of that document count from then on.
 */
export async function ensureUsers(
  database: Database,
  { org, users }: Pick<InstallOptions, 'org' | 'users'>,
): Promise<Pick<InstallSummary, 'usersCreated' | 'usersActivated' | 'usersUnchanged'>> {
  const now = Date.now();
  const cursor = await database.query<StoredUser>(
    'FOR u IN users RETURN { _key: u._key, email: u.email, isActive: u.isActive, orgId: u.orgId }',
  );
  const stored = new Map((await cursor.all()).map((user) => [user.email.toLowerCase(), user]));
  const created: object[] = [];
  const activated: { _key: string; [field: string]: unknown }[] = [];
  const keys: string[] = [];
  for (const person of withoutDuplicates(users)) {
    const known = stored.get(person.email.toLowerCase());
    const account = { userId: derivedUserId(person.email.toLowerCase()), orgId: org, isActive: true };
    const key = known?._key ?? derivedUuid('user', org, person.email.toLowerCase());
    keys.push(key);
    if (known === undefined) {
      created.push({
        _key: key,
        ...account,
        ...person,
        middleName: '',
        designation: '',
        businessPhones: [],
        createdAtTimestamp: now,
        updatedAtTimestamp: now,
      });
    } else if (known.isActive !== true || known.orgId !== org) {
      activated.push({ _key: key, ...account, updatedAtTimestamp: now });
    }
  }
  throwOnFailure('users', await database.collection('users').saveAll(created));
  throwOnFailure('users', await database.collection('users').updateAll(activated));
  await ensureMembership(database, org, keys, now);
  return {
    usersCreated: created.length,
    usersActivated: activated.length,
    usersUnchanged: keys.length - created.length - activated.length,
  };
}

function withoutDuplicates(users: InstallOptions['users']): Person[] {
  const people = users.map((user) =>
    typeof user === 'string' ? { email: user, fullName: user, firstName: '', lastName: '' } : user,
  );
  return [...new Map(people.map((person) => [person.email.toLowerCase(), person])).values()];
}

/** A sync creates this edge too, under a different key, so existing edges are looked up by their ends. */
async function ensureMembership(database: Database, org: string, userKeys: string[], now: number): Promise<void> {
  const to = `organizations/${org}`;
  const cursor = await database.query<string>('FOR e IN belongsTo FILTER e._to == @to RETURN e._from', { to });
  const members = new Set(await cursor.all());
  const missing = userKeys.filter((key) => !members.has(`users/${key}`));
  const edges = missing.map((key) => ({
    _key: derivedUuid('belongsTo', key, org),
    _from: `users/${key}`,
    _to: to,
    entityType: 'ORGANIZATION',
    createdAtTimestamp: now,
    updatedAtTimestamp: now,
  }));
  throwOnFailure('belongsTo', await database.collection('belongsTo').saveAll(edges));
}

/** A bulk request succeeds even when some of its documents are refused. */
function throwOnFailure(collection: string, results: readonly object[]): void {
  for (const result of results) {
    if ('error' in result && result.error === true) {
      throw new Error(`${collection}: ${'errorMessage' in result ? String(result.errorMessage) : 'refused'}`);
    }
  }
}
