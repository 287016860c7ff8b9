import { Connectors } from '../../src/client/connectors';
import { getConnector } from '../../src/graph/state/connectors';
import { readNamespace } from '../../src/graph/state/namespaces';
import { connectorWith, listed } from '../activities/fixture';
import { CONNECTOR, useDatabase } from '../support/database';

const arango = useDatabase();

const held = {
  runId: 'run-1',
  deletes: 5,
  revokes: 0,
  total: 6,
  samples: [],
  since: 1,
  answer: { decision: 'approved' as const, deletes: 5, revokes: 0, at: 2 },
};
const filters = { extensions: { operator: 'not_in' as const, values: ['docx'] } };

/** The filters, and the answer to what the former ones would remove. */
const stored = async () => ({
  filters: (await getConnector(arango.graph, CONNECTOR)).filters,
  held: (await readNamespace(arango.graph, CONNECTOR, '1'))?.heldFilters,
});

it('an approval ends with the filters that it was for, also if the process that changes them dies', async () => {
  await connectorWith(arango.db, {}, [listed('1', { heldFilters: held as never })]);
  const connectors = new Connectors({ graph: arango.graph, now: () => 3 } as never);
  const { beginTransaction } = arango.db;
  jest.spyOn(arango.db, 'beginTransaction').mockImplementation(async (...given) => {
    const transaction = await beginTransaction.apply(arango.db, given);
    transaction.commit = () => Promise.reject(new Error('the process is gone'));
    return transaction;
  });
  await expect(connectors.setSettings(CONNECTOR, { filters })).rejects.toThrow('the process is gone');
  jest.restoreAllMocks();
  expect(await stored()).toEqual({ filters: {}, held });
  await connectors.setSettings(CONNECTOR, { filters });
  expect(await stored()).toEqual({ filters, held: null });
});
