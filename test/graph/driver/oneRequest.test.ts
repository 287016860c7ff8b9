import { groupKeysPart } from '../../../src/graph/access/team';
import { part, readWithParts, readInOneRequest } from '../../../src/graph/driver/oneRequest';
import type { Query } from '../../../src/graph/driver/query';
import { CONNECTOR, useDatabase } from '../../support/database';

const arango = useDatabase();
const numbers: Query<{ count: number }, number> = {
  name: 'numbers',
  text: 'FOR n IN 1..@count RETURN n',
  example: { count: 1 },
  writes: [],
};

test('each query gets its own rows, in their order, also of an answer in several batches', async () => {
  const groups = Array.from({ length: 3 }, (_, at) => ({
    _key: `k${at}`,
    externalGroupId: `g:${at}`,
    connectorId: CONNECTOR,
  }));
  await arango.db.collection('groups').saveAll(groups);
  const order: string[] = [];
  const rows: number[] = [];
  await readInOneRequest(arango.graph, [
    part(numbers, { count: 2500 }, (row) => void rows.push(row)),
    groupKeysPart(CONNECTOR, ({ groupId }) => void order.push(`${groupId} after ${rows.length}`)),
  ]);
  expect(rows).toEqual(Array.from({ length: 2500 }, (_, at) => at + 1));
  expect(order).toEqual(['g:2 after 2500', 'g:1 after 2500', 'g:0 after 2500']);
});

test('a query without rows gets none, and does not keep the others from theirs', async () => {
  const taken: unknown[] = [];
  const more = [groupKeysPart(CONNECTOR, (row) => void taken.push(row))];
  expect(await readWithParts(arango.graph, numbers, { count: 2 }, more)).toEqual([1, 2]);
  expect(taken).toEqual([]);
});
