import { patchNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import type { HintEvent } from '../../../src/sync/events';
import { eventCursorNames } from '../../../src/sync/keys';
import { context } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { file, folder } from '../../support/entries';
import { attempt, connectorWith, listed, ofNamespace, page, scripted } from '../fixture';
import { ofPhase, pages } from '../teamScript';

const arango = useDatabase();

const eventAt = (kind: 'file' | 'folder', path: string): HintEvent =>
  ({
    event_type: { '.tag': 'shared_content_remove_member' },
    assets: [{ '.tag': kind, path: { namespace_relative: { ns_id: '1', relative_path: path } } }],
  }) as unknown as HintEvent;

/** Reads an event that names an item by the path `named`, which the listing has under `path_lower`. */
async function readEventAt(kind: 'file' | 'folder', path_lower: string, named: string): Promise<void> {
  await connectorWith(arango.db, {}, [listed('1'), listed('2', { work: 'none', principals: [] })]);
  const item = {
    file: () => file(named, { path_lower, id: 'id:item', has_explicit_shared_members: true }),
    folder: () =>
      folder(named, { path_lower, id: 'id:item', sharing_info: { read_only: false, shared_folder_id: '2' } }),
  };
  const activities = scripted(arango.db, {
    pages: { '': page([item[kind]()], 'c1') },
    asked: [],
    team: { events: () => pages({ events: [eventAt(kind, named)], cursor: 'after' }) },
  });
  await attempt(activities.syncNamespace, ofNamespace('1'));
  await arango.db.query('FOR entry IN dropboxEntries UPDATE entry WITH { membersDue: false } IN dropboxEntries');
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '2', due: false }]);
  await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.sharing, cursor: 'before' }]);
  await attempt(activities.readSharingEvents, ofPhase());
}

describe.each([
  ['a dotted capital I as one letter', '/izmir', '/\u0130zmir'],
  ['a dotted capital I as two characters', '/i\u0307zmir', '/\u0130zmir'],
  ['each sigma alike', '/οδοσ', '/ΟΔΟΣ'],
  ['a sigma at the end as the letter for it', '/οδος', '/ΟΔΟΣ'],
  ['a sharp s as itself', '/straße', '/Straße'],
  ['a letter that is younger than its table as itself', '/stra\u1e9ee/\ua64a', '/STRA\u1e9eE/\ua64a'],
  ['an accent composed, which the event names alone', '/caf\u00e9', '/Cafe\u0301'],
  ['an accent alone, which the event names composed', '/cafe\u0301', '/Caf\u00e9'],
])('an event that names an item by its path finds it where Dropbox folds %s', (_case, path_lower, named) => {
  it('for a file', async () => {
    await readEventAt('file', path_lower, named);
    expect(await all(arango.db, 'dropboxEntries')).toMatchObject([{ path: path_lower, membersDue: true }]);
  });

  it('for the mount point of a folder', async () => {
    await readEventAt('folder', path_lower, named);
    expect(await readNamespace(arango.graph, CONNECTOR, '2')).toMatchObject({ due: true });
  });
});
