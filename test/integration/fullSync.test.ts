import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { compareAccess, isExact } from '../../sandbox/demo/access';
import { syncWorkflowId } from '../../src/client';
import { change } from '../support/change';
import { dropboxAs } from '../support/dropboxApi';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

/** File names as people choose them. */
const NAMES = [
  'plain.txt',
  'two words.md',
  '.hidden',
  'many.dots.tar.gz',
  'ünïcödé 文件.pdf',
  'no extension',
  "it's (1) & co.csv",
];

const resources = closedAfterAll();
let folder: string;
let stack: Stack;

async function rows<T>(query: string, vars: Record<string, unknown> = {}): Promise<T[]> {
  return (await stack.db.query<T>(query, vars)).all();
}

/** All documents without times, so that graphs can be compared. */
async function graph(): Promise<Record<string, unknown[]>> {
  const times = ['_rev', 'createdAtTimestamp', 'updatedAtTimestamp', 'updatedAt', 'lastSyncUpdate'];
  const found: Record<string, unknown[]> = {};
  for (const name of [
    'records',
    'files',
    'isOfType',
    'belongsTo',
    'inheritPermissions',
    'recordRelations',
    'permission',
    'recordGroups',
    'groups',
    'users',
    'userAppRelation',
  ]) {
    found[name] = await rows(`FOR d IN ${name} SORT d._key RETURN UNSET(d, @times)`, { times });
  }
  return found;
}

const contentHash = (content: string): string =>
  createHash('sha256').update(createHash('sha256').update(content).digest()).digest('hex');

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'full-sync-'));
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  for (const place of ['', 'A folder', 'A folder/deeper/and deeper']) {
    mkdirSync(path.join(folder, place), { recursive: true });
    for (const name of NAMES) writeFileSync(path.join(folder, place, name), `${place}/${name}`);
  }
  for (let n = 0; n < 230; n += 1) writeFileSync(path.join(folder, 'A folder', `report ${n}.docx`), `${n}`);
  stack = resources.add(await Stack.start({ team: `from:${folder}` }));
  await stack.startWorker();
  await stack.createConnector({ batchSize: 50 });
});

describe('a full sync', () => {
  it('stores each file and folder once, with its name, size, hash and parent', async () => {
    const outcome = await stack.sync();
    expect(outcome).toMatchObject({ status: 'complete', mode: 'full', deadLetters: 0, gaps: [] });
    const files = await rows<{
      name: string;
      path: string;
      size: number;
      hash: string;
      extension: string | null;
      parent: string | null;
    }>(
      `FOR r IN records FOR f IN files FILTER f._key == r._key AND f.isFile
         RETURN { name: r.recordName, path: f.path, size: r.sizeInBytes, hash: f.sha256Hash, extension: f.extension, parent: r.externalParentId }`,
    );
    expect(files).toHaveLength(3 * NAMES.length + 230);
    for (const place of ['', '/A folder', '/A folder/deeper/and deeper']) {
      for (const name of NAMES) {
        const content = `${place.slice(1)}/${name}`;
        const file = files.find((stored) => stored.name === name && stored.path === `${place}/${name}`.toLowerCase());
        expect(file).toMatchObject({ size: Buffer.byteLength(content), hash: contentHash(content) });
      }
    }
    expect(files.find(({ name }) => name === 'many.dots.tar.gz')?.extension).toBe('gz');
    expect(files.find(({ name }) => name === 'no extension')?.extension).toBeNull();
    expect(outcome.records.added).toBe(files.length + 3);
  });

  it('leaves no dangling edge, and each record in one place', async () => {
    const dangling = await rows(
      `LET ends = UNION((FOR e IN isOfType RETURN [e._from, e._to]), (FOR e IN belongsTo RETURN [e._from, e._to]),
         (FOR e IN inheritPermissions RETURN [e._from, e._to]), (FOR e IN recordRelations RETURN [e._from, e._to]),
         (FOR e IN permission RETURN [e._from, e._to]))
       FOR pair IN ends FILTER DOCUMENT(pair[0]) == null OR DOCUMENT(pair[1]) == null RETURN pair`,
    );
    expect(dangling).toEqual([]);
    const places = await rows<number[]>(
      `FOR r IN records RETURN [
         LENGTH(FOR e IN belongsTo FILTER e._from == r._id RETURN 1),
         LENGTH(FOR e IN inheritPermissions FILTER e._from == r._id RETURN 1),
         LENGTH(FOR e IN isOfType FILTER e._from == r._id RETURN 1),
         LENGTH(FOR e IN recordRelations FILTER e._to == r._id RETURN 1) - (r.externalParentId == null ? 0 : 1)]`,
    );
    expect(new Set(places.map((counts) => counts.join()))).toEqual(new Set(['1,1,1,0']));
  });

  it('lets all users read what Dropbox lets them read, and nothing else', async () => {
    const truth = await stack.truth();
    const emails = [...new Set(Object.values(truth).flatMap(({ readers }) => readers))];
    const compared = await compareAccess(stack.db, stack.dropbox.url, ORGANIZATION, CONNECTOR, emails);
    expect(isExact(compared)).toBe(true);
    expect(emails.length).toBeGreaterThan(1);
  });

  it('shows an id, a summary and search attributes in the UI, and has no secret in its history', async () => {
    const connection = await Connection.connect({ address: stack.temporal.address });
    try {
      const handle = new Client({ connection }).workflow.getHandle(syncWorkflowId(CONNECTOR));
      const description = await handle.describe();
      expect(await description.staticSummary()).toContain(CONNECTOR);
      expect(description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])).toEqual(
        expect.arrayContaining([
          ['DropboxConnector', CONNECTOR],
          ['DropboxOrganization', ORGANIZATION],
          ['DropboxPhase', 'done'],
        ]),
      );
      const history = JSON.stringify((await handle.fetchHistory()).events);
      const { app_secret, refresh_token, admin } = await stack.info();
      for (const secret of [app_secret, refresh_token, admin.email, 'two words.md']) {
        expect(history).not.toContain(secret);
        expect(history).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
      }
    } finally {
      await connection.close();
    }
  });
});

