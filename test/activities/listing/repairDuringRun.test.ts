import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import { readTeam } from '../../../src/graph/access/team';
import { patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { readSyncPoint } from '../../../src/graph/state/syncPoints';
import { folderCursorName } from '../../../src/sync/keys';
import { stateOf } from '../../../src/sync/namespaceState';
import { RECEIVED_NAMESPACE_ID } from '../../../src/sync/receivedFiles';
import { context, edges, namespace, putRecord, user } from '../../graph/fixture';
import { repair } from '../../graph/repair';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { receiving } from '../access/receiving';
import { attempt, beginRun, connectorWith, ofNamespace, page, scripted, type Script } from '../fixture';
import { inRun, ofPhase, receivedFile, whoCanRead } from '../teamScript';

const arango = useDatabase();

const stored = async (id: string) => {
  const found = await readNamespace(arango.graph, CONNECTOR, id);
  if (found === null) throw new Error(`namespace ${id} is not stored`);
  return found;
};

describe('a repair while a run is under way', () => {
  it.each(['relist', 'continue'] as const)('is not undone by the listing of the folder (%s)', async (work) => {
    await connectorWith(arango.db, {});
    const script: Script = { pages: { '': page([file('/a')], 'c1') }, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work, mark: null }]);
    const repaired = async () => {
      await repair(arango.graph, { namespaces: new Set(['1']) });
      return page([file('/a'), file('/b')], 'c2');
    };
    script.pages = { '': repaired, c1: repaired };
    await expect(attempt(syncNamespace, ofNamespace('1'))).rejects.toMatchObject({ type: 'GraphConflict' });
    expect(stateOf(await stored('1'))).toBe('unlisted');
    expect(await readSyncPoint(arango.graph, context(), folderCursorName('1'))).toBeNull();
    // The next attempt of the same activity lists all of it.
    script.pages = { '': page([file('/a'), file('/b')], 'c3') };
    script.asked = [];
    expect(await attempt(syncNamespace, ofNamespace('1'), undefined, 2)).toMatchObject({ done: true });
    expect(script.asked).toEqual(['dbmid:a ']);
    expect(await stored('1')).toMatchObject({ work: 'none', due: true });
  });

  it.each([
    ['has nothing to write', ['dbmid:a']],
    ['has something to write', ['dbmid:a', 'dbmid:b']],
  ])('is not undone by a reading of received files that %s', async (_what, receivers) => {
    const { activities, sync, asked, received, script } = await receiving(arango.db, {
      'dbmid:a': [receivedFile('plan')],
    });
    await sync(true);
    const { actor } = script;
    script.actor = (name) => ({
      receivedFiles: async function* receivedFiles() {
        await repair(arango.graph, { namespaces: new Set([RECEIVED_NAMESPACE_ID]) });
        yield receivers.includes(name) ? [receivedFile('plan')] : [];
      },
    });
    // An attempt that fails is repeated.
    const isStored = await attempt(activities.syncReceivedFiles, ofPhase(true)).then(
      () => true,
      (error: unknown) => (error as { type?: unknown }).type !== 'GraphConflict',
    );
    expect(isStored).toBe(receivers.length === 1);
    expect(await stored(RECEIVED_NAMESPACE_ID)).toMatchObject({ membersReadAt: 0 });
    if (actor) script.actor = actor;
    for (const id of receivers) received[id] = [receivedFile('plan')];
    await sync();
    expect(asked.sort()).toEqual(['dbmid:a', 'dbmid:b']);
    expect((await stored(RECEIVED_NAMESPACE_ID)).membersReadAt).toBeGreaterThan(0);
    const readers = (await whoCanRead(arango.db)).filter((one) => one.endsWith('plan.txt'));
    expect(readers).toHaveLength(receivers.length);
  });

  it('is not undone by the removal of the last received file', async () => {
    const { sync, asked, received } = await receiving(arango.db, { 'dbmid:a': [receivedFile('plan')] });
    await sync(true);
    received['dbmid:a'] = [];
    await sync(true, 'run-2');
    const query = arango.db.query.bind(arango.db) as (...given: unknown[]) => Promise<unknown>;
    const repaired = (): Promise<void> => repair(arango.graph, { namespaces: new Set([RECEIVED_NAMESPACE_ID]) });
    jest.spyOn(arango.db, 'query').mockImplementation(((...given: unknown[]) => {
      const answer = query(...given);
      // It comes after the look whether a received file is left.
      return String(given[0]).includes('isEmptied: received')
        ? answer.then((rows) => repaired().then(() => rows))
        : answer;
    }) as typeof arango.db.query);
    await sync(true, 'run-3');
    jest.restoreAllMocks();
    expect(await all(arango.db, 'recordGroups')).toHaveLength(1);
    expect(await stored(RECEIVED_NAMESPACE_ID)).toMatchObject({ attempt: 'verify', membersReadAt: 0 });
    await sync(false, 'run-4');
    expect(asked.sort()).toEqual(['dbmid:a', 'dbmid:b']);
  });

  it('leaves a record group whose folder the run has found meanwhile', async () => {
    await connectorWith(arango.db, {});
    const found = namespace('2', { principals: [user('a')] });
    await writeRecordGroups(arango.graph, context(), [found], await readTeam(arango.graph, CONNECTOR));
    const before = await edges(arango.db);
    await repair(arango.graph, { orphanRecordGroups: new Set([found.recordGroupKey]) });
    expect(await all(arango.db, 'recordGroups')).toHaveLength(2);
    expect(await edges(arango.db)).toEqual(before);
  });

  it('has its orphans removed by a later run, which has looked for them', async () => {
    await connectorWith(arango.db, {});
    const { purgeOrphans } = scripted(arango.db, { pages: {}, asked: [] });
    await putRecord(arango.db, 'lost', null);
    await repair(arango.graph, { orphanRecords: new Set(['lost']) }, 2);
    const purge = (runId: string) => attempt(purgeOrphans, { ...inRun, runId, onlyOld: false });
    expect(await purge(inRun.runId)).toMatchObject({ deleted: 0, done: true });
    expect(await all(arango.db, 'records')).toHaveLength(1);
    const later = { connectorId: CONNECTOR, runId: 'run-2' };
    await beginRun(arango.db, later.runId, 3);
    expect(await purge(later.runId)).toMatchObject({ deleted: 1, done: true });
  });
});
