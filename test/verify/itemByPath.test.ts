import { findItem, type ItemScope } from '../../src/verify/itemByPath';
import { attempt, connectorWith, listed, ofNamespace, page, scripted } from '../activities/fixture';
import { CONNECTOR, useDatabase } from '../support/database';
import { file } from '../support/entries';

const arango = useDatabase();

it.each([
  ['a dotted capital I', '/izmir', '/\u0130zmir'],
  ['a capital sigma at the end', '/οδοσ', '/ΟΔΟΣ'],
  ['an accent that the listing has composed', '/caf\u00e9', '/Cafe\u0301'],
])('an item is found by a path with %s, however Dropbox folds it', async (_case, path_lower, path) => {
  await connectorWith(arango.db, {}, [listed('1')]);
  const { syncNamespace } = scripted(arango.db, {
    pages: { '': page([file(path, { path_lower, id: 'id:item' })], 'c1') },
    asked: [],
  });
  await attempt(syncNamespace, ofNamespace('1'));
  const scope = { graph: arango.graph, connectorId: CONNECTOR } as ItemScope;
  for (const given of [`ns:1${path}`, path, `/Folder 1${path}`])
    expect(await findItem(scope, { path: given }, null)).toMatchObject({ itemId: 'id:item' });
});
