import { MOST_QUESTIONS } from '../../../src/activities/guard/missingItems';
import type { FolderEntry } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file, folder } from '../../support/entries';
import { advance, attempt, beginRun, connectorWith, ofNamespace, page, RUN, scripted, type Script } from '../fixture';
import { inRun } from '../teamScript';

const arango = useDatabase();

const paths = async (): Promise<string[]> => (await all(arango.db, 'dropboxEntries')).map(({ path }) => path).sort();
const orphans = async (): Promise<number> => (await all(arango.db, 'dropboxDetached')).length;
const stored = () => readNamespace(arango.graph, CONNECTOR, '1');

/** A namespace that was listed once. `relist` lists it again, with these entries, in another run. */
async function listedWith(
  entries: FolderEntry[],
  contains: (itemId: string) => Promise<boolean | null>,
  confirmAfter = 0,
) {
  await connectorWith(arango.db, { batchSize: 100, brake: { share: 1, items: 1000 } });
  const asked: string[] = [];
  const script: Script = {
    pages: { '': page(entries, 'c') },
    asked: [],
    confirmAfter,
    actor: () => ({
      contains: (namespaceId: string, itemId: string) => {
        expect(namespaceId).toBe('1');
        asked.push(itemId);
        return contains(itemId);
      },
    }),
  };
  const { syncNamespace, countProblems } = scripted(arango.db, script);
  expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'relist', mark: null }]);
  const relist = async (left: FolderEntry[], runId = RUN) => {
    await beginRun(arango.db, runId);
    script.pages = { '': page(left, 'c') };
    asked.length = 0;
    return attempt(syncNamespace, ofNamespace('1', runId));
  };
  return { relist, asked, countProblems };
}

const a = file('/a');
const b = file('/b');
const c = file('/c');
const some = (count: number): FolderEntry[] => Array.from({ length: count }, (_, at) => file(`/f${at}`));

