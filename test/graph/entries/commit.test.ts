import { writeMembers } from '../../../src/graph/access/members';
import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import { writeFilePrincipals, type SharedEntry } from '../../../src/graph/access/sharedEntries';
import { readTeam } from '../../../src/graph/access/team';
import { definedQueries } from '../../../src/graph/driver/query';
import { BATCH_COLLECTIONS } from '../../../src/graph/entries/batch';
import { commitConcurrently, commitEnd, commitSegment } from '../../../src/graph/entries/commit';
import type { CommitContext } from '../../../src/graph/entries/commitContext';
import { noFileMembers } from '../../../src/graph/entries/fileMembers';
import { graphOfRun } from '../../../src/graph/state/runFence';
import { syncPointDocument } from '../../../src/graph/state/syncPoints';
import type { LiveEntry } from '../../../src/sync/folderEntries';
import type { Principal } from '../../../src/sync/syncDocuments';
import { beginRun, connectorWith } from '../../activities/fixture';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file, folder } from '../../support/entries';
import { context, member, namespace, user } from '../fixture';
import { commitContext } from './fixture';

const arango = useDatabase();
beforeEach(async () => {
  await writeMembers(arango.graph, context(), [member('a'), member('b')]);
  const namespaces = [namespace('1', { principals: [user('a')] }), namespace('2', { principals: [user('b')] })];
  await writeRecordGroups(arango.graph, context(), namespaces, await readTeam(arango.graph, CONNECTOR));
});

const within = (id: string): CommitContext => commitContext(arango.graph, id);
const live = (id: string, ...entries: LiveEntry[]) =>
  commitSegment(within(id), { kind: 'live', entries }, noFileMembers);
const gone = (id: string, ...paths: string[]) => commitSegment(within(id), { kind: 'deleted', paths }, noFileMembers);

/** The record groups that govern a file, by external id. */
async function groupsOf(itemId: string): Promise<{ inherits: string[]; belongsTo: string[] }> {
  const names = new Map(
    (await all(arango.db, 'recordGroups')).map(({ _id, externalGroupId }) => [_id, externalGroupId]),
  );
  const record = (await all(arango.db, 'records')).find(({ externalRecordId }) => externalRecordId === itemId);
  const targets = async (collection: string): Promise<string[]> =>
    (await all(arango.db, collection))
      .filter(({ _from }) => _from === record?._id)
      .map(({ _to }) => names.get(_to) as string);
  return { inherits: await targets('inheritPermissions'), belongsTo: await targets('belongsTo') };
}
const only = (id: string) => ({ inherits: [id], belongsTo: [id] });
const nowhere = { inherits: [], belongsTo: [] };

