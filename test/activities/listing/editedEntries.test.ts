import type { FolderEntry } from '../../../src/sync/folderEntries';
import { change } from '../../support/change';
import { all, useDatabase } from '../../support/database';
import { deleted, file, folder } from '../../support/entries';
import { attempt, connectorWith, ofNamespace, page, scripted, type Script } from '../fixture';
import { whoCanRead } from '../teamScript';

const arango = useDatabase();
const paths = async () => (await all(arango.db, 'dropboxEntries')).map(({ path }) => path as string).sort();
const records = async () => (await all(arango.db, 'records')).map(({ recordName }) => recordName as string).sort();

const ENTRIES = [folder('/f'), file('/f/a'), file('/b')];

it.each<[string, Record<string, unknown>]>([
  ['facts', { facts: null }],
  ['facts of a file', { facts: {} }],
  ['principals', { principals: 7 }],
  ['a principal', { principals: [null] }],
  ['an item', { itemId: 7 }],
  ['a record', { recordKey: { _key: 'a' } }],
  ['a path', { path: null }],
  ['a kind', { kind: null }],
])('stored entries without %s are written again by the listing that shows them', async (_case, edit) => {
  await connectorWith(arango.db, {});
  const script: Script = { pages: { '': page(ENTRIES, 'c0') }, asked: [] };
  const { syncNamespace } = scripted(arango.db, script);
  const next = async (cursor: string, entries: FolderEntry[]): Promise<unknown> => {
    await change(arango.db, 'FOR n IN dropboxNamespaces UPDATE n WITH { work: "continue" } IN dropboxNamespaces');
    script.pages[cursor] = page(entries, `${cursor}+`);
    return attempt(syncNamespace, ofNamespace('1'));
  };
  await attempt(syncNamespace, ofNamespace('1'));
  await next('c0', ENTRIES);
  const before = [await paths(), await records(), await whoCanRead(arango.db)];
  await change(
    arango.db,
    'FOR e IN dropboxEntries UPDATE e WITH @edit IN dropboxEntries OPTIONS { mergeObjects: false }',
    {
      edit,
    },
  );
  const changed = [folder('/f'), file('/f/a', { rev: '000000002' }), file('/b', { rev: '000000002' })];
  expect(await next('c0+', changed)).toMatchObject({ deadLetters: 0 });
  expect([await paths(), await records(), await whoCanRead(arango.db)]).toEqual(before);
  await next('c0++', [deleted('/f')]);
  expect(await paths()).toEqual(['/b']);
});

it('stored entries of which nothing is right are swept without an error', async () => {
  await connectorWith(arango.db, {});
  const script: Script = { pages: { '': page(ENTRIES, 'c1') }, asked: [] };
  const { syncNamespace } = scripted(arango.db, script);
  await attempt(syncNamespace, ofNamespace('1'));
  const edit = { facts: null, principals: 7, itemId: null, recordKey: 7, path: 7 };
  await change(
    arango.db,
    'FOR e IN dropboxEntries UPDATE e WITH @edit IN dropboxEntries OPTIONS { mergeObjects: false }',
    {
      edit,
    },
  );
  await change(
    arango.db,
    'FOR n IN dropboxNamespaces UPDATE n WITH { work: "relist", mark: null } IN dropboxNamespaces',
  );
  script.pages[''] = page([file('/b')], 'c4');
  await attempt(syncNamespace, ofNamespace('1'));
  expect(await paths()).toEqual(['/b']);
});