describe('a second sync', () => {
  it('writes no record and asks each namespace once', async () => {
    const before = await graph();
    await stack.page('stats/reset', {});
    const outcome = await stack.sync();
    expect(outcome).toMatchObject({
      status: 'complete',
      mode: 'incremental',
      records: { added: 0, updated: 0, moved: 0, deleted: 0 },
    });
    const { calls } = await stack.calls();
    const [namespaces] = await rows<number>(
      `FOR d IN dropboxNamespaces FILTER d.delegate != null COLLECT WITH COUNT INTO n RETURN n`,
    );
    expect(calls['files/list_folder/continue']).toBe(namespaces);
    expect(calls['files/list_folder']).toBeUndefined();
    expect(await graph()).toEqual(before);
  });

  it('in full mode does not change the graph either', async () => {
    const before = await graph();
    const outcome = await stack.sync({ mode: 'full' });
    expect(outcome).toMatchObject({
      status: 'complete',
      mode: 'full',
      records: { added: 0, updated: 0, moved: 0, deleted: 0 },
    });
    expect(await graph()).toEqual(before);
  });

  it('restores the same graph when PipesHub orders a full sync and deletes sync points and edges', async () => {
    const before = await graph();
    await change(stack.db, `FOR p IN syncPoints FILTER p.connectorId == @c REMOVE p IN syncPoints`, { c: CONNECTOR });
    for (const edges of ['belongsTo', 'recordRelations', 'permission', 'inheritPermissions', 'userAppRelation']) {
      await change(
        stack.db,
        `FOR e IN ${edges} FILTER NOT STARTS_WITH(e._from, "users/") OR "${edges}" != "belongsTo" REMOVE e IN ${edges}`,
      );
    }
    const outcome = await stack.sync();
    expect(outcome).toMatchObject({ status: 'complete', mode: 'full' });
    const after = await graph();
    for (const name of Object.keys(before))
      expect({ [name]: after[name]?.length }).toEqual({ [name]: before[name]?.length });
    expect(after).toEqual(before);
  });
});

