import { MockActivityEnvironment } from '@temporalio/testing';
import type { NamespaceInput } from '../../../src/contract/activities';
import { failure } from '../../../src/failures';
import { answerHeld, patchNamespaces, putNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { readSyncPoint } from '../../../src/graph/state/syncPoints';
import { folderCursorName, recordGroupKey } from '../../../src/sync/keys';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, snapshot, useDatabase } from '../../support/database';
import { deleted, file, folder } from '../../support/entries';
import { gate } from '../../support/gate';
import {
  attempt,
  beginRun,
  connectorWith,
  listed,
  ofNamespace,
  page,
  RUN,
  scripted,
  unreachable,
  type Script,
} from '../fixture';

const arango = useDatabase();

const paths = async (): Promise<string[]> => (await all(arango.db, 'dropboxEntries')).map(({ path }) => path).sort();
const orphans = async (): Promise<number> => (await all(arango.db, 'dropboxDetached')).length;
const continued = (): Promise<void> =>
  patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue', mark: null }]);
/** Cancels an attempt in the middle of its page, and returns the progress that it recorded last. */
async function interrupted(syncNamespace: (input: NamespaceInput) => Promise<unknown>): Promise<unknown> {
  const progress: unknown[] = [];
  const environment = new MockActivityEnvironment();
  environment.on('heartbeat', (details: unknown) => {
    if (details === undefined || progress.length === 2) return;
    progress.push(details);
    if (progress.length === 2) environment.cancel();
  });
  await expect(environment.run((input: NamespaceInput) => syncNamespace(input), ofNamespace('1'))).rejects.toThrow();
  expect(progress).toHaveLength(2);
  return progress[1];
}

const files = (count: number, folderPath = '') =>
  Array.from({ length: count }, (_, at) => file(`${folderPath}/f${String(at).padStart(3, '0')}`));

describe('a listing', () => {
  it('from the start does not skip what an earlier generation has seen', async () => {
    await connectorWith(arango.db, {});
    const script: Script = { pages: { '': page(files(6), 'c1') }, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'relist', mark: null }]);

    // The first attempt at a second listing stops in the middle of its only page.
    const progress = await interrupted(syncNamespace);

    await attempt(syncNamespace, ofNamespace('1'), progress);
    expect(await paths()).toHaveLength(6);
    expect(await orphans()).toBe(0);
  });

  it('skips no item of an interrupted page when the batch size has changed since', async () => {
    await connectorWith(arango.db, {});
    const script: Script = { pages: { '': page(files(1), 'c1') }, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await continued();
    script.pages = { c1: page(files(10, '/new'), 'c2') };
    const progress = await interrupted(syncNamespace);

    await arango.db.collection('dropboxConnectors').update(CONNECTOR, { batchSize: 4 });
    await attempt(syncNamespace, ofNamespace('1'), progress);
    expect(await paths()).toHaveLength(11);
  });

  it('asks for no page twice at the same time', async () => {
    await connectorWith(arango.db, {});
    const script: Script = {
      pages: { '': page([folder('/a'), ...files(3, '/a')], 'c1') },
      asked: [],
    };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await continued();
    script.pages = {
      c1: page([deleted('/a/f000')], 'c2', true),
      c2: page([deleted('/a/f001')], 'c3'),
    };
    script.asked = [];
    await attempt(syncNamespace, ofNamespace('1'));
    expect(script.asked).toEqual(['dbmid:a c1', 'dbmid:a c2']);
    expect(await paths()).toEqual(['/a', '/a/f002']);
  });
});

