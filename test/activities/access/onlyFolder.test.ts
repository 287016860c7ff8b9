import type { SharedFolder } from '../../../src/dropbox';
import { readMembers, retireMembers } from '../../../src/graph/access/members';
import { patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import type { ListedMembers } from '../../../src/sync/access';
import type { NamespaceDocument } from '../../../src/sync/syncDocuments';
import { context, user } from '../../graph/fixture';
import { CONNECTOR, useDatabase } from '../../support/database';
import { attempt, beginRun, connectorWith, listed, RUN, scripted, unreachable } from '../fixture';
import { inRun, listedUser, memberList, sharedFolder, unexpected, whoCanRead } from '../teamScript';

const arango = useDatabase();
const stored = () => readNamespace(arango.graph, CONNECTOR, '1');

/** A team with one shared folder, which a and b could read, and with `others`. */
async function onlyFolder(
  list: (actor: string, id: string) => ListedMembers,
  folder: Partial<SharedFolder>,
  others: NamespaceDocument[] = [],
) {
  await connectorWith(arango.db, {}, [listed('1', { work: 'none', due: true }), ...others]);
  const { readNamespaceMembers } = scripted(arango.db, {
    pages: {},
    asked: [],
    actor: (name) => ({
      folderMetadata: (id: string) => Promise.resolve(sharedFolder(id, folder)),
      folderMembers: (id: string) => new Promise((resolve) => resolve(list(name, id))),
    }),
  });
  return async (runId: string) => {
    await beginRun(arango.db, runId);
    // The discovery of a run gives what could not be read another try.
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', due: true, problem: null }]);
    return attempt(readNamespaceMembers, { ...inRun, runId, limit: 100 });
  };
}

const before = ['a READER Folder 1', 'b READER Folder 1'];

describe('the member list of the only folder of a team', () => {
  it.each<[string, ListedMembers, Partial<SharedFolder>, string[]]>([
    ['is empty', memberList([]), { isOfTeam: true }, []],
    ['names no owner', memberList([listedUser('a', 'editor')]), { isOfTeam: false }, ['a WRITER Folder 1']],
  ])('is a gap if it %s, and is believed by the second run', async (_case, list, folder, readers) => {
    const read = await onlyFolder(() => list, folder);
    for (const gaps of [1, 1]) expect((await read(RUN)).gaps).toHaveLength(gaps);
    expect((await stored())?.problem).toMatch(/^the member list can't be read: its member list /);
    expect(await whoCanRead(arango.db)).toEqual(before);
    for (const run of ['run-2', 'run-3']) {
      expect((await read(run)).gaps).toEqual([]);
      expect(await whoCanRead(arango.db)).toEqual(readers);
    }
  });

  const ownerless = memberList([listedUser('a', 'editor')]);
  it.each<[string, (actor: string, id: string) => ListedMembers]>([
    ['names no owner either', () => ownerless],
    [
      'belongs to someone outside the team',
      (_actor, id) => {
        if (id === '2') throw unreachable();
        return ownerless;
      },
    ],
  ])('is a gap, and does not end the run, if the only other one %s', async (_case, list) => {
    const read = await onlyFolder(list, { isOfTeam: false }, [listed('2', { work: 'none', principals: [] })]);
    expect((await read(RUN)).gaps).toHaveLength(1);
    expect(await whoCanRead(arango.db)).toEqual(before);
    expect((await read('run-2')).gaps).toEqual([]);
    expect(await whoCanRead(arango.db)).toEqual(['a WRITER Folder 1']);
  });

  it('without an owner is believed at once if the owner was removed from the team', async () => {
    const read = await onlyFolder(() => memberList([listedUser('b', 'editor')]), { isOfTeam: false });
    const principals = [user('a', 'OWNER'), user('b', 'WRITER')];
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', principals }]);
    const removed = await readMembers(arango.graph, CONNECTOR, ['dbmid:a']);
    await retireMembers(arango.graph, context(), [...removed.values()]);
    for (const run of [RUN, RUN, 'run-2']) {
      expect((await read(run)).gaps).toEqual([]);
      expect(await whoCanRead(arango.db)).toEqual(['b WRITER Folder 1']);
    }
  });

  it('grants nothing from the second run on if it is still empty, although every shared folder has an owner', async () => {
    const read = await onlyFolder(() => memberList([]), { isOfTeam: false });
    expect((await read(RUN)).gaps).toHaveLength(1);
    expect(await whoCanRead(arango.db)).toEqual(before);
    for (const run of ['run-2', 'run-3']) {
      expect((await read(run)).gaps).toHaveLength(1);
      expect(await whoCanRead(arango.db)).toEqual([]);
    }
  });

  it('takes access from no one if Dropbox does not answer', async () => {
    const read = await onlyFolder(
      () => {
        throw unexpected();
      },
      { isOfTeam: true },
    );
    await expect(read(RUN)).rejects.toMatchObject({ type: 'DropboxUnexpected' });
    expect(await stored()).toMatchObject({ due: true });
    expect(await whoCanRead(arango.db)).toHaveLength(2);
  });
});
