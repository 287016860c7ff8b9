import { patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { membersStale } from '../../../src/sync/memberListState';
import { context } from '../../graph/fixture';
import { CONNECTOR, useDatabase } from '../../support/database';
import { attempt, connectorWith, listed, scripted } from '../fixture';
import { inRun, listedUser, memberList, sharedFolder, whoCanRead } from '../teamScript';

const arango = useDatabase();
const both = memberList([listedUser('a', 'viewer'), listedUser('b', 'viewer')]);
const onlyA = memberList([listedUser('a', 'viewer')]);
/** Folder 2 is in folder 1. */
const folderMetadata = (id: string) =>
  Promise.resolve(sharedFolder(id, id === '2' ? { parentSharedFolderId: '1' } : {}));

/** Reads the lists of folder 1, which b has left, and of folder 2 in it, which was read a moment before that. */
async function readBoth(known: Parameters<typeof listed>[1]): Promise<string[]> {
  await connectorWith(arango.db, {}, [
    listed('1', { work: 'none', due: true, ...known }),
    listed('2', { work: 'none', due: true, parentNamespaceId: '1', ...known }),
  ]);
  const calls: string[] = [];
  const { readNamespaceMembers } = scripted(arango.db, {
    pages: {},
    asked: [],
    actor: () => ({
      folderMetadata,
      folderMembers: (id: string) => {
        const isEarly = id === '2' && !calls.includes('2');
        calls.push(id);
        return Promise.resolve(isEarly ? both : onlyA);
      },
    }),
  });
  for (let done = false; !done;) ({ done } = await attempt(readNamespaceMembers, { ...inRun, limit: 10 }));
  return calls.sort();
}

describe('a nested folder whose members are read at the same time as those of the folder around it', () => {
  it('has them read again if these have changed', async () => {
    expect(await readBoth({})).toEqual(['1', '2', '2']);
    expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1', 'a READER Folder 2']);
    expect(await readNamespace(arango.graph, CONNECTOR, '2')).toMatchObject({ due: false });
  });

  it('has them read once if both are new', async () => {
    expect(await readBoth({ principals: null, membersReadAt: null })).toEqual(['1', '2']);
  });
});

it('a nested folder is read again when its parent has changed, although the clock was set back since it was read', async () => {
  const readLater = Number.MAX_SAFE_INTEGER;
  await connectorWith(arango.db, {}, [
    listed('1', { work: 'none', due: true }),
    listed('2', { work: 'none', parentNamespaceId: '1', membersReadAt: readLater }),
  ]);
  const { readNamespaceMembers } = scripted(arango.db, {
    pages: {},
    asked: [],
    actor: () => ({
      folderMetadata,
      folderMembers: () => Promise.resolve(onlyA),
    }),
  });
  for (let done = false; !done;) ({ done } = await attempt(readNamespaceMembers, { ...inRun, limit: 10 }));
  expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1', 'a READER Folder 2']);
});

it('a nested folder that an answer does not call nested is read again in the next run', async () => {
  await connectorWith(arango.db, {}, [listed('2', { work: 'none', due: true, parentNamespaceId: '1' })]);
  const answers = [null, '1', '1'];
  const { readNamespaceMembers } = scripted(arango.db, {
    pages: {},
    asked: [],
    actor: () => ({
      folderMetadata: (id: string) =>
        Promise.resolve(sharedFolder(id, { parentSharedFolderId: answers.shift() ?? null })),
      folderMembers: () => Promise.resolve(both),
    }),
  });
  const read = async () => {
    await patchNamespaces(arango.graph, context(), [membersStale({ namespaceId: '2' })]);
    await attempt(readNamespaceMembers, { ...inRun, limit: 10 });
    const { parentNamespaceId, readAgain } = (await readNamespace(arango.graph, CONNECTOR, '2')) ?? {};
    return [parentNamespaceId, readAgain];
  };
  expect([await read(), await read(), await read()]).toEqual([
    [null, true],
    ['1', true],
    ['1', false],
  ]);
});
