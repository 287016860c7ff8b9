import { EntriesAhead } from '../../../src/activities/access/entriesAhead';
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
  const entriesAhead = new EntriesAhead(graph, CONNECTOR);
  const found = async (...ids: string[]) => (await entriesAhead.of(ids)).map(({ _key }) => _key);
  return { entriesAhead, found, requests: () => requests };
}

test('lists that are expected are read in one request', async () => {
  const { entriesAhead, found, requests } = await ahead('x', 'y');
  entriesAhead.expect(['x']);
  entriesAhead.expect(['y', 'unknown']);
  expect([await found('x'), await found('y', 'unknown'), requests()]).toEqual([['x'], ['y'], 1]);
});

test('what is forgotten is read again', async () => {
  const { entriesAhead, found, requests } = await ahead('x', 'y');
  entriesAhead.expect(['y']);
  await found('x');
  await arango.db.collection('dropboxEntries').remove('y');
  entriesAhead.forget();
  expect([await found('y'), requests()]).toEqual([[], 2]);
  expect(await all(arango.db, 'dropboxEntries')).toHaveLength(1);
});
