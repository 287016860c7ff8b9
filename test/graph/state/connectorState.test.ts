import { readGraphState } from '../../../src/graph/state/connectorState';
import { CONNECTOR, useDatabase } from '../../support/database';

const arango = useDatabase();

test('the state says that PipesHub has disabled or deleted the connector', async () => {
  const apps = arango.db.collection('apps');
  const state = () => readGraphState(arango.graph, CONNECTOR);
  expect(await state()).toMatchObject({ disabled: false, deleted: false });
  await apps.update(CONNECTOR, { isActive: false });
  expect(await state()).toMatchObject({ disabled: true, deleted: false });
  await apps.remove(CONNECTOR);
  expect(await state()).toMatchObject({ disabled: false, deleted: true });
});
