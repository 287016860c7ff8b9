import { MockActivityEnvironment } from '@temporalio/testing';
import type { ProbeResult } from '../../../src/contract/activities';
import { failure } from '../../../src/failures';
import { patchNamespaces, readNamespaces } from '../../../src/graph/state/namespaces';
import { readSyncPoint, writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { folderCursorName } from '../../../src/sync/keys';
import type { NamespaceDocument } from '../../../src/sync/syncDocuments';
import { context, user } from '../../graph/fixture';
import { CONNECTOR, useDatabase } from '../../support/database';
import { attempt, connectorWith, listed, page, scripted, unreachable, type Script } from '../fixture';
import { inRun } from '../teamScript';

const arango = useDatabase();
const idOf = (at: number): string => String(at).padStart(4, '0');

/** Namespaces that are up to date. `answer` is what a probe of each gets, or throws. */
async function upToDate(count: number, answer: (id: string) => string) {
  const namespaces = Array.from({ length: count }, (_, at) => listed(idOf(at), { work: 'none', delegate: 'dbmid:a' }));
  await connectorWith(arango.db, {}, namespaces);
  const points = namespaces.map(({ namespaceId }) => ({
    name: folderCursorName(namespaceId),
    cursor: namespaceId,
    boundTo: 'dbmid:a',
  }));
  await writeSyncPoints(arango.graph, context(), points);
  const asked: string[] = [];
  const script: Script = { pages: {}, asked: [] };
  for (const { namespaceId } of namespaces) {
    script.pages[namespaceId] = () => {
      asked.push(namespaceId);
      return page([], answer(namespaceId));
    };
  }
  return { activities: scripted(arango.db, script), asked };
}

const works = async (count: number): Promise<NamespaceDocument['work'][]> => {
  const ids = Array.from({ length: count }, (_, at) => idOf(at));
  const found = await readNamespaces(arango.graph, CONNECTOR, ids);
  return ids.map((id) => found.get(id)?.work ?? 'none');
};

it('a delegate whose rate limit is exhausted leaves the rest of the namespaces to their listings', async () => {
  let budget = 60;
  const { activities } = await upToDate(100, (id) => {
    budget -= 1;
    if (budget < 0) throw failure('DropboxRateLimited', 'limited', { retryAfterSeconds: 60 });
    return id;
  });
  const result = await attempt(activities.probeNamespaces, inRun);
  expect(result).toMatchObject({ probed: 100, changed: 40, listed: 40, lost: 0 });
  expect((await works(100)).filter((work) => work === 'continue')).toHaveLength(40);
});

it('a team has more namespaces than fit into memory with their member lists, and each is asked once', async () => {
  const { activities, asked } = await upToDate(620, (id) => `after ${id}`);
  expect(await attempt(activities.probeNamespaces, inRun)).toMatchObject({ probed: 620, changed: 0, listed: 0 });
  expect(asked).toHaveLength(620);
  expect(new Set(asked).size).toBe(620);
  const last = await readSyncPoint(arango.graph, context(), folderCursorName(idOf(619)));
  expect(last).toMatchObject({ cursor: `after ${idOf(619)}`, boundTo: 'dbmid:a' });
});

it('a namespace without a delegate gets one, who lists it in the same run, as does a repeat', async () => {
  await connectorWith(arango.db, {}, [
    listed('1', { work: 'none', delegate: null, kind: 'shared_folder', principals: [user('a')] }),
  ]);
  const { probeNamespaces, nextDelegates } = scripted(arango.db, { pages: {}, asked: [] });
  for (let at = 0; at < 2; at += 1) {
    expect(await attempt(probeNamespaces, inRun)).toMatchObject({ probed: 0, listed: 1, lost: 0 });
    const works = await attempt(nextDelegates, { ...inRun, after: '', limit: 10 });
    expect(works).toEqual([{ delegate: 'dbmid:a', namespaceIds: ['1'] }]);
  }
});

it('an attempt continues after the batch that the attempt before it has stored', async () => {
  let isDown = false;
  const { activities, asked } = await upToDate(250, (id) => {
    if (isDown && id > idOf(200)) throw failure('GraphConflict', 'not now');
    return `after ${id}`;
  });
  isDown = true;
  const environment = new MockActivityEnvironment();
  let progress: unknown;
  environment.on('heartbeat', (details: unknown) => (progress = details ?? progress));
  const first = environment.run((input: typeof inRun) => activities.probeNamespaces(input), inRun);
  await expect(first).rejects.toThrow('not now');
  const before = new Set(asked);
  expect((await readSyncPoint(arango.graph, context(), folderCursorName(idOf(0))))?.cursor).toBe(`after ${idOf(0)}`);

  isDown = false;
  asked.length = 0;
  const result: ProbeResult = await attempt(activities.probeNamespaces, inRun, progress);
  expect(result).toMatchObject({ probed: 250, changed: 0, listed: 0 });
  expect(asked.length).toBeLessThan(100);
  expect(new Set([...before, ...asked]).size).toBe(250);
});

it('a namespace whose delegate Dropbox refuses is listed in the same run, by someone else if they are known', async () => {
  const shared = { work: 'none', delegate: 'dbmid:a', kind: 'shared_folder' } as const;
  await connectorWith(arango.db, {}, [
    listed('1', shared),
    listed('2', { ...shared, principals: [user('a')] }),
    listed('3', { ...shared, kind: 'personal', ownerMemberId: 'dbmid:a', principals: [user('a')] }),
  ]);
  const points = ['1', '2', '3'].map((id) => ({ name: folderCursorName(id), cursor: id, boundTo: 'dbmid:a' }));
  await writeSyncPoints(arango.graph, context(), points);
  const refused = (): never => {
    throw unreachable();
  };
  const script: Script = { pages: { 1: refused, 2: refused, 3: refused }, asked: [] };
  const { probeNamespaces, nextDelegates } = scripted(arango.db, script);
  expect(await attempt(probeNamespaces, inRun)).toMatchObject({ probed: 3, lost: 3, listed: 3 });
  expect(await attempt(nextDelegates, { ...inRun, after: '', limit: 10 })).toEqual([
    { delegate: 'dbmid:a', namespaceIds: ['2', '3'] },
    { delegate: 'dbmid:b', namespaceIds: ['1'] },
  ]);
  const due = [...(await readNamespaces(arango.graph, CONNECTOR, ['1', '2', '3'])).values()].map((one) => one.due);
  expect(due).toEqual([true, true, false]);
});

it('what a probe has found takes nothing back when the server stores it late', async () => {
  const { activities } = await upToDate(1, () => {
    throw failure('DropboxRateLimited', 'limited', { retryAfterSeconds: 60 });
  });
  const query = arango.db.query.bind(arango.db) as (...given: unknown[]) => Promise<{ all(): Promise<unknown[]> }>;
  let late: unknown[] | undefined;
  const lost = jest.spyOn(arango.db, 'query').mockImplementation(((...given: unknown[]) => {
    if (late !== undefined || !String(given[0]).includes('LET moved')) return query(...given);
    late = given;
    // The connection broke before the answer.
    return Promise.reject(new TypeError('terminated'));
  }) as typeof arango.db.query);
  await attempt(activities.probeNamespaces, inRun);
  lost.mockRestore();
  expect(await works(1)).toEqual(['continue']);
  // A listing has come to its end since.
  const id = idOf(0);
  const read = { name: folderCursorName(id), cursor: 'after', boundTo: 'dbmid:a' };
  await writeSyncPoints(arango.graph, context(), [read]);
  await patchNamespaces(arango.graph, context(), [{ namespaceId: id, work: 'none' }]);
  expect(await (await query(...(late ?? []))).all()).toEqual([false]);
  expect(await works(1)).toEqual(['none']);
});

it('what has lost its cursor is listed from the start, where all is listed and nothing is probed, and others stay', async () => {
  const own = listed('1', { work: 'none', delegate: 'dbmid:a', ownerMemberId: 'dbmid:a', kind: 'personal' });
  const shared: Partial<NamespaceDocument> = {
    work: 'none',
    delegate: 'dbmid:a',
    kind: 'shared_folder',
    principals: [user('a')],
  };
  await connectorWith(arango.db, {}, [own, listed('2', shared), listed('3', shared)]);
  const point = { name: folderCursorName('3'), cursor: 'kept', boundTo: 'dbmid:a' };
  await writeSyncPoints(arango.graph, context(), [point]);
  const { assignDelegates, nextDelegates, probeNamespaces } = scripted(arango.db, { pages: {}, asked: [] });
  const next = (withoutList: boolean) => attempt(nextDelegates, { ...inRun, after: '', limit: 10, withoutList });
  await attempt(assignDelegates, { ...inRun, withoutList: true });
  expect(await next(true)).toEqual([{ delegate: 'dbmid:a', namespaceIds: ['1'] }]);
  expect(await next(false)).toEqual([]);
  expect(await attempt(probeNamespaces, { ...inRun, listsAll: true })).toMatchObject({ probed: 0, listed: 2, lost: 0 });
  expect(await next(false)).toEqual([{ delegate: 'dbmid:a', namespaceIds: ['2'] }]);
});
