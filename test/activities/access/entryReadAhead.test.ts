import { EntryReadAhead } from '../../../src/activities/access/entryReadAhead';
import type { StandaloneGraph } from '../../../src/graph/driver/graph';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { connectorWith } from '../fixture';

const arango = useDatabase();

/** Counts the requests, and stores one entry of each item. */
async function ahead(...itemIds: string[]) {
  await connectorWith(arango.db, {});
  const entries = itemIds.map((itemId) => ({ _key: itemId, itemId, connectorId: CONNECTOR, namespaceId: '1' }));
  await arango.db.collection('dropboxEntries').saveAll(entries);
  let requests = 0;
  const run: StandaloneGraph['run'] = (query, vars) => {
    requests += 1;
    return arango.graph.run(query, vars);
  };
  const graph = Object.create(arango.graph, { run: { value: run } }) as StandaloneGraph;
  const entryReadAhead = new EntryReadAhead(graph, CONNECTOR);
  const found = async (...ids: string[]) => (await entryReadAhead.entriesOf(ids)).map(({ _key }) => _key);
  return { entryReadAhead, found, requests: () => requests };
}

test('lists that were announced are read in one request', async () => {
  const { entryReadAhead, found, requests } = await ahead('x', 'y');
  entryReadAhead.announce(['x']);
  entryReadAhead.announce(['y', 'unknown']);
  expect([await found('x'), await found('y', 'unknown'), requests()]).toEqual([['x'], ['y'], 1]);
});

test('what is forgotten is read again', async () => {
  const { entryReadAhead, found, requests } = await ahead('x', 'y');
  entryReadAhead.announce(['y']);
  await found('x');
  await arango.db.collection('dropboxEntries').remove('y');
  entryReadAhead.forget();
  expect([await found('y'), requests()]).toEqual([[], 2]);
  expect(await all(arango.db, 'dropboxEntries')).toHaveLength(1);
});
