import { storedGroups, writeGroups } from '../../../src/graph/access/groups';
import { writeMembers } from '../../../src/graph/access/members';
import { readSyncPoint, writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames, groupKey } from '../../../src/sync/keys';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { context, member } from '../fixture';
import { repair } from '../repair';

const arango = useDatabase();

const list = [{ group: { groupId: 'g:1', name: 'One' }, members: [member('ann')] }];
const cursor = () => readSyncPoint(arango.graph, context(), eventCursorNames.groups);

/** As a run does without a cursor: it writes the groups in full, and stores one. */
async function sync(): Promise<void> {
  if (await cursor()) return;
  await writeGroups(arango.graph, context(), list);
  await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.groups, cursor: 'after' }]);
}

test('a repair takes no edge for good that a run kept since, whenever the next run begins', async () => {
  await writeMembers(arango.graph, context(), [member('ann')]);
  await sync();
  // Verify found two edges, of which it wants to remove this one. A run has removed the other one since.
  const [edge] = (await all(arango.db, 'permission')).filter(
    ({ _to }) => _to === `groups/${groupKey(CONNECTOR, 'g:1')}`,
  );
  const surplusEdges = new Map([['permission', new Set([edge?._key as string])]]);
  const beginTransaction = arango.db.beginTransaction.bind(arango.db);
  let isSyncing = false;
  const begin = jest.spyOn(arango.db, 'beginTransaction').mockImplementation(async (...given) => {
    if (!isSyncing) {
      isSyncing = true;
      await sync();
      isSyncing = false;
    }
    return beginTransaction(...given);
  });
  await repair(arango.graph, { surplusEdges, teamDiffers: true });
  begin.mockRestore();
  await sync();
  const members: string[] = [];
  for await (const batch of storedGroups(arango.graph, CONNECTOR))
    for (const one of batch) members.push(...one.members);
  expect(members).toEqual(['dbmid:ann']);
});
