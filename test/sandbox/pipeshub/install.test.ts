import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Database } from 'arangojs';
import { startArangoEmulator } from '../../../sandbox/arangodb/server';
import { startDropboxSimulator } from '../../../sandbox/dropbox/server';
import { buildTeam } from '../../../sandbox/dropbox/sources';
import { COLLECTIONS } from '../../../sandbox/pipeshub/collections';
import { installPipesHub } from '../../../sandbox/pipeshub/install';
import { listMembers, peopleFromEmails } from '../../../sandbox/pipeshub/members';
import { closedAfterEach } from '../../support/hooks';

const ofTest = closedAfterEach();
let arango: Awaited<ReturnType<typeof startArangoEmulator>>;
let database: Database;

beforeEach(async () => {
  arango = ofTest.add(await startArangoEmulator({ port: 0 }));
  database = ofTest.add(new Database({ url: arango.url, databaseName: 'es' }));
});

const install = (users: Parameters<typeof installPipesHub>[0]['users']) =>
  installPipesHub({ arangoUrl: arango.url, database: 'es', org: 'org1', connector: 'connector1', users });

async function all(collection: string): Promise<Record<string, unknown>[]> {
  const cursor = await database.query('FOR d IN @@collection SORT d._key RETURN d', { '@collection': collection });
  return cursor.all() as Promise<Record<string, unknown>[]>;
}

async function everything(): Promise<Record<string, unknown>> {
  const documents: Record<string, unknown> = {};
  for (const { name } of COLLECTIONS) documents[name] = await all(name);
  return documents;
}

describe('an installation of PipesHub', () => {
  it('creates each collection with its type, schema and indexes', async () => {
    const { collectionsCreated } = await install([]);
    expect(collectionsCreated).toBe(COLLECTIONS.length);
    for (const { name, edge, schema, indexes } of COLLECTIONS) {
      const collection = database.collection(name);
      const properties = await collection.properties();
      expect([name, properties.type]).toEqual([name, edge ? 3 : 2]);
      expect(properties.schema ?? undefined).toEqual(
        schema === undefined ? undefined : expect.objectContaining({ rule: schema.rule, level: 'strict' }),
      );
      const fields = (await collection.indexes()).filter(({ type }) => type === 'persistent');
      expect(fields.map((index) => ('fields' in index ? index.fields : []))).toEqual(
        expect.arrayContaining(indexes.map((index) => [...index])),
      );
    }
    expect(await database.graph('knowledgeGraph').exists()).toBe(true);
  });

  it('refuses a document that its schema does not allow', async () => {
    await install([]);
    await expect(database.collection('records').save({ recordName: 'x', size: 3 })).rejects.toMatchObject({
      errorNum: 1620,
    });
  });

  it('has the organization, the app of the connector, and users who are active members of the organization', async () => {
    const summary = await install([
      'Ada@x.org',
      { email: 'b@x.org', fullName: 'Ben B', firstName: 'Ben', lastName: 'B' },
    ]);
    expect(summary).toMatchObject({ database: 'es', usersCreated: 2, usersActivated: 0, usersUnchanged: 0 });
    expect(await all('organizations')).toMatchObject([{ _key: 'org1', isActive: true, accountType: 'enterprise' }]);
    expect(await all('apps')).toMatchObject([{ _key: 'connector1', type: 'Dropbox', scope: 'team', isActive: true }]);
    expect(await all('orgAppRelation')).toMatchObject([{ _from: 'organizations/org1', _to: 'apps/connector1' }]);
    const users = await all('users');
    expect(users.map(({ email, isActive, orgId }) => ({ email, isActive, orgId }))).toEqual(
      expect.arrayContaining([
        { email: 'Ada@x.org', isActive: true, orgId: 'org1' },
        { email: 'b@x.org', isActive: true, orgId: 'org1' },
      ]),
    );
    expect((await all('belongsTo')).map(({ _from, _to, entityType }) => ({ _from, _to, entityType }))).toEqual(
      expect.arrayContaining(
        users.map(({ _id }) => ({ _from: _id, _to: 'organizations/org1', entityType: 'ORGANIZATION' })),
      ),
    );
  });

  it('does not change when it is installed a second time', async () => {
    await install(['a@x.org', 'b@x.org']);
    const before = await everything();
    expect(await install(['A@X.org', 'b@x.org'])).toEqual({
      database: 'es',
      collectionsCreated: 0,
      usersCreated: 0,
      usersActivated: 0,
      usersUnchanged: 2,
    });
    expect(await everything()).toEqual(before);
  });

  it('activates a user in the document that a sync has created for them', async () => {
    await install([]);
    await database.collection('users').save({
      _key: 'known-before',
      email: 'Ann@X.org',
      fullName: 'Ann',
      userId: 'dbmid:ann',
      orgId: 'org1',
      isActive: false,
      createdAtTimestamp: 1,
      updatedAtTimestamp: 1,
    });
    expect(await install(['ann@x.org'])).toMatchObject({ usersCreated: 0, usersActivated: 1 });
    const [user, ...others] = await all('users');
    expect(others).toEqual([]);
    expect(user).toMatchObject({ _key: 'known-before', isActive: true, fullName: 'Ann', createdAtTimestamp: 1 });
    expect(user?.['userId']).toMatch(/^[0-9a-f]{24}$/);
  });

  it('fails with the answer of ArangoDB when the password is wrong', async () => {
    const locked = ofTest.add(await startArangoEmulator({ port: 0, password: 'secret' }));
    await expect(
      installPipesHub({ arangoUrl: locked.url, database: 'es', org: 'o', connector: 'c', users: [] }),
    ).rejects.toThrow(`ArangoDB at ${locked.url} can't be used`);
  });
});

