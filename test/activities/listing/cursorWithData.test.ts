import type { FolderEntry } from '../../../src/dropbox';
import { patchNamespaces } from '../../../src/graph/state/namespaces';
import { context } from '../../graph/fixture';
import { CONNECTOR, one, useDatabase } from '../../support/database';
import { deleted, file, folder } from '../../support/entries';
import { attempt, connectorWith, ofNamespace, page, scripted, type Script } from '../fixture';

const arango = useDatabase();
afterEach(() => {
  jest.restoreAllMocks();
});

/** What is stored at one moment: the cursor of the namespace, and its entries. */
interface Moment {
  cursor: string | null;
  paths: string[];
  letters: string[];
}

const look = (): Promise<Moment> =>
  one(
    arango.db,
    `RETURN {
       cursor: FIRST(FOR p IN syncPoints FILTER p.connectorId == @connector AND CONTAINS(p.syncPointKey, "/DRIVE/") RETURN p.cursor),
       paths: (FOR e IN dropboxEntries SORT e.path RETURN e.path),
       letters: (FOR l IN dropboxDeadLetters SORT l.subject RETURN l.subject) }`,
    { connector: CONNECTOR },
  );

/** What each transaction and each query leaves behind, as if the process died right after it. */
function momentsAfterCommits(): Moment[] {
  const moments: Moment[] = [];
  let isLooking = false;
  const query = arango.db.query.bind(arango.db) as (...args: unknown[]) => Promise<never>;
  jest.spyOn(arango.db, 'query').mockImplementation(async (...given: unknown[]) => {
    const cursor = await query(...given);
    if (isLooking) return cursor;
    isLooking = true;
    moments.push(await look());
    isLooking = false;
    return cursor;
  });
  const begin = arango.db.beginTransaction.bind(arango.db);
  jest.spyOn(arango.db, 'beginTransaction').mockImplementation(async (...given: unknown[]) => {
    const transaction = await (begin as (...args: unknown[]) => ReturnType<typeof begin>)(...given);
    const commit = transaction.commit.bind(transaction);
    transaction.commit = async (...options) => {
      const committed = await commit(...options);
      moments.push(await look());
      return committed;
    };
    return transaction;
  });
  return moments;
}

const files = (count: number, name: string) => Array.from({ length: count }, (_, at) => file(`/${name}${at}`));
const spoilt = (path: string) => file(path, { name: { spoilt: true } as unknown as string });
const holdsAll = (stored: readonly string[], entries: readonly FolderEntry[]): boolean =>
  entries.every(({ path_lower: path }) => stored.includes(path ?? ''));

/** A listed namespace whose next run continues at the cursor `c0`. */
async function continued(script: Script, entries: FolderEntry[]): Promise<ReturnType<typeof scripted>> {
  script.pages = { '': page(entries, 'c0') };
  const activities = scripted(arango.db, script);
  await attempt(activities.syncNamespace, ofNamespace('1'));
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue', mark: null }]);
  return activities;
}

describe('the cursor of a page is stored in the transaction that stores the rest of the page', () => {
  it('when a namespace is listed from the start', async () => {
    await connectorWith(arango.db, { batchSize: 2 });
    const first = [folder('/d'), folder('/e'), folder('/f'), ...files(8, 'first')];
    const second = files(5, 'second');
    const script: Script = { pages: { '': page(first, 'c1', true), c1: page(second, 'c2') }, asked: [] };
    const moments = momentsAfterCommits();
    await attempt(scripted(arango.db, script).syncNamespace, ofNamespace('1'));
    expect(moments.length).toBeGreaterThan(7);
    for (const { cursor, paths } of moments) {
      const expected = holdsAll(paths, second) ? 'c2' : holdsAll(paths, first) ? 'c1' : null;
      expect({ paths, cursor }).toEqual({ paths, cursor: expected });
    }
  });

  it('when a listing continues, with additions before and after deletions', async () => {
    await connectorWith(arango.db, { batchSize: 2 });
    const script: Script = { pages: {}, asked: [] };
    const { syncNamespace } = await continued(script, [file('/old0'), file('/old1')]);
    const added = [...files(5, 'before'), ...files(3, 'after')];
    script.pages = {
      c0: page([...added.slice(0, 5), deleted('/old0'), deleted('/old1'), ...added.slice(5)], 'c1'),
    };
    const moments = momentsAfterCommits();
    await attempt(syncNamespace, ofNamespace('1'));
    for (const { cursor, paths } of moments) {
      expect({ paths, cursor }).toEqual({ paths, cursor: holdsAll(paths, added) ? 'c1' : 'c0' });
    }
    expect(moments.at(-1)?.cursor).toBe('c1');
  });

  it('when the page ends with a folder that held more than a batch and is deleted', async () => {
    await connectorWith(arango.db, { batchSize: 2 });
    const below = [folder('/d'), ...files(7, 'd/x'), ...files(4, 'd/y')];
    const script: Script = { pages: {}, asked: [] };
    const { syncNamespace } = await continued(script, below);
    script.pages = { c0: page([file('/kept'), deleted('/d')], 'c1') };
    const moments = momentsAfterCommits();
    await attempt(syncNamespace, ofNamespace('1'));
    expect(moments.length).toBeGreaterThan(below.length / 2);
    for (const { cursor, paths } of moments) {
      const isGone = paths.every((path) => path === '/kept');
      expect({ paths, cursor }).toEqual({ paths, cursor: isGone ? 'c1' : 'c0' });
    }
  });

  it.each([
    ['first', [spoilt('/bad'), ...files(5, 'good')]],
    ['last', [...files(5, 'good'), spoilt('/bad')]],
  ])('when an item cannot be stored and is put on the dead letters: the %s one', async (_which, entries) => {
    await connectorWith(arango.db, { batchSize: 10 });
    const good = files(5, 'good');
    const script: Script = { pages: { '': page(entries, 'c1') }, asked: [] };
    const moments = momentsAfterCommits();
    expect(await attempt(scripted(arango.db, script).syncNamespace, ofNamespace('1'))).toMatchObject({
      deadLetters: 1,
    });
    for (const { cursor, paths, letters } of moments) {
      const isDone = holdsAll(paths, good) && letters.length === 1;
      expect({ paths, letters, cursor }).toEqual({ paths, letters, cursor: isDone ? 'c1' : null });
    }
    expect(moments.at(-1)).toMatchObject({ cursor: 'c1', letters: ['id:/bad'] });
  });

  it('when the members of a file cannot be read, together with the dead letter', async () => {
    await connectorWith(arango.db, { batchSize: 2 });
    const entries = [...files(3, 'plain'), file('/shared', { has_explicit_shared_members: true })];
    const script: Script = {
      pages: { '': page(entries, 'c1') },
      asked: [],
      fileMembers: (_actor, ids) => new Map(ids.map((id) => [id, { problem: 'access_error/no_permission' }])),
    };
    const moments = momentsAfterCommits();
    expect(await attempt(scripted(arango.db, script).syncNamespace, ofNamespace('1'))).toMatchObject({
      deadLetters: 1,
    });
    for (const { cursor, paths, letters } of moments) {
      const isDone = holdsAll(paths, entries);
      expect({ paths, letters, cursor }).toEqual({
        paths,
        letters: isDone ? ['id:/shared'] : [],
        cursor: isDone ? 'c1' : null,
      });
    }
    expect(moments.at(-1)?.cursor).toBe('c1');
  });
});
