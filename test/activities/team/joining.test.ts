import type { TeamMember } from '../../../src/dropbox';
import { failure } from '../../../src/failures';
import { readMembers } from '../../../src/graph/access/members';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames } from '../../../src/sync/keys';
import { context, member } from '../../graph/fixture';
import { CONNECTOR, useDatabase } from '../../support/database';
import { attempt, connectorWith, listed, scripted } from '../fixture';
import { ofPhase, pages, refusingPages } from '../teamScript';

const arango = useDatabase();

/** Reads the list of members. `refused`: Dropbox does not accept the cursor of their events. */
async function syncMembers(members: TeamMember[], { refused = false } = {}): Promise<void> {
  const invalid = refusingPages(failure('EventCursorInvalid', 'bad cursor'));
  const { syncMembers: activity } = scripted(arango.db, {
    pages: {},
    asked: [],
    team: {
      events: (from: object) => ('cursor' in from && refused ? invalid() : pages({ events: [], cursor: 'e2' })),
      members: () => pages(members),
    },
  });
  await attempt(activity, ofPhase());
}

const stored = async (id: string) => (await readMembers(arango.graph, CONNECTOR, [`dbmid:${id}`])).get(`dbmid:${id}`);

describe('someone who joins', () => {
  it.each([
    ['has no cursor', undefined, false],
    ['has a cursor that Dropbox refuses', 'e1', true],
  ])(
    'may be on lists that were read before, also where no full run has ended, and the run %s for events of members',
    async (_case, cursor, refused) => {
      await connectorWith(arango.db, {}, [listed('100')]);
      if (cursor !== undefined)
        await writeSyncPoints(arango.graph, context(), [{ name: eventCursorNames.members, cursor }]);
      await syncMembers([member('a'), member('b'), member('c')], { refused });
      expect(await stored('c')).toMatchObject({ returned: true, accessDue: true });
      expect(await stored('a')).not.toHaveProperty('returned');
    },
  );

  it('is on no list while no namespace is stored', async () => {
    await connectorWith(arango.db, {}, []);
    await syncMembers([member('a'), member('b'), member('c')]);
    expect(await stored('c')).toMatchObject({ accessDue: false });
    expect(await stored('c')).not.toHaveProperty('returned');
  });
});