describe('a commit', () => {
  it('swaps the paths of two items within a batch', async () => {
    await live('1', file('/a', { id: 'id:1' }), file('/b', { id: 'id:2' }));
    await live('1', file('/a', { id: 'id:2' }), file('/b', { id: 'id:1' }));
    expect(await groupsOf('id:1')).toEqual(only('1'));
    expect(await groupsOf('id:2')).toEqual(only('1'));
    expect(await all(arango.db, 'dropboxDetached')).toEqual([]);
  });

  it('removes what lies below the path that a file takes, also where the folder itself is not stored', async () => {
    await live('1', file('/d/x'), file('/d/e/y'));
    await live('1', file('/d/e', { id: 'id:file' }));
    expect((await all(arango.db, 'dropboxEntries')).map(({ path }) => path).sort()).toEqual(['/d/e', '/d/x']);
    expect(await groupsOf('id:/d/e/y')).toEqual(nowhere);
  });

  it('moves a record to the namespace that still has its item when another item takes its path', async () => {
    await live('2', file('/x.txt', { id: 'id:1' }));
    await live('1', file('/a.pdf', { id: 'id:1' }));
    expect(await groupsOf('id:1')).toEqual(only('1'));
    await live('1', file('/a.pdf', { id: 'id:2' }));
    expect(await groupsOf('id:1')).toEqual(only('2'));
    const record = (await all(arango.db, 'records')).find(({ externalRecordId }) => externalRecordId === 'id:1');
    expect(record).toMatchObject({ recordName: 'x.txt', mimeType: 'text/plain' });
  });

  it('keeps the newest content of a file that moved, when the former place still shows what it was there', async () => {
    const before = {
      id: 'id:1',
      rev: '0000000001',
      size: 1,
      content_hash: 'a',
      server_modified: '2026-01-02T00:00:00Z',
    };
    const after = {
      id: 'id:1',
      rev: '0000000002',
      size: 2,
      content_hash: 'b',
      server_modified: '2026-01-03T00:00:00Z',
    };
    await live('1', file('/old', before));
    await live('2', file('/new', after));
    await live('1', file('/old', { ...before, name: 'Old' }));
    await gone('1', '/old');
    expect(await groupsOf('id:1')).toEqual(only('2'));
    const [record] = await all(arango.db, 'records');
    expect(record).toMatchObject({
      recordName: 'new',
      externalRevisionId: after.rev,
      sizeInBytes: 2,
      sourceLastModifiedTimestamp: Date.parse(after.server_modified),
      version: 1,
    });
    expect(await all(arango.db, 'files')).toMatchObject([{ sha256Hash: 'b', path: '/new' }]);
    const events = (await all(arango.db, 'dropboxOutbox')).map(({ payload }) => payload.externalRevisionId);
    expect(events.sort()).toEqual([before.rev, after.rev]);
    // In one namespace the later entry counts, whatever its times are.
    await live('2', file('/new', before));
    expect(await all(arango.db, 'records')).toMatchObject([{ externalRevisionId: before.rev }]);
  });

  it.each([
    ['again where it is, if it has members', [user('b')], true],
    ['no more, if it has none', [], undefined],
  ])('reads the members of a file that left its former place %s', async (_case, principals, membersDue) => {
    const team = await readTeam(arango.graph, CONNECTOR);
    const vertexOf = (principal: Principal): string | null => team.vertexOf(principal);
    const fileMembers = { principals: new Map([['id:1', principals]]), vertexOf };
    const item = (path: string) => file(path, { id: 'id:1', has_explicit_shared_members: principals.length > 0 });
    for (const [id, path] of [
      ['1', '/old'],
      ['2', '/new'],
    ] as const)
      await commitSegment(within(id), { kind: 'live', entries: [item(path)] }, fileMembers);
    // The former folder's delegate can't read the list any more, so its entry grants nothing.
    const [former] = (await all(arango.db, 'dropboxEntries')).filter(({ path }) => path === '/old');
    const entry = { ...former, principals } as unknown as SharedEntry;
    await writeFilePrincipals(arango.graph, context(), [{ entry, principals: [] }], team);
    await gone('1', '/old');
    expect(
      await all(arango.db, 'permission').then((edges) => edges.filter(({ _to }) => _to.startsWith('records/'))),
    ).toEqual([]);
    expect((await all(arango.db, 'dropboxEntries')).map((one) => [one.path, one.membersDue])).toEqual([
      ['/new', membersDue],
    ]);
  });

  it('moves an item between namespaces, whichever of them is read first', async () => {
    for (const first of ['old', 'new']) {
      await live('1', file(`/${first}`));
      const steps = [() => gone('1', `/${first}`), () => live('2', file(`/moved-${first}`, { id: `id:/${first}` }))];
      for (const step of first === 'old' ? steps : steps.reverse()) await step();
      expect(await groupsOf(`id:/${first}`)).toEqual(only('2'));
    }
  });

  it('revokes all access to an item when both of its paths are removed at once', async () => {
    await live('2', file('/x', { id: 'id:1' }));
    await live('1', file('/a', { id: 'id:1' }));
    await Promise.all([gone('1', '/a'), gone('2', '/x')]);
    expect(await groupsOf('id:1')).toEqual(nowhere);
    expect(await all(arango.db, 'dropboxDetached')).toHaveLength(1);
  });

  it('fails when another writer is changing an edge that it removes, instead of leaving the edge', async () => {
    await live('1', file('/a', { id: 'id:1' }));
    const edges = arango.db.collection('belongsTo');
    const edge = (await all(arango.db, 'belongsTo')).find(({ _from }) => _from.startsWith('records/'));
    const other = await arango.db.beginTransaction({ write: [edges] });
    await other.step(() => edges.update(edge?._key, { updatedAtTimestamp: 5 }));
    const mine = await arango.db.beginTransaction({ write: [...BATCH_COLLECTIONS] });
    const removal = definedQueries.get('batch.remove');
    const vars = { ...removal?.example, belongsTo: [edge?._key] };
    await expect(mine.step(() => arango.db.query(removal?.text ?? '', vars))).rejects.toMatchObject({ errorNum: 1200 });
    await Promise.all([mine.abort(), other.abort()]);
    await gone('1', '/a');
    expect(await groupsOf('id:1')).toEqual(nowhere);
  });

  it('removes the subtree of a folder that becomes a shared folder', async () => {
    await live('1', folder('/d'), file('/d/a'), file('/d-a'));
    await live('1', folder('/d', { sharing_info: { read_only: false, shared_folder_id: '2' } }));
    expect(await groupsOf('id:/d/a')).toEqual(nowhere);
    expect(await groupsOf('id:/d-a')).toEqual(only('1'));
    expect((await all(arango.db, 'dropboxEntries')).map(({ path }) => path).sort()).toEqual(['/d', '/d-a']);
  });

  it.each(['in one batch', 'in two batches'])(
    'leaves an item that moved in its new folder when another folder has taken the place of the former one, %s',
    async (how) => {
      await live('1', folder('/a', { id: 'id:first' }), file('/a/x', { id: 'id:x' }));
      const relisting = { ...within('1'), generation: 'again' };
      const commit = (...entries: LiveEntry[]) => commitSegment(relisting, { kind: 'live', entries }, noFileMembers);
      const moved = [folder('/b'), file('/b/x', { id: 'id:x' })];
      const others = [folder('/a', { id: 'id:second' }), folder('/c')];
      if (how === 'in one batch') await commit(...others, ...moved);
      else for (const batch of [moved, others]) await commit(...batch);
      const records = await all(arango.db, 'records');
      const [item, parent] = ['id:x', 'id:/b'].map((id) => records.find((one) => one.externalRecordId === id));
      expect(item).toMatchObject({ externalParentId: 'id:/b' });
      const parents = (await all(arango.db, 'recordRelations')).filter(({ _to }) => _to === item?._id);
      expect(parents.map(({ _from }) => _from)).toEqual([parent?._id]);
    },
  );

  it('postpones a batch that takes the path of another item until the concurrent batches are committed', async () => {
    await live('1', file('/a', { id: 'id:1' }), file('/b', { id: 'id:2' }));
    const relisting = { ...within('1'), generation: 'again' };
    const concurrently = (...entries: LiveEntry[]) =>
      commitConcurrently(relisting, { kind: 'live', entries }, noFileMembers);
    expect(await concurrently(file('/b', { id: 'id:1' }))).toBeUndefined();
    expect(await concurrently(file('/c', { id: 'id:3' }))).toMatchObject({ added: 1 });
    expect((await all(arango.db, 'dropboxEntries')).filter(({ mark }) => mark === 'again')).toHaveLength(1);
  });
});

