import { patchMembers } from '../../../src/graph/access/members';
import { putNamespaces } from '../../../src/graph/state/namespaces';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames } from '../../../src/sync/keys';
import { receivedFilesOwed } from '../../../src/sync/memberState';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { deleted, file } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, scripted, type Script } from '../fixture';
import { inRun, listedUser, memberList, ofPhase, pages, receivedFile, whoCanRead } from '../teamScript';

const arango = useDatabase();
const FOLDER = ['a READER Folder 1', 'b READER Folder 1'];

it.each([
  ['no one has to be asked', false],
  ['someone has to be asked what they received', true],
])(
  'a received file that moved into a folder of the team is gone when it is deleted there (%s)',
  async (_case, asks) => {
    await connectorWith(arango.db, {}, [listed('1')]);
    const received = [receivedFile('plan')];
    const script: Script = {
      pages: {},
      asked: [],
      fileMembers: (_actor, ids) =>
        new Map(ids.map((id) => [id, { members: memberList([listedUser('b', 'viewer')]) }])),
      team: { events: () => pages({ events: [], cursor: 'after' }) },
      actor: (name) => ({ receivedFiles: () => pages(name === 'dbmid:b' ? received : []) }),
    };
    const { syncNamespace, syncReceivedFiles, readSharingEvents, purgeOrphans } = scripted(arango.db, script);
    await attempt(syncReceivedFiles, ofPhase(true));
    expect(await whoCanRead(arango.db)).toEqual([...FOLDER, 'b READER plan.txt']);
    const [record] = await all(arango.db, 'records');

    script.pages = { '': page([file('/plan.txt', { id: 'id:plan', has_explicit_shared_members: true })], 'c1') };
    await attempt(syncNamespace, ofNamespace('1'));
    expect((await all(arango.db, 'dropboxEntries')).map(({ namespaceId }) => namespaceId)).toEqual(['1']);
    expect(await all(arango.db, 'records')).toMatchObject([{ _key: record?._key, externalGroupId: '1' }]);

    const groups = async () =>
      (await all(arango.db, 'recordGroups')).map(({ externalGroupId }) => externalGroupId).sort();
    expect(await groups()).toEqual(['1', 'received']);
    await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.sharing, cursor: 'before' }]);
    if (asks) await patchMembers(arango.graph, CONNECTOR, [receivedFilesOwed('dbmid:a')]);
    expect(await attempt(readSharingEvents, ofPhase())).toMatchObject({ due: { received: true } });
    await attempt(syncReceivedFiles, ofPhase());
    expect(await groups()).toEqual(['1']);
    expect(await attempt(readSharingEvents, ofPhase())).toMatchObject({ due: { received: false } });

    await putNamespaces(arango.graph, [listed('1', { work: 'continue' })]);
    script.pages = { c1: page([deleted('/plan.txt')], 'c2') };
    await attempt(syncNamespace, ofNamespace('1'));
    expect(await whoCanRead(arango.db)).toEqual(FOLDER);
    await attempt(purgeOrphans, { ...inRun, onlyOld: false });
    expect(await all(arango.db, 'records')).toEqual([]);
  },
);