describe('a zombie attempt', () => {
  it.each<[string, () => ReturnType<typeof page>]>([
    ['brings a page', () => page([file('/late')], 'c2')],
    [
      'is refused',
      () => {
        throw unreachable();
      },
    ],
    [
      'does not arrive in time',
      () => {
        const details = { route: 'files/list_folder/continue', reason: 'timeout' };
        throw failure('DropboxUnavailable', 'no answer', { details });
      },
    ],
  ])('whose last call %s writes nothing after another attempt has taken over', async (_what, late) => {
    await connectorWith(arango.db, {});
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', kind: 'personal' }]);
    const script: Script = { pages: { '': page([...files(4)], 'c1') }, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await continued();

    const { opened: held, open: answer } = gate();
    const asked = new Promise<void>((resolve) => {
      script.pages = {
        c1: () => {
          resolve();
          return held.then(late);
        },
      };
    });
    const old = attempt(syncNamespace, ofNamespace('1'), undefined, 1);
    await asked;
    script.pages = { c1: page([file('/late')], 'c2', true), c2: page([deleted('/late')], 'c3') };
    await attempt(syncNamespace, ofNamespace('1'), undefined, 2);
    const before = await snapshot(arango.db);
    answer();
    await expect(old).rejects.toThrow('another attempt has taken over');
    expect(await snapshot(arango.db)).toEqual(before);
    expect((await readSyncPoint(arango.graph, context(), folderCursorName('1')))?.cursor).toBe('c3');
  });
});

describe('a namespace that its delegate can no longer list', () => {
  it('is tried once as each member on its list, then as an admin, and then is a gap', async () => {
    await connectorWith(arango.db, {});
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', kind: 'personal' }]);
    const refuse = () => {
      throw unreachable();
    };
    const script: Script = { pages: { '': refuse }, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    const refused: string[] = [];
    for (let tries = 0; tries < 10; tries += 1) {
      const result = await attempt(syncNamespace, { ...ofNamespace('1'), refused });
      if (result.gap !== undefined) break;
      refused.push(result.refused ?? 'no one');
    }
    expect(script.asked).toEqual(['dbmid:a ', 'dbmid:b ', 'admin ']);
    expect(await readNamespace(arango.graph, CONNECTOR, '1')).toMatchObject({ delegate: null, work: 'relist' });
  });
});

describe('a namespace that an admin lists', () => {
  it('is listed from the start when another admin has authorized the app, since a cursor is bound to the person', async () => {
    await connectorWith(arango.db, {}, [listed('1', { delegate: 'admin', principals: [] })]);
    const script: Script = { pages: { '': page(files(2), 'c1') }, asked: [] };
    await attempt(scripted(arango.db, script).syncNamespace, ofNamespace('1'));
    const probe = { connectorId: CONNECTOR, runId: RUN };
    script.pages['c1'] = page([], 'c1');
    script.asked = [];
    const { probeNamespaces } = scripted(arango.db, script);
    expect(await attempt(probeNamespaces, probe)).toMatchObject({ changed: 0 });
    expect(script.asked).toEqual(['admin c1']);

    const other = () => Promise.resolve({ teamMemberId: 'dbmid:second', email: 'second@acme.example' });
    const now = scripted(arango.db, { ...script, team: { admin: other } });
    script.asked.length = 0;
    expect(await attempt(now.probeNamespaces, probe)).toMatchObject({ changed: 1 });
    expect(await attempt(now.syncNamespace, ofNamespace('1'))).toMatchObject({ done: true, added: 0, deleted: 0 });
    expect(script.asked).toEqual(['admin ']);
    const point = await readSyncPoint(arango.graph, context(), folderCursorName('1'));
    expect(point).toMatchObject({ boundTo: 'admin:dbmid:second' });
  });

  it('is listed as the admin whom Dropbox names next, when it refuses the one whom it has named', async () => {
    await connectorWith(arango.db, {}, [listed('1', { delegate: 'admin', principals: [] })]);
    const named = ['dbmid:stranger', 'dbmid:second'];
    const first = (): never => {
      script.pages[''] = page(files(2), 'c1');
      throw failure('AdminRequired', 'no such admin');
    };
    const script: Script = {
      pages: { '': first },
      asked: [],
      team: { admin: () => Promise.resolve({ teamMemberId: named.shift(), email: '' }) },
    };
    const { syncNamespace } = scripted(arango.db, script);
    await expect(attempt(syncNamespace, ofNamespace('1'))).rejects.toMatchObject({ type: 'AdminRequired' });
    expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true, added: 2 });
    const point = await readSyncPoint(arango.graph, context(), folderCursorName('1'));
    expect(point).toMatchObject({ boundTo: 'admin:dbmid:second' });
  });
});

