import { accessPaths, canUserRead } from '../../../src/graph/readers/accessPaths';
import { readableRecords } from '../../../src/graph/readers/readable';
import { CONNECTOR, ORG, useDatabase } from '../../support/database';
import { link, putRecord, putRecords } from '../fixture';

const arango = useDatabase();

const canRead = async (userKey: string, recordKey: string) =>
  (await accessPaths(arango.graph, userKey, recordKey)).allowed;

async function readable(userKey: string): Promise<string[]> {
  const keys = new Set<string>();
  for await (const batch of readableRecords(arango.graph, userKey, CONNECTOR))
    for (const { key } of batch) keys.add(key);
  return [...keys].sort();
}

const putUser = async (key: string, app = true) => {
  await arango.db.collection('users').save({ _key: key, orgId: ORG, email: `${key}@x.example` });
  if (app)
    await link(arango.db, 'userAppRelation', `users/${key}`, `apps/${CONNECTOR}`, {
      syncState: 'NOT_STARTED',
      lastSyncUpdate: 1,
    });
};
const putGroup = (key: string) =>
  arango.db
    .collection('groups')
    .save({ _key: key, name: `Group ${key}`, externalGroupId: `g:${key}`, connectorId: CONNECTOR });
const putRecordGroup = (key: string) =>
  arango.db.collection('recordGroups').save({
    _key: key,
    groupName: `Folder ${key}`,
    groupType: 'DRIVE',
    connectorName: 'DROPBOX',
    connectorId: CONNECTOR,
    externalGroupId: key,
    createdAtTimestamp: 1,
  });
const grant = (from: string, to: string, type = from.startsWith('users/') ? 'USER' : 'GROUP') =>
  link(arango.db, 'permission', from, to, { role: 'READER', type });

test('each path to a record is returned, and none of them opens it without an edge to the app', async () => {
  await putUser('ann');
  await putUser('bob', false);
  await putUser('cid');
  await putGroup('team');
  await putRecordGroup('folder');
  await putRecord(arango.db, 'file', 'folder');
  await grant('users/ann', 'recordGroups/folder');
  await grant('users/ann', 'groups/team');
  await grant('groups/team', 'recordGroups/folder');
  await grant('users/bob', 'records/file');
  const { paths, ...ann } = await accessPaths(arango.graph, 'ann', 'file');
  expect(ann).toEqual({
    record: { key: 'file', name: 'file.txt', connectorId: CONNECTOR, externalRecordId: 'id:file' },
    user: { key: 'ann', email: 'ann@x.example' },
    hasApp: true,
    allowed: true,
  });
  const target = { target: 'recordGroups/folder', targetName: 'Folder folder', role: 'READER' };
  expect(paths).toEqual([
    { kind: 'recordGroup', via: null, viaName: null, hops: 1, ...target },
    { kind: 'groupRecordGroup', via: 'groups/team', viaName: 'Group team', hops: 1, ...target },
    { kind: 'place', via: null, viaName: null, hops: 0, ...target },
  ]);
  expect(await accessPaths(arango.graph, 'bob', 'file')).toMatchObject({
    hasApp: false,
    allowed: false,
    paths: [{ kind: 'direct' }],
  });
  expect(await accessPaths(arango.graph, 'cid', 'file')).toMatchObject({ allowed: false, paths: [] });
  expect(await accessPaths(arango.graph, 'ann', 'gone')).toMatchObject({ record: null, allowed: false });
  expect(await accessPaths(arango.graph, 'unknown', 'file')).toMatchObject({ user: null, allowed: false });
});

test('an outdated belongsTo edge opens a record even without an edge to the app', async () => {
  await putUser('bob', false);
  await putRecordGroup('old');
  await putRecord(arango.db, 'file', null);
  await link(arango.db, 'belongsTo', 'records/file', 'recordGroups/old');
  await grant('users/bob', 'recordGroups/old');
  expect(await canRead('bob', 'file')).toBe(true);
  expect(await readable('bob')).toEqual(['file']);
});

test('records of another connector are not listed', async () => {
  await putUser('ann');
  await putRecord(arango.db, 'mine', null);
  await putRecord(arango.db, 'theirs', null, 'other');
  await grant('users/ann', 'records/mine');
  await grant('users/ann', 'records/theirs');
  expect(await readable('ann')).toEqual(['mine']);
  expect(await canRead('ann', 'theirs')).toBe(false);
});

