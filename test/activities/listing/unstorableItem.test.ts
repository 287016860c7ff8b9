import { patchNamespaces } from '../../../src/graph/state/namespaces';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { deleted, file } from '../../support/entries';
import { attempt, connectorWith, ofNamespace, page, RUN, scripted, type Script } from '../fixture';

const arango = useDatabase();

/** A file that can't be stored. */
const unstorable = (path: string) => file(path, { name: { invalid: true } as unknown as string });
const RUN_INPUT = { connectorId: CONNECTOR, runId: RUN };
const names = async (): Promise<string[]> =>
  (await all(arango.db, 'records')).map(({ recordName }) => recordName).sort();

describe('an item that cannot be stored', () => {
  it('keeps its record when everything is listed from the start', async () => {
    await connectorWith(arango.db, {});
    const script: Script = { pages: { '': page([file('/a'), file('/b'), file('/c')], 'c1') }, asked: [] };
    const { syncNamespace, purgeOrphans } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'relist', mark: null }]);
    script.pages = { '': page([file('/a'), unstorable('/b')], 'c2') };
    expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true, deadLetters: 1 });
    await attempt(purgeOrphans, { ...RUN_INPUT, onlyOld: false });
    // The third file was not listed again.
    expect(await names()).toEqual(['a', 'b']);
    expect(await all(arango.db, 'inheritPermissions')).toHaveLength(2);
  });

  it('keeps its record when it has moved, and the listing from the start that shows it is not taken for short', async () => {
    await connectorWith(arango.db, {});
    const script: Script = {
      pages: { '': page([file('/a'), file('/b'), file('/c')], 'c1') },
      asked: [],
      actor: () => ({ contains: (_id: string, itemId: string) => Promise.resolve(itemId === 'id:/b') }),
    };
    const { syncNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'relist', mark: null }]);
    script.pages = { '': page([file('/a'), { ...unstorable('/new'), id: 'id:/b' }], 'c2') };
    expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ done: true, deadLetters: 1 });
    // Only the third file is gone.
    expect(await all(arango.db, 'inheritPermissions')).toHaveLength(2);
    expect(await all(arango.db, 'dropboxDetached')).toHaveLength(1);
  });

  it('keeps its record when it has moved, and the record is not treated as an orphan of another program', async () => {
    await connectorWith(arango.db, {});
    const script: Script = { pages: { '': page([file('/a'), file('/b')], 'c1') }, asked: [] };
    const { syncNamespace, releaseOrphans, purgeOrphans } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue', mark: null }]);
    script.pages = { c1: page([deleted('/a'), { ...unstorable('/new'), id: 'id:/a' }, deleted('/b')], 'c2') };
    expect(await attempt(syncNamespace, ofNamespace('1'))).toMatchObject({ deadLetters: 1 });
    await attempt(releaseOrphans, RUN_INPUT);
    await attempt(purgeOrphans, { ...RUN_INPUT, onlyOld: false });
    expect(await names()).toEqual(['a']);
    // No one can read it meanwhile.
    expect(await all(arango.db, 'inheritPermissions')).toEqual([]);
  });
});
