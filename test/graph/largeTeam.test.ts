import { definedQueries } from '../../src/graph/driver/query';
import { useDatabase } from '../support/database';
import { createForeignEdges, loadQueries } from './allQueries';
import { recordNamed, times } from './fixture';

/**
 * A team with many files, few of which are shared with someone in particular: each index of `connectorId` and another
 * field has few distinct values, so that an optimizer that only counts those may take another index.
 */
const CONNECTOR = 'large';
const FILES = 3000;
const SHARED = 20;
const MEMBERS = 1000;
/** Groups, namespaces and cursors are read as a whole in every run, so there may be few of them here. */
const OTHERS = 40;

/** Queries that read about all files of a connector, and why. */
const readsAll: Record<string, string> = {
  'releaseOrphans.records': 'a full run looks at each record once',
  'recordStructure.sharedEntries': 'verify compares everything',
  'guardState.entryCount': 'the deletion guard compares what would be deleted with what there is',
  'sharing.state': 'each run reads all members',
  'releaseOrphans.appRelations': 'a full run looks at each member once',
  'verification.edgesOfInactive': 'verify compares everything',
  'verification.memberByEmail': 'an operator asks about one person',
  'recordLocation.membersOfAccounts': 'the notifications of a team name members, not accounts',
  'orphans.sharedWith': 'each run removes its orphans, so there are few',
  'outbox.count': 'a count for the status and for metrics, of what waits',
  'outbox.malformed': 'looks at what waits to be published, when nothing else does',
};

/** Bind values with which queries find something here. */
const bound: Record<string, unknown> = { connectorId: CONNECTOR, before: 2000, key: 'r1' };

const arango = useDatabase();
beforeAll(loadQueries);

async function fill(collection: string, count: number, documentOf: (i: number) => object): Promise<void> {
  const documents = Array.from({ length: count }, (_none, i) => documentOf(i));
  const { created } = await arango.db.collection(collection).import(documents);
  expect({ collection, created }).toEqual({ collection, created: count });
}

async function fillTeam(): Promise<void> {
  const connectorId = CONNECTOR;
  await fill('dropboxMembers', MEMBERS, (i) => ({
    connectorId,
    teamMemberId: `dbmid:${i}`,
    userKey: `u${i}`,
    status: 'active',
    groupIds: ['g:all', `g:${i}`],
  }));
  const principals = [
    { id: 'dbmid:1', kind: 'user', role: 'READER' },
    { id: 'g:2', kind: 'group', role: 'READER' },
  ];
  await fill('dropboxNamespaces', OTHERS, (i) => ({
    connectorId,
    namespaceId: `${i}`,
    work: 'none',
    due: false,
    principals,
  }));
  await fill('syncPoints', OTHERS, (i) => ({ connectorId, syncPointKey: `o/c/records/${i}` }));
  await fill('dropboxEntries', FILES, (i) => ({
    _key: `e${i}`,
    connectorId,
    namespaceId: `${i % OTHERS}`,
    position: `2f${i}`,
    parentKey: `e${i % 200}`,
    itemId: `id:r${i}`,
    recordKey: `r${i}`,
    kind: 'file',
    ...(i < SHARED ? { sharedWith: ['dbmid:1', 'g:1'], principals: [], membersReadAt: 1000 } : {}),
  }));
  await fill('records', FILES, (i) => recordNamed(`r${i}`, connectorId));
  for (const collection of ['belongsTo', 'inheritPermissions', 'permission']) {
    const role = collection === 'permission' ? { role: 'READER', type: 'USER' } : {};
    await fill(collection, FILES, (i) => ({
      _from: `records/r${i}`,
      _to: `recordGroups/${i % OTHERS}`,
      ...role,
      ...times,
    }));
  }
  await fill('dropboxDetached', FILES, (i) => ({ _key: `o${i}`, connectorId, runId: 'run', detachedAt: 1 }));
  await fill('dropboxOutbox', FILES, (i) => ({
    connectorId,
    sequence: `${i}`,
    eventType: 'newRecord',
    recordKey: `r${i}`,
    payload: {},
    createdAt: 1,
  }));
}

test('for a large team, no query reads many more documents than it returns', async () => {
  await createForeignEdges(arango.db);
  await fillTeam();
  const found: Record<string, string> = {};
  for (const { name, text, example } of definedQueries.values()) {
    const vars = Object.fromEntries(Object.entries(example).map(([key, value]) => [key, bound[key] ?? value]));
    const cursor = await arango.db.query(text, vars, { count: true });
    const { stats } = cursor.extra;
    const read = (stats?.scannedFull ?? 0) + (stats?.scannedIndex ?? 0);
    const isMuch = read > 300 + 10 * (cursor.count ?? 0);
    if (isMuch !== name in readsAll) found[name] = `${read} documents for ${String(cursor.count)} rows`;
  }
  expect(found).toEqual({});
});
