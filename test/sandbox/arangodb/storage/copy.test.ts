import { copyDatabase } from '../../../../sandbox/arangodb/storage/copy';
import { Engine } from '../../../../sandbox/arangodb/storage/engine';

const engine = new Engine(Date.now);

it('a copied database has the documents and indexes of the other one, and changes by itself', () => {
  const source = engine.createDatabase('source');
  source.create({ name: 'things' });
  source.create({ name: 'links', type: 3 });
  source.ensureIndex('things', { type: 'persistent', fields: ['name'], unique: true });
  engine.autocommit(source, (writer) => {
    for (const name of ['a', 'b', 'c']) writer.insert('things', { _key: name, name });
    writer.insert('links', { _from: 'things/a', _to: 'things/b' });
  });
  engine.autocommit(source, (writer) => writer.remove('things', 'c'));

  copyDatabase(engine, 'source', 'copy');
  const copy = engine.database('copy');
  const keys = (name: string): string[] => {
    return engine.autocommit(engine.database(name), (reader) => [...reader.scan('things')].map(({ _key }) => _key));
  };
  expect(copy.list().map(({ name }) => name)).toEqual(source.list().map(({ name }) => name));
  expect(keys('copy')).toEqual(['a', 'b']);
  expect(() => engine.autocommit(copy, (writer) => writer.insert('things', { _key: 'd', name: 'a' }))).toThrow(
    /unique constraint/,
  );
  engine.autocommit(copy, (writer) => writer.insert('things', { _key: 'd', name: 'd' }));
  expect(keys('copy')).toEqual(['a', 'b', 'd']);
  expect(keys('source')).toEqual(['a', 'b']);
});
