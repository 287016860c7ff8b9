import { writeMembers } from '../../../src/graph/access/members';
import { markEntriesDue } from '../../../src/graph/access/sharedEntries';
import { updateConnector } from '../../../src/graph/state/connectors';
import { putNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { confirmedGone } from '../../../src/sync/discoveryState';
import { context, member, user } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, beginRun, connectorWith, listed, ofNamespace, page, RUN, scripted, type Script } from '../fixture';
import { inRun, listedGroup, listedUser, memberList, ofPhase, pages, receivedFile, whoCanRead } from '../teamScript';

const arango = useDatabase();

it.each([
  ['a member', memberList([listedUser('b', 'editor')])],
  ['a group', memberList([], { groups: [listedGroup('writers', 'editor')] })],
])(
  'a file that was shared with %s stays theirs when no one in the team sees its folder any more',
  async (_case, members) => {
    await connectorWith(arango.db, {}, [listed('1', { kind: 'shared_folder', principals: [user('a')] })]);
    await writeMembers(arango.graph, context(), [member('b', { groupIds: ['g:writers'] })]);
    const asked: string[] = [];
    const script: Script = {
      pages: { '': page([file('/plan.txt', { id: 'id:plan', has_explicit_shared_members: true })], 'c1') },
      asked: [],
      fileMembers: (_actor, ids) => new Map(ids.map((id) => [id, { members }])),
      actor: (name) => ({
        receivedFiles: () => {
          asked.push(name);
          return pages(name === 'dbmid:b' ? [receivedFile('plan', 'editor')] : []);
        },
      }),
    };
    const { syncNamespace, syncReceivedFiles, readFileMembers, removeNamespace } = scripted(arango.db, script);
    await attempt(syncNamespace, ofNamespace('1'));
    await attempt(syncReceivedFiles, ofPhase(true));
    const [record] = await all(arango.db, 'records');

    // The last member has left the folder: no one of the team can ask for the members of what is in it.
    script.fileMembers = (_actor, ids) => new Map(ids.map((id) => [id, { problem: 'access_error/invalid_file' }]));
    await markEntriesDue(
      arango.graph,
      (await all(arango.db, 'dropboxEntries')).map(({ _key }) => _key as string),
    );
    await attempt(readFileMembers, inRun);
    expect(await whoCanRead(arango.db)).not.toContain('b WRITER plan.txt');

    await beginRun(arango.db, 'run-2');
    const inRun2 = { connectorId: CONNECTOR, runId: 'run-2' };
    const namespace = await readNamespace(arango.graph, CONNECTOR, '1');
    await putNamespaces(arango.graph, [confirmedGone(namespace!)]);
    await attempt(removeNamespace, { ...inRun2, namespaceId: '1' });
    asked.length = 0;
    await attempt(syncReceivedFiles, { ...ofPhase(), runId: 'run-2' });
    expect(asked).toEqual(['dbmid:b']);
    expect(await whoCanRead(arango.db)).toEqual(['b WRITER plan.txt']);
    expect((await all(arango.db, 'records')).map(({ _key }) => _key)).toEqual([record?._key]);
  },
);

it('a file that was shared while no one saw its folder any more is found in the next run', async () => {
  const gone = { runId: RUN, since: 1 };
  const folder = listed('1', { kind: 'shared_folder', principals: [], notSeen: gone });
  await connectorWith(arango.db, {}, [folder]);
  const received: Record<string, ReturnType<typeof receivedFile>[]> = {};
  const script: Script = {
    pages: { '': page([file('/plan.txt', { id: 'id:plan' })], 'c1') },
    asked: [],
    fileMembers: (_actor, ids) => new Map(ids.map((id) => [id, { problem: 'access_error/invalid_file' }])),
    actor: (name) => ({ receivedFiles: () => pages(received[name] ?? []) }),
  };
  const { syncNamespace, syncReceivedFiles, readFileMembers, removeNamespace } = scripted(arango.db, script);
  await attempt(syncNamespace, ofNamespace('1'));
  await updateConnector(arango.graph, CONNECTOR, { fullReadAt: 1 });
  received['dbmid:b'] = [receivedFile('plan', 'editor')];
  await attempt(syncReceivedFiles, ofPhase(true));
  await attempt(readFileMembers, inRun);

  await beginRun(arango.db, 'run-2');
  const namespace = await readNamespace(arango.graph, CONNECTOR, '1');
  await putNamespaces(arango.graph, [confirmedGone(namespace!)]);
  await attempt(removeNamespace, { connectorId: CONNECTOR, runId: 'run-2', namespaceId: '1' });
  await attempt(syncReceivedFiles, { ...ofPhase(), runId: 'run-2' });
  expect(await whoCanRead(arango.db)).toEqual(['b WRITER plan.txt']);
});