describe('what a complete listing leaves out', () => {
  it('is gone in the same run when Dropbox does not know its id any more', async () => {
    const { relist, asked } = await listedWith([a, b], () => Promise.resolve(false));
    expect(await relist([a])).toMatchObject({ done: true });
    expect(asked).toEqual([b.id]);
    expect(await paths()).toEqual(['/a']);
    expect(await orphans()).toBe(1);
  });

  it('is not left out when it is listed under another name, which the filters refuse', async () => {
    const { relist, asked } = await listedWith([a, b], () => Promise.resolve(true));
    const filters = { extensions: { operator: 'not_in', values: ['tmp'] } };
    await arango.db.collection('dropboxConnectors').update(CONNECTOR, { filters, appliedFilters: filters });
    expect(await relist([a, file('/b.tmp', { id: b.id })])).toMatchObject({ done: true });
    expect(asked).toEqual([]);
    expect(await paths()).toEqual(['/a', '/b.tmp']);
    expect(await orphans()).toBe(1);
  });

  it('costs no question for what lies below a folder that is gone', async () => {
    const below = Array.from({ length: 20 }, (_, at) => file(`/d/f${at}`));
    const { relist, asked } = await listedWith([a, folder('/d'), folder('/d e'), ...below], () =>
      Promise.resolve(false),
    );
    expect(await relist([a])).toMatchObject({ done: true });
    expect(asked).toEqual([folder('/d').id, folder('/d e').id]);
    expect(await paths()).toEqual(['/a']);
  });

  it('stays while Dropbox still has it: the listing is a gap, and read again in the next run', async () => {
    const { relist, countProblems } = await listedWith([a, b], (id) => Promise.resolve(id === b.id));
    const { done, gap } = await relist([]);
    expect(done).toBe(false);
    expect(gap).toMatch(/^namespace 1: its listing leaves out/);
    expect(await paths()).toEqual(['/a', '/b']);
    expect((await attempt(countProblems, inRun)).gaps).toEqual([gap]);
    expect(await stored()).toMatchObject({ work: 'relist', mark: null });
    // A listing that is known to be short confirms nothing.
    expect((await relist([], 'run-2')).gap).toBeDefined();
    expect((await relist([b], 'run-3')).done).toBe(true);
    expect(await paths()).toEqual(['/b']);
    expect(await stored()).toMatchObject({ work: 'none', listingProblem: null });
  });

  it('stays when Dropbox gives no answer, until the listing of another run does not show it either', async () => {
    const { relist } = await listedWith([a, b], () => Promise.reject(failure('DropboxUnexpected', 'odd')));
    expect((await relist([a])).gap).toMatch(/a later run has to confirm/);
    expect((await relist([a])).gap).toMatch(/a later run has to confirm/);
    expect(await paths()).toEqual(['/a', '/b']);
    // What this listing leaves out for the first time is not confirmed by the one before.
    expect((await relist([], 'run-2')).gap).toMatch(/a later run has to confirm/);
    expect(await paths()).toEqual(['/a', '/b']);
    expect(await relist([], 'run-3')).toMatchObject({ done: true });
    expect(await paths()).toEqual([]);
    expect(await stored()).toMatchObject({ work: 'none', leftOut: null });
  });

  it('stays while the other run is too close to the first one, however many there are', async () => {
    const HALF = 15 * 60_000;
    const { relist } = await listedWith([a, b, c], () => Promise.reject(failure('DropboxUnexpected', 'odd')), 2 * HALF);
    const expectDoubts = async (left: FolderEntry[], runId: string): Promise<void> => {
      expect((await relist(left, runId)).gap).toMatch(/a later run has to confirm/);
      expect(await paths()).toEqual(['/a', '/b', '/c']);
    };
    await expectDoubts([a, c], RUN);
    await expectDoubts([a, c], 'run-2');
    advance(HALF);
    await expectDoubts([a, c], 'run-3');
    advance(HALF);
    // What a listing since the first one has shown is not confirmed by it.
    await expectDoubts([a], 'run-4');
    advance(2 * HALF);
    expect(await relist([a], 'run-5')).toMatchObject({ done: true });
    expect(await paths()).toEqual(['/a']);
  });

  it('is gone, when it was left out long enough ago, although other runs came between', async () => {
    const unanswered = () => Promise.reject(failure('DropboxUnexpected', 'odd'));
    const { relist } = await listedWith([a, b], unanswered, 60_000);
    for (const run of [RUN, 'run-2', 'run-3']) {
      expect((await relist([a], run)).gap).toMatch(/a later run has to confirm/);
      advance(25_000);
    }
    expect(await relist([a], 'run-4')).toMatchObject({ done: true });
    expect(await paths()).toEqual(['/a']);
  });

  it('is asked for again when a listing since the first one has shown it', async () => {
    let answer: () => Promise<boolean> = () => Promise.reject(failure('DropboxUnexpected', 'odd'));
    const { relist } = await listedWith([a, b], () => answer());
    expect((await relist([a])).gap).toMatch(/a later run has to confirm/);
    answer = () => Promise.resolve(true);
    expect((await relist([b], 'run-2')).gap).toMatch(/leaves out what Dropbox still has/);
    expect((await relist([a], 'run-3')).gap).toMatch(/leaves out what Dropbox still has/);
    expect(await paths()).toEqual(['/a', '/b']);
  });

  it('stays when it is more than can be asked for, until another run confirms it', async () => {
    const { relist, asked } = await listedWith([a, ...some(MOST_QUESTIONS + 1)], () => Promise.resolve(false));
    expect((await relist([a])).gap).toMatch(/a later run has to confirm/);
    expect(asked).toHaveLength(MOST_QUESTIONS);
    expect(await paths()).toHaveLength(MOST_QUESTIONS + 2);
    expect(await relist([a], 'run-2')).toMatchObject({ done: true });
    expect(asked).toEqual([]);
    expect(await paths()).toEqual(['/a']);
  });
});