describe('a namespace that is gone', () => {
  it('leaves its record group to the namespace that has it now', async () => {
    const home = { externalGroupId: 'dbmid:a', recordGroupKey: recordGroupKey(CONNECTOR, 'dbmid:a') };
    await connectorWith(arango.db, {}, [listed('1', home)]);
    const script: Script = { pages: { '': page(files(2), 'c1') }, asked: [] };
    const { syncNamespace, removeNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await putNamespaces(arango.graph, [listed('2', home)]);
    await attempt(syncNamespace, ofNamespace('2'));
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'remove' }]);
    await attempt(removeNamespace, ofNamespace('1'));
    expect(await readNamespace(arango.graph, CONNECTOR, '1')).toBeNull();
    expect(await all(arango.db, 'recordGroups')).toHaveLength(1);
    expect(await all(arango.db, 'inheritPermissions')).toHaveLength(2);
    expect((await all(arango.db, 'permission')).map(({ _to }) => _to)).toEqual(
      Array(2).fill(`recordGroups/${home.recordGroupKey}`),
    );
    expect(await orphans()).toBe(0);
  });
});

describe('the deletion guard', () => {
  const brake = { share: 0.2, items: 4 };

  it('counts the deletions on all coming pages, and makes none of them', async () => {
    await connectorWith(arango.db, { brake });
    const script: Script = { pages: { '': page(files(10), 'c1') }, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await continued();
    script.pages = {
      c1: page(['/f000', '/f001', '/f002'].map(deleted), 'c2', true),
      c2: page(['/f003', '/f004', '/f005'].map(deleted), 'c3'),
    };
    const result = await attempt(syncNamespace, ofNamespace('1'));
    expect(result.held).toMatchObject({ namespaceId: '1', deletes: 6, total: 10 });
    expect((await readNamespace(arango.graph, CONNECTOR, '1'))?.held).toMatchObject({ deletes: 6 });
    expect(await paths()).toHaveLength(10);
  });

  it('does not count what has moved, whichever page has its new path', async () => {
    await connectorWith(arango.db, { brake });
    const script: Script = { pages: { '': page([folder('/a'), ...files(9, '/a')], 'c1') }, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await continued();
    const moved = files(9, '/a').map(({ id, name }) => file(`/b/${name}`, { id }));
    script.pages = {
      c1: page([deleted('/a')], 'c2', true),
      c2: page([folder('/b', { id: 'id:/a' }), ...moved.slice(0, 5), deleted('/x')], 'c3', true),
      c3: page([...moved.slice(5), deleted('/b/f000')], 'c4'),
    };
    const result = await attempt(syncNamespace, ofNamespace('1'));
    expect(result).toMatchObject({ done: true });
    expect(await orphans()).toBe(1);
    expect(await paths()).toHaveLength(9);
  });

  it('asks before a file replaces a folder that is not empty', async () => {
    await connectorWith(arango.db, { brake });
    const script: Script = { pages: { '': page([folder('/a'), ...files(9, '/a')], 'c1') }, asked: [] };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await continued();
    script.pages = { c1: page([file('/a', { id: 'id:other' })], 'c2') };
    const result = await attempt(syncNamespace, ofNamespace('1'));
    expect(result.held).toMatchObject({ deletes: 10 });
    expect(await paths()).toHaveLength(10);
    await answerHeld(arango.graph, context(), 'approved');
    await beginRun(arango.db, 'run-2');
    expect(await attempt(syncNamespace, ofNamespace('1', 'run-2'))).toMatchObject({ done: true });
    expect(await paths()).toEqual(['/a']);
  });
});
