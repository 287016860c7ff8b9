import { writeMembers } from '../../../src/graph/access/members';
import { answerHeld, readNamespace } from '../../../src/graph/state/namespaces';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import type { ListedMembers } from '../../../src/sync/access';
import { eventCursorNames } from '../../../src/sync/keys';
import { context, member } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { attempt, beginRun, connectorWith, listed, ofNamespace, page, RUN, scripted, unreachable } from '../fixture';
import { listedUser, memberList, ofPhase, pages, sharedFolder, whoCanRead } from '../teamScript';

const arango = useDatabase();
const stored = () => readNamespace(arango.graph, CONNECTOR, '1');
const left = async () => (await all(arango.db, 'dropboxEntries')).length;
const answer = (decision: 'approved' | 'rejected') => answerHeld(arango.graph, context(), decision);

/** A folder with twenty files that stays in the team's list, although no one can see it since two runs. */
async function heldFolder() {
  const folder = listed('1', { kind: 'shared_folder', membersReadAt: 1_000_000_000_000 });
  await connectorWith(arango.db, { batchSize: 100, brake: { share: 0.2, items: 10 } }, [folder]);
  await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.team_folders, cursor: 'e1' }]);
  const entries = Array.from({ length: 20 }, (_, at) => file(`/${at}`));
  const seen: { members?: ListedMembers } = {};
  const activities = scripted(arango.db, {
    pages: { '': page(entries, 'c1') },
    asked: [],
    team: {
      events: () => pages({ events: [], cursor: 'e2' }),
      teamFolders: () => pages([]),
      namespaces: () => pages([{ namespaceId: '1', name: 'Folder 1', type: 'shared_folder', teamMemberId: null }]),
    },
    actor: () => ({
      folderMetadata: (id: string) =>
        seen.members ? Promise.resolve(sharedFolder(id)) : Promise.reject(unreachable()),
      folderMembers: () => Promise.resolve(seen.members),
      sharedFolders: () => pages([]),
    }),
  });
  await attempt(activities.syncNamespace, ofNamespace('1'));
  /** `full`: whatever was read before, all member lists are read again. */
  const sync = async (runId: string, full: boolean) => {
    await beginRun(arango.db, runId);
    await attempt(activities.discoverNamespaces, { ...ofPhase(full), runId });
    await attempt(activities.readNamespaceMembers, { connectorId: CONNECTOR, runId, limit: 10 });
    for (const id of await attempt(activities.nextRemovals, { connectorId: CONNECTOR, runId, after: '' }))
      await attempt(activities.removeNamespace, ofNamespace(id, runId));
  };
  await sync(RUN, true);
  await sync('run-2', true);
  expect(await stored()).toMatchObject({ work: 'remove', held: { deletes: 20 } });
  return { sync, seen };
}

describe('the removal of a folder that no one can see, and that is still in the list of the team', () => {
  it.each([
    ['nothing has changed', false, () => Promise.resolve()],
    ['all member lists are read again', true, () => Promise.resolve()],
    ['someone has joined', false, () => writeMembers(arango.graph, context(), [member('c')])],
  ])('is carried out when it is approved and %s', async (_case, full, change) => {
    const { sync } = await heldFolder();
    await answer('approved');
    await change();
    await sync('run-3', full);
    expect(await stored()).toMatchObject({ work: 'none', held: null });
    expect(await left()).toBe(0);
  });

  it.each([false, true])('stays rejected (all member lists are read again: %s)', async (full) => {
    const { sync } = await heldFolder();
    await answer('rejected');
    await sync('run-3', full);
    expect(await stored()).toMatchObject({ work: 'remove', held: { answer: { decision: 'rejected' } } });
    expect(await left()).toBe(20);
  });

  it('is not asked for any more when someone can see it, and an approval approves nothing else', async () => {
    const { sync, seen } = await heldFolder();
    await answer('approved');
    seen.members = memberList([listedUser('a', 'viewer')]);
    await sync('run-3', true);
    expect(await stored()).toMatchObject({ work: 'relist', held: null });
    expect(await whoCanRead(arango.db)).toEqual(['a READER Folder 1']);
    expect(await left()).toBe(20);
  });
});
