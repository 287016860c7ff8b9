import { member } from '../../graph/fixture';
import { change } from '../../support/change';
import { all, useDatabase } from '../../support/database';
import { attempt, connectorWith, listed, scripted } from '../fixture';
import { inRun, ofPhase, pages } from '../teamScript';

const arango = useDatabase();

it.each([['dbmid:x'], [7], [null]])(
  'a stored member who names someone else and whom the team does not list is a gap, and is owed nothing: %p',
  async (teamMemberId) => {
    await connectorWith(arango.db, {}, [listed('1')]);
    await change(
      arango.db,
      'FOR m IN dropboxMembers FILTER m.teamMemberId == "dbmid:b" UPDATE m WITH @edit IN dropboxMembers',
      { edit: { teamMemberId, accessDue: true, returned: true } },
    );
    const { syncMembers, refreshAccess } = scripted(arango.db, {
      pages: {},
      asked: [],
      team: { events: () => pages({ events: [], cursor: 'e' }), members: () => pages([member('a')]) },
    });
    const { gaps } = await attempt(syncMembers, ofPhase());
    expect(gaps).toEqual([expect.stringMatching(/^dropboxMembers\/\w+ is not readable/)]);
    await attempt(refreshAccess, inRun);
    expect(await attempt(refreshAccess, inRun)).toEqual({ done: true });
    const edited = (await all(arango.db, 'dropboxMembers')).filter((one) => one['teamMemberId'] !== 'dbmid:a');
    expect(edited).toEqual([expect.objectContaining({ accessDue: false })]);
    expect(edited[0]).not.toHaveProperty('returned');
  },
);

it('a stored member who names someone else is written again by the list that names them, without a gap', async () => {
  await connectorWith(arango.db, {}, [listed('1')]);
  await change(
    arango.db,
    'FOR m IN dropboxMembers FILTER m.teamMemberId == "dbmid:b" UPDATE m WITH { teamMemberId: "dbmid:x" } IN dropboxMembers',
  );
  const { syncMembers } = scripted(arango.db, {
    pages: {},
    asked: [],
    team: { events: () => pages({ events: [], cursor: 'e' }), members: () => pages([member('a'), member('b')]) },
  });
  expect(await attempt(syncMembers, ofPhase())).toMatchObject({ gaps: [] });
  const ids = (await all(arango.db, 'dropboxMembers')).map((one) => one['teamMemberId']);
  expect(ids.sort()).toEqual(['dbmid:a', 'dbmid:b']);
});