describe('invalid input', () => {
  const base = { database: 'es', org: 'org1', connector: 'connector1', users: [] };

  it('is refused before anything is written', async () => {
    const attempt = (change: object) => installPipesHub({ ...base, arangoUrl: arango.url, ...change });
    await expect(attempt({ org: 'a/b' })).rejects.toThrow("organization 'a/b' can't be a key in ArangoDB");
    await expect(attempt({ connector: '' })).rejects.toThrow("connector '' can't be a key in ArangoDB");
    await expect(attempt({ arangoUrl: 'nowhere' })).rejects.toThrow("'nowhere' is not an address of ArangoDB");
    expect(await database.exists()).toBe(false);
  });

  it('an address at which no simulator answers is refused', async () => {
    await expect(listMembers('nowhere')).rejects.toThrow("'nowhere' is not an address");
    const other = createServer((request, response) => response.end(request.url?.startsWith('/json') ? '{}' : '<html>'));
    ofTest.add(other);
    ofTest.defer(() => other.closeAllConnections());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    for (const address of [url, `${url}/json`]) {
      await expect(listMembers(address)).rejects.toThrow(
        `${address}/sandbox/info does not answer as the Dropbox simulator does`,
      );
    }
  });
});

describe('the members of the simulated team', () => {
  it('are read page by page, with members of every status', async () => {
    const company = buildTeam(
      { kind: 'generate', options: { members: 1_203, groups: 0, shared: 0, files: 0, seed: 7 } },
      'A',
    );
    const dropbox = ofTest.add(await startDropboxSimulator({ port: 0, company }));
    const people = await listMembers(dropbox.url);
    expect(people).toHaveLength(1_203);
    expect(people.map(({ email }) => email).sort()).toEqual(
      company.team
        .members(false)
        .map(({ profile }) => profile.email)
        .sort(),
    );
    expect(await install(people)).toMatchObject({ usersCreated: 1_203 });
  });
});

describe('a list of e-mail addresses', () => {
  it('is separated by commas', () => {
    expect(peopleFromEmails(' a@x.org, b@x.org ,').map(({ email }) => email)).toEqual(['a@x.org', 'b@x.org']);
  });

  it('is refused when it is empty or has an invalid address', () => {
    expect(() => peopleFromEmails('a@x.org,b')).toThrow("'b' is not an e-mail address");
    expect(() => peopleFromEmails(' , ')).toThrow('no users');
  });
});