/** A seeded generator (mulberry32), so that a failing round can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Model {
  permission: { from: string; to: string; type: string }[];
  inherits: [string, string][];
  belongs: [string, string][];
  apps: Set<string>;
}

/** PipesHub's rules for opening a record, applied to plain lists. */
function opens(model: Model, user: string, record: string): boolean {
  const reached: [string, number][] = [[record, 0]];
  let frontier = [record];
  for (let hops = 1; hops <= 5; hops += 1) {
    frontier = frontier.flatMap((at) => model.inherits.filter(([from]) => from === at).map(([, to]) => to));
    for (const at of frontier) reached.push([at, hops]);
  }
  const has = (from: string, to: string, types?: string[]) =>
    model.permission.some(
      (edge) => edge.from === from && edge.to === to && (types === undefined || types.includes(edge.type)),
    );
  if (model.belongs.some(([from, to]) => from === record && has(user, to, ['USER']))) return true;
  if (!model.apps.has(user)) return false;
  if (reached.some(([target]) => has(user, target))) return true;
  const groups = model.permission
    .filter((edge) => edge.from === user && edge.to.startsWith('groups/'))
    .map((edge) => edge.to);
  return groups.some((group) =>
    reached.some(([target, hops]) =>
      hops === 0 ? has(group, target) : hops <= 2 && has(group, target, ['GROUP', 'ROLE']),
    ),
  );
}

test('in random graphs, both queries agree with the rules for every user and record', async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const next = random(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
    await arango.renew();
    const users = ['u0', 'u1', 'u2', 'u3'];
    const groups = ['g0', 'g1'];
    const folders = ['f0', 'f1', 'f2', 'f3', 'f4'];
    const records = ['r0', 'r1', 'r2', 'r3', 'r4'];
    const model: Model = { permission: [], inherits: [], belongs: [], apps: new Set() };
    for (const key of users) {
      const app = next() < 0.8;
      await putUser(key, app);
      if (app) model.apps.add(`users/${key}`);
    }
    for (const key of groups) await putGroup(key);
    for (const key of folders) await putRecordGroup(key);
    await putRecords(arango.db, records, null);
    const inherit = async (from: string, to: string) => {
      if (model.inherits.some(([a, b]) => a === from && b === to)) return;
      model.inherits.push([from, to]);
      await link(arango.db, 'inheritPermissions', from, to);
    };
    // Folders inherit in chains, so that the number of steps matters.
    for (const [at, key] of folders.entries())
      if (at > 0 && next() < 0.7) await inherit(`recordGroups/f${at - 1}`, `recordGroups/${key}`);
    for (const key of records) {
      await inherit(`records/${key}`, `recordGroups/${pick(folders)}`);
      const place = `recordGroups/${pick(folders)}`;
      model.belongs.push([`records/${key}`, place]);
      await link(arango.db, 'belongsTo', `records/${key}`, place);
    }
    for (let n = 0; n < 10; n += 1) {
      const from = next() < 0.5 ? `users/${pick(users)}` : `groups/${pick(groups)}`;
      const targets = [...folders.map((key) => `recordGroups/${key}`), ...records.map((key) => `records/${key}`)];
      const to = from.startsWith('users/') && next() < 0.4 ? `groups/${pick(groups)}` : pick(targets);
      const type = pick(from.startsWith('users/') ? ['USER', 'USER', 'GROUP'] : ['GROUP', 'GROUP', 'USER']);
      model.permission.push({ from, to, type });
      await grant(from, to, type);
    }
    for (const user of users) {
      const expected = records.filter((record) => opens(model, `users/${user}`, `records/${record}`));
      expect({ seed, user, records: await readable(user) }).toEqual({ seed, user, records: expected });
    }
    for (const record of records) {
      const expected = users.filter((user) => opens(model, `users/${user}`, `records/${record}`));
      for (const user of users) {
        const asked = await canRead(user, record);
        expect({ seed, user, record, asked }).toEqual({ seed, user, record, asked: expected.includes(user) });
      }
    }
  }
});

test('a user is also known by the id in their token, which is not their key', async () => {
  await putUser('ann');
  await arango.db.collection('users').update('ann', { userId: 'user-ann' });
  await putUser('noid');
  await putRecord(arango.db, 'file', null);
  await grant('users/ann', 'records/file');
  expect(await canUserRead(arango.graph, 'user-ann', 'file')).toBe(true);
  expect(await canUserRead(arango.graph, 'ann', 'file')).toBe(false);
  expect(await canUserRead(arango.graph, 'user-ann', 'none')).toBe(false);
});
