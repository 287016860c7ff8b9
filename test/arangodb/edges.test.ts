import type { Database } from 'arangojs';
import type { EdgeCollection } from 'arangojs/collections';
import { refused, useServer } from './fixture';

let db: Database;
let links: EdgeCollection;
const server = useServer(async () => {
  db = await server.freshDatabase();
  links = await db.createEdgeCollection('links');
});
beforeEach(() => links.truncate());

describe('edges', () => {
  test('need a valid _from and _to, but no existing vertices', async () => {
    await links.save({ _from: 'nowhere/a', _to: 'things/none' });
    await links.save({ _from: 'año 1/a', _to: '123/b' });
    for (const bad of [
      { _from: 'things/a' },
      { _to: 'things/a' },
      { _from: 'a', _to: 'things/b' },
      { _from: 'things/', _to: 'things/b' },
      { _from: '1st/a', _to: 'things/b' },
    ]) {
      await expect(links.save(bad as never)).rejects.toEqual(refused(1233, 400));
    }
  });

  test('are found by their vertices in each direction; a loop is returned once', async () => {
    await links.saveAll([
      { _key: 'ab', _from: 'things/a', _to: 'things/b' },
      { _key: 'ca', _from: 'things/c', _to: 'things/a' },
      { _key: 'aa', _from: 'things/a', _to: 'things/a' },
    ]);
    const keys = ({ edges }: { edges: { _key: string }[] }): string[] => edges.map(({ _key }) => _key).sort();
    // The driver's edges() sends direction=undefined, which the server rejects.
    const attached = async (vertex: string): Promise<{ edges: { _key: string }[] }> =>
      (await server.call(db, 'GET', '_api/edges/links', undefined, { vertex })).body;
    expect(keys(await attached('things/a'))).toEqual(['aa', 'ab', 'ca']);
    expect(keys(await links.outEdges('things/a', {}))).toEqual(['aa', 'ab']);
    expect(keys(await links.inEdges('things/a', {}))).toEqual(['aa', 'ca']);
    await links.update('ab', { _to: 'things/z' });
    expect(keys(await links.inEdges('things/b', {}))).toEqual([]);
    expect(keys(await links.inEdges('things/z', {}))).toEqual(['ab']);
    await links.remove('aa');
    expect(keys(await attached('things/a'))).toEqual(['ab', 'ca']);
    await expect(links.replace('ab', { n: 1 })).rejects.toEqual(refused(1233, 400));
  });
});
