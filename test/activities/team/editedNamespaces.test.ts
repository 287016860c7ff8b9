import { readRunProblems } from '../../../src/graph/readers/runProblems';
import { readNamespace } from '../../../src/graph/state/namespaces';
import { change } from '../../support/change';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { attempt, connectorWith, listed, scripted, type Script } from '../fixture';
import { inRun, memberList, listedUser, ofPhase, pages, whoCanRead } from '../teamScript';

const arango = useDatabase();

/** A connector with folder 1, whose stored document was edited, and a team with these folders. */
async function edited(edit: Record<string, unknown>, folders: string[]) {
  await connectorWith(arango.db, {}, [listed('1', { kind: 'shared_folder', work: 'none' }), listed('2')]);
  await change(
    arango.db,
    'FOR n IN dropboxNamespaces FILTER n.namespaceId == "1" UPDATE n WITH @edit IN dropboxNamespaces',
    {
      edit,
    },
  );
  const script: Script = {
    pages: {},
    asked: [],
    team: {
      events: () => pages({ events: [], cursor: 'e' }),
      namespaces: () =>
        pages(
          folders.map((id) => ({ namespaceId: id, name: `Folder ${id}`, type: 'shared_folder', teamMemberId: null })),
        ),
      teamFolders: () => pages([]),
    },
    actor: () => ({
      folderMembers: () => Promise.resolve(memberList([listedUser('a', 'owner')])),
      sharedFolders: () => pages(),
    }),
  };
  return scripted(arango.db, script);
}

it.each([
  ['an id of another namespace', { namespaceId: '7' }],
  ['an id that is no text', { namespaceId: 7 }],
  ['no connector', { connectorId: null }],
  ['no list of principals', { principals: 7 }],
  ['an empty principal', { principals: [null, 7] }],
  ['a role that is unknown', { principals: [{ id: 'dbmid:a', kind: 'user', role: 'KING' }] }],
  ['work that is unknown', { work: 'brand_new' }],
  ['a delegate that is no text', { delegate: 7 }],
  ['approvals that are no object', { held: 'yes', allowed: [1] }],
  ['an approval without its figures', { held: { total: 1, samples: [] } }],
  ['no record group', { recordGroupKey: null }],
])('a stored namespace with %s is discovered again, and lists nothing else', async (_case, edit) => {
  const { discoverNamespaces, readNamespaceMembers } = await edited(edit, ['1', '2']);
  expect(await attempt(discoverNamespaces, ofPhase())).toMatchObject({ namespaces: 2, gaps: [] });
  expect(await readNamespace(arango.graph, CONNECTOR, '1')).toMatchObject({ work: 'relist', due: true });
  expect(await all(arango.db, 'dropboxNamespaces')).toHaveLength(2);
  await attempt(readNamespaceMembers, { ...inRun, limit: 10 });
  expect(await whoCanRead(arango.db)).toEqual(['a OWNER Folder 1', 'a OWNER Folder 2']);
});

it('what awaits approval is not reported without its figures', async () => {
  await edited({ heldRevocations: { revokes: 1, samples: [] } }, ['1', '2']);
  expect(await readRunProblems(arango.graph, CONNECTOR)).toMatchObject({ held: [] });
});

it('a stored namespace with another id that the team does not list is a gap, and stops nothing else', async () => {
  const { discoverNamespaces, readNamespaceMembers } = await edited({ namespaceId: '7', due: true }, ['2']);
  const { gaps } = await attempt(discoverNamespaces, ofPhase());
  expect(gaps).toEqual([expect.stringMatching(/^dropboxNamespaces\/\w+ is not readable/)]);
  expect(await attempt(readNamespaceMembers, { ...inRun, limit: 10 })).toMatchObject({ done: true });
});

it('a stored namespace that is not readable takes no place of others, and none of its delegate is lost', async () => {
  const edit = { namespaceId: 7, due: true, work: 'relist' };
  const activities = await edited(edit, ['2', '3', '4']);
  await attempt(activities.discoverNamespaces, ofPhase());
  for (let done = false; !done;) ({ done } = await attempt(activities.readNamespaceMembers, { ...inRun, limit: 1 }));
  const owned = (await whoCanRead(arango.db)).filter((line) => line.startsWith('a OWNER'));
  expect(owned).toEqual(['a OWNER Folder 2', 'a OWNER Folder 3', 'a OWNER Folder 4']);
  await attempt(activities.assignDelegates, inRun);
  const work = await attempt(activities.nextDelegates, { ...inRun, after: '', limit: 10 });
  expect(work.flatMap(({ namespaceIds }) => namespaceIds).sort()).toEqual(['2', '3', '4']);
});