describe('data of another connector under the same id', () => {
  it('is deleted by the next full sync, unless it exists in Dropbox', async () => {
    const before = await graph();
    const [record] = await rows<Record<string, unknown>>(
      `FOR r IN records FILTER r.recordName == "plain.txt" LIMIT 1 RETURN UNSET(r, "_id", "_rev")`,
    );
    const [file] = await rows<Record<string, unknown>>(
      `FOR f IN files FILTER f._key == @key RETURN UNSET(f, "_id", "_rev")`,
      { key: record?.['_key'] },
    );
    const [group] = await rows<Record<string, unknown>>(`FOR g IN recordGroups LIMIT 1 RETURN UNSET(g, "_id", "_rev")`);
    const [user] = await rows<string>(`FOR u IN users LIMIT 1 RETURN u._id`);
    const times = { createdAtTimestamp: 1, updatedAtTimestamp: 1 };
    const insert = (collection: string, document: unknown): Promise<unknown> =>
      stack.db.collection(collection).save(document);
    await insert('records', { ...record, _key: 'former', externalRecordId: 'id:gone', virtualRecordId: 'v-1' });
    await insert('files', { ...file, _key: 'former' });
    await insert('recordGroups', { ...group, _key: 'formerGroup', externalGroupId: 'gone' });
    await insert('users', { _key: 'formerUser', orgId: ORGANIZATION, email: 'gone@elsewhere.example', ...times });
    for (const [collection, from, to, more] of [
      ['isOfType', 'records/former', 'files/former', {}],
      ['belongsTo', 'records/former', 'recordGroups/formerGroup', {}],
      ['inheritPermissions', 'records/former', 'recordGroups/formerGroup', {}],
      ['permission', user, 'recordGroups/formerGroup', { role: 'READER', type: 'USER' }],
      ['permission', user, 'records/former', { role: 'OWNER', type: 'USER' }],
      ['userAppRelation', 'users/formerUser', `apps/${CONNECTOR}`, { syncState: 'COMPLETED', lastSyncUpdate: 1 }],
    ] as const) {
      await insert(collection, { _from: from, _to: to, ...times, ...more });
    }
    expect(await stack.sync()).toMatchObject({ mode: 'incremental', records: { deleted: 0 } });
    expect(await stack.sync({ mode: 'full' })).toMatchObject({ status: 'complete', records: { deleted: 1 } });
    await change(stack.db, `REMOVE "formerUser" IN users`);
    expect(await graph()).toEqual(before);
    expect(await rows(`FOR e IN dropboxOutbox FILTER e.recordKey == "former" RETURN e.eventType`)).toEqual([
      'deleteRecord',
    ]);
  });
});

describe('a dry run', () => {
  it('reports what would change, and changes nothing', async () => {
    const { admin } = await stack.info();
    const dropbox = await dropboxAs(stack, admin.team_member_id);
    await dropbox.filesUpload({ path: '/just now.txt', contents: 'new' });
    const before = await graph();
    const outcome = await stack.sync({ dryRun: true });
    expect(outcome.plan).toMatchObject([{ added: 1, deleted: 0 }]);
    expect(await graph()).toEqual(before);
    const { users, groups, recordGroups } = outcome;
    expect(await stack.sync()).toMatchObject({ records: { added: 1 }, users, groups, recordGroups });
  });
});

describe('filters', () => {
  it('remove records that no longer match, and restore those that match again', async () => {
    const before = await graph();
    await stack.client.setSettings(CONNECTOR, { filters: { extensions: { operator: 'not_in', values: ['docx'] } } });
    expect(await stack.sync({ dryRun: true })).toMatchObject({ records: { added: 0, deleted: 230 } });
    // That is most of the connector.
    expect((await stack.sync()).status).toBe('partial');
    await stack.client.approve(CONNECTOR);
    expect(await stack.sync()).toMatchObject({ status: 'complete', held: [] });
    const kept = await rows<string>(`FOR f IN files FILTER f.isFile COLLECT e = f.extension RETURN e`);
    expect(kept).not.toContain('docx');
    await stack.client.setSettings(CONNECTOR, { filters: {} });
    expect(await stack.sync({ dryRun: true })).toMatchObject({ records: { added: 230, deleted: 0 } });
    expect(await stack.sync()).toMatchObject({ status: 'complete', records: { added: 230 } });
    expect(
      Object.fromEntries(Object.entries(await graph()).map(([name, documents]) => [name, documents.length])),
    ).toEqual(Object.fromEntries(Object.entries(before).map(([name, documents]) => [name, documents.length])));
  });
});