describe('what happens between the look-up and the write of a batch', () => {
  /** Commits while `meanwhile` happens once, after the look-up. */
  const commitWhile = async (meanwhile: () => Promise<unknown>, context: CommitContext, entry: LiveEntry) => {
    let isDone = false;
    const { graph } = context;
    const between = Object.create(graph, {
      tryStatement: {
        value: async (...args: Parameters<typeof graph.tryStatement>) => {
          if (!isDone) await meanwhile();
          isDone = true;
          return graph.tryStatement(...args);
        },
      },
    }) as typeof graph;
    return commitSegment({ ...context, graph: between }, { kind: 'live', entries: [entry] }, noFileMembers);
  };

  it('another namespace stores the same new item: it ends with one record group', async () => {
    const other = () => live('2', file('/x', { id: 'id:1' }));
    await commitWhile(other, within('1'), file('/a', { id: 'id:1' }));
    expect(await groupsOf('id:1')).toEqual(only('1'));
    expect(await all(arango.db, 'dropboxEntries')).toHaveLength(2);
  });

  it('another namespace takes a stored item over: it ends with one record group', async () => {
    await live('1', file('/a', { id: 'id:1' }));
    const other = () => live('2', file('/x', { id: 'id:1' }));
    await commitWhile(other, within('1'), file('/a', { id: 'id:1', rev: '2', size: 2 }));
    expect(await groupsOf('id:1')).toEqual(only('1'));
  });

  it('the record is removed: it is stored again as a whole', async () => {
    await live('1', file('/a', { id: 'id:1' }));
    const removed = () => change(arango.db, 'FOR r IN records REMOVE r IN records');
    await commitWhile(removed, within('1'), file('/a', { id: 'id:1', rev: '2', size: 2 }));
    expect(await all(arango.db, 'records')).toMatchObject([{ externalRecordId: 'id:1', connectorId: CONNECTOR }]);
  });

  it('the indexing service writes the record: its fields stay', async () => {
    await live('1', file('/a', { id: 'id:1' }));
    const indexed = () => change(arango.db, 'FOR r IN records UPDATE r WITH { virtualRecordId: "v" } IN records');
    await commitWhile(indexed, within('1'), file('/a', { id: 'id:1', rev: '2', size: 2 }));
    expect(await all(arango.db, 'records')).toMatchObject([{ virtualRecordId: 'v', externalRevisionId: '2' }]);
  });

  it('another attempt takes the namespace over: nothing is written', async () => {
    const key = namespace('1')._key;
    await arango.db.collection('dropboxNamespaces').update(key, { attempt: 'mine' });
    const taken = () => arango.db.collection('dropboxNamespaces').update(key, { attempt: 'other' });
    const commit = commitWhile(taken, { ...within('1'), attempt: 'mine' }, file('/a'));
    await expect(commit).rejects.toMatchObject({ type: 'GraphConflict' });
    expect(await all(arango.db, 'records')).toEqual([]);
  });

  it.each([
    [
      'a later run begins',
      'RunSuperseded',
      'FOR c IN dropboxConnectors UPDATE c WITH { runToken: "later" } IN dropboxConnectors',
    ],
    ['PipesHub deletes the sync points', 'SyncPointsGone', 'FOR p IN syncPoints REMOVE p IN syncPoints'],
    ['PipesHub disables the connector', 'ConnectorPaused', 'FOR a IN apps UPDATE a WITH { isActive: false } IN apps'],
  ])('%s: nothing is written', async (_what, type, query) => {
    await connectorWith(arango.db, {});
    const run = { connectorId: CONNECTOR, runId: 'run' };
    await beginRun(arango.db, 'run');
    const ofRun = { ...within('1'), graph: graphOfRun(arango.graph, run) };
    await expect(commitWhile(() => change(arango.db, query), ofRun, file('/a'))).rejects.toMatchObject({ type });
    expect(await all(arango.db, 'records')).toEqual([]);
  });

  it('an older write of a cursor arrives late: the cursor does not go back', async () => {
    const end = (cursorBefore: string | null, cursor: string) => ({
      syncPoint: syncPointDocument(context(), { name: 'cursor', cursor }),
      cursorBefore,
    });
    await commitEnd(within('1'), end(null, 'c0'));
    let late: () => Promise<unknown> = () => Promise.resolve();
    const { graph } = within('1');
    const delayed = Object.create(graph, {
      tryStatement: {
        value: async (...args: Parameters<typeof graph.tryStatement>) => {
          late = () => graph.tryStatement(...args);
          return graph.tryStatement(...args);
        },
      },
    }) as typeof graph;
    await commitEnd({ ...within('1'), graph: delayed }, end('c0', 'c1'));
    await commitEnd(within('1'), end('c1', 'c2'));
    await late();
    expect(await all(arango.db, 'syncPoints')).toMatchObject([{ cursor: 'c2' }]);
  });
});
