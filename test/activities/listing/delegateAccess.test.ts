import { patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import type { ListedMembers } from '../../../src/sync/access';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { deleted, file } from '../../support/entries';
import { attempt, connectorWith, ofNamespace, page, scripted, unreachable, type Script } from '../fixture';
import { inRun, memberList, pages, refusing, sharedFolder } from '../teamScript';

const arango = useDatabase();

const paths = async (): Promise<string[]> => (await all(arango.db, 'dropboxEntries')).map(({ path }) => path).sort();

/** A later run. How the runs before it ended is not known: one that is terminated stores no result. */
const inLaterRun = { ...ofNamespace('1'), startedAt: Number.MAX_SAFE_INTEGER };

/** A connector with a folder whose content and members an earlier run has read, and that has work to do. */
async function listedBefore(
  script: Script,
  work: 'continue' | 'relist' = 'continue',
): Promise<ReturnType<typeof scripted>> {
  await connectorWith(arango.db, {});
  script.pages = { '': page([file('/a'), file('/b')], 'c1') };
  const activities = scripted(arango.db, script);
  await attempt(activities.syncNamespace, ofNamespace('1'));
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work, mark: null }]);
  script.asked = [];
  return activities;
}

/** A folder that one delegate sees with this level, and another one in full. */
const seenWith = (levelNow: () => string): Script => ({
  pages: {},
  asked: [],
  actor: () => ({
    folderMetadata: () =>
      Promise.resolve({ accessLevel: levelNow(), parentSharedFolderId: null, inheritsAccess: true, isOfTeam: true }),
    folderMembers: () =>
      Promise.resolve({
        users: [
          {
            teamMemberId: 'dbmid:b',
            accountId: 'dbid:b',
            email: 'b@acme.example',
            sameTeam: true,
            level: 'editor',
            inherited: false,
          },
        ],
        groups: [],
        invitees: [],
      } satisfies ListedMembers),
  }),
});

describe('a delegate whose access level may have changed', () => {
  it.each([
    ['traverse', 'in an earlier run', inLaterRun],
    ['no_access', 'in an earlier run', inLaterRun],
    ['other', 'in an earlier run', inLaterRun],
    ['traverse', 'early in a long run', ofNamespace('1')],
  ])('deletes nothing that they merely cannot see any more (%s; members read %s)', async (accessLevel, _, run) => {
    const script = seenWith(() => accessLevel);
    const { syncNamespace } = await listedBefore(script);
    script.pages = { c1: page([deleted('/a'), deleted('/b')], 'c2') };
    const result = await attempt(syncNamespace, run);
    expect(result).toMatchObject({ done: false, refused: 'dbmid:a' });
    expect(await paths()).toEqual(['/a', '/b']);
    expect(await readNamespace(arango.graph, CONNECTOR, '1')).toMatchObject({ delegate: 'dbmid:b', work: 'relist' });
  });

  it('sweeps nothing that they could not see any more when the listing ended, also if they saw all when it began', async () => {
    let accessLevel = 'editor';
    const script = seenWith(() => accessLevel);
    const { syncNamespace } = await listedBefore(script, 'relist');
    script.pages = {
      '': () => {
        accessLevel = 'traverse';
        return page([file('/b')], 'c2');
      },
    };
    const result = await attempt(syncNamespace, inLaterRun);
    expect(result).toMatchObject({ done: false, refused: 'dbmid:a' });
    expect(await paths()).toEqual(['/a', '/b']);
    expect(await readNamespace(arango.graph, CONNECTOR, '1')).toMatchObject({ delegate: 'dbmid:b', work: 'relist' });
  });

  it('is asked for their level once, and not at all while nothing is deleted', async () => {
    let asked = 0;
    const script: Script = {
      pages: {},
      asked: [],
      actor: () => ({
        folderMetadata: () => {
          asked += 1;
          return Promise.resolve({ accessLevel: 'editor' });
        },
      }),
    };
    const { syncNamespace } = await listedBefore(script);
    script.pages = { c1: page([file('/c')], 'c2') };
    await attempt(syncNamespace, inLaterRun);
    expect(asked).toBe(0);
    await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', work: 'continue', mark: null }]);
    script.pages = { c2: page([deleted('/a')], 'c3', true), c3: page([deleted('/b')], 'c4') };
    await attempt(syncNamespace, inLaterRun);
    expect(asked).toBe(1);
    expect(await paths()).toEqual(['/c']);
  });
});

it('a folder that no one can see any more is a gap that says so, and no one else is asked to list it', async () => {
  const refused = { listFolder: refusing(unreachable()), continueFolder: refusing(unreachable()) };
  const script: Script = { pages: {}, asked: [] };
  const { syncNamespace } = await listedBefore(script);
  script.actor = () => ({
    ...refused,
    folderMetadata: refusing(unreachable()),
    folderMembers: refusing(unreachable()),
    sharedFolders: () => pages(),
  });
  const { gap, refused: delegate } = await attempt(syncNamespace, inLaterRun);
  expect(gap).toMatch(/no one who was asked can see it; a later run has to confirm/);
  expect(delegate).toBeUndefined();
  expect(await paths()).toEqual(['/a', '/b']);
});

it('a folder that is closed to its delegate, and whose member list cannot be true, is a gap at once', async () => {
  const script: Script = { pages: {}, asked: [] };
  const { syncNamespace, readNamespaceMembers } = await listedBefore(script);
  script.actor = () => ({
    continueFolder: refusing(unreachable()),
    folderMetadata: (id: string) => Promise.resolve(sharedFolder(id)),
    folderMembers: () => Promise.resolve(memberList([])),
  });
  const result = await attempt(syncNamespace, inLaterRun);
  expect(result).toMatchObject({ done: false, gap: expect.stringMatching(/its member list is empty/) });
  expect(await paths()).toEqual(['/a', '/b']);
  // The sharing phase of the same run decides what the list grants.
  const { gaps } = await attempt(readNamespaceMembers, { ...inRun, limit: 10 });
  expect(gaps).toEqual([expect.stringMatching(/its member list is empty/)]);
});
