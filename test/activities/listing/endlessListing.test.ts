import type { NamespaceInput, NamespaceResult } from '../../../src/contract/activities';
import type { FolderPage } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { MAX_IDLE_PAGES, MAX_REPEATED_PAGES } from '../../../src/sync/listProgress';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, RUN, scripted, type Script } from '../fixture';
import { inRun } from '../teamScript';

const arango = useDatabase();
const stored = () => readNamespace(arango.graph, CONNECTOR, '1');
const paths = async (): Promise<string[]> => (await all(arango.db, 'dropboxEntries')).map(({ path }) => path).sort();

/** A listing whose first page is honest; `next` makes the page with each number after it. */
async function listing(next: (at: number) => FolderPage) {
  await connectorWith(arango.db, {});
  let calls = 0;
  const script: Script = {
    pages: { '': page([file('/first')], 'c0', true) },
    asked: [],
    actor: () => ({ continueFolder: () => Promise.resolve(next((calls += 1))), contains: () => Promise.resolve(true) }),
  };
  return { activities: scripted(arango.db, script), script, calls: () => calls };
}

/** Each with the number of pages after which it has to be given up. */
const forms: [string, number, (at: number) => FolderPage][] = [
  ['the same cursor and entry again and again', MAX_REPEATED_PAGES + 1, () => page([file('/a')], 'c1', true)],
  ['no entries, and another cursor each time', MAX_IDLE_PAGES + 1, (at) => page([], `c${at}`, true)],
  ['the same entry, and another cursor each time', MAX_REPEATED_PAGES + 1, (at) => page([file('/a')], `c${at}`, true)],
  ['two cursors that take turns', 3, (at) => page([file(`/${at % 2}`)], `c${at % 2}`, true)],
];

describe.each(forms)('a folder that always has more (%s)', (_name, pages, next) => {
  it('is an isolated failure after a bounded number of pages, keeps what was read, and stays in the status', async () => {
    const { activities, calls } = await listing(next);
    const result = await attempt(activities.syncNamespace, ofNamespace('1'));
    expect(result.gap).toMatch(/^namespace 1: its listing does not end/);
    expect(calls()).toBeLessThanOrEqual(pages);
    expect(await paths()).toContain('/first');
    expect(await stored()).toMatchObject({ work: 'relist', listingProblem: expect.stringContaining('does not end') });
    expect((await attempt(activities.countProblems, inRun)).gaps).toEqual([result.gap]);
  });
});

it.each(forms.slice(-2))(
  'such a folder stops as well when each page takes longer than an attempt (%s)',
  async (_name, pages, next) => {
    const { activities, calls } = await listing(next);
    const now = jest.spyOn(performance, 'now');
    let time = performance.now();
    now.mockImplementation(() => (time += 61_000));
    let result: NamespaceResult = { done: false };
    try {
      let input: NamespaceInput = ofNamespace('1');
      for (let attempts = 0; attempts < 2 * MAX_IDLE_PAGES && !result.done && !result.gap; attempts += 1) {
        result = await attempt(activities.syncNamespace, input);
        if (result.pages) input = { ...input, pages: JSON.parse(JSON.stringify(result.pages)) as typeof result.pages };
      }
    } finally {
      now.mockRestore();
    }
    expect(result.gap).toMatch(/does not end/);
    expect(calls()).toBeLessThanOrEqual(2 * pages);
  },
);

it('a folder that ends after many empty pages is read, and no longer in the status', async () => {
  const { activities } = await listing((at) =>
    at < MAX_IDLE_PAGES ? page([], `c${at}`, true) : page([file('/last')], 'end'),
  );
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', listingProblem: 'of the run before' }]);
  expect((await attempt(activities.countProblems, inRun)).gaps).toEqual(['namespace 1: of the run before']);
  expect(await attempt(activities.syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
  expect(await paths()).toEqual(['/first', '/last']);
  expect((await attempt(activities.countProblems, inRun)).gaps).toEqual([]);
});

const late = (): Error =>
  failure('DropboxUnavailable', 'Dropbox could not be reached', {
    details: { route: 'files/list_folder', reason: 'timeout' },
  });

it('a folder whose pages do not arrive in time is listed with smaller pages after two timeouts', async () => {
  await connectorWith(arango.db, {});
  const limits: number[] = [];
  const script: Script = {
    pages: {},
    asked: [],
    actor: () => ({
      listFolder: (_id: string, { limit }: { limit: number }) => {
        limits.push(limit);
        return limit > 100 ? Promise.reject(late()) : Promise.resolve(page([file('/slow')], 'c1'));
      },
      contains: () => Promise.resolve(true),
    }),
  };
  const { syncNamespace } = scripted(arango.db, script);
  const results: (NamespaceResult | string)[] = [];
  for (let tries = 0; tries < 10; tries += 1) {
    const result = await attempt(syncNamespace, ofNamespace('1')).catch((error: Error) => error.message);
    results.push(result);
    if (typeof result !== 'string' && result.done) break;
  }
  expect(limits).toEqual([2000, 2000, 200, 200, 20]);
  expect(results).toMatchObject(
    [/reached/, { restarted: true }, /reached/, { restarted: true }, { done: true }].map((one) =>
      one instanceof RegExp ? expect.stringMatching(one) : one,
    ),
  );
  expect(await paths()).toEqual(['/slow']);
  expect(await stored()).toMatchObject({ work: 'none', timeouts: null });
});

it('a cursor that is not answered in time is given up after two timeouts, and what is stored stays', async () => {
  await connectorWith(arango.db, {}, [listed('1')]);
  const script: Script = { pages: { '': page([file('/a')], 'c1') }, asked: [] };
  const { syncNamespace } = scripted(arango.db, script);
  await attempt(syncNamespace, ofNamespace('1'));
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue' }]);
  script.pages['c1'] = () => {
    throw late();
  };
  await expect(attempt(syncNamespace, ofNamespace('1'))).rejects.toThrow('reached');
  expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: false, restarted: true });
  expect(await paths()).toEqual(['/a']);
  expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true });
});

it('a listing that failed in its workflow is stored for the status, if it is still to be listed', async () => {
  await connectorWith(arango.db, {}, [listed('1'), listed('2', { work: 'none' })]);
  const { giveUpListings, countProblems } = scripted(arango.db, { pages: {}, asked: [] });
  const input = { connectorId: CONNECTOR, runId: RUN, namespaceIds: ['1', '2', '3'], problem: 'no worker answered' };
  await attempt(giveUpListings, input);
  expect((await attempt(countProblems, inRun)).gaps).toEqual(['namespace 1: no worker answered']);
});
