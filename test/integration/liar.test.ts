import { form } from '../support/form';
import { closedAfterAll } from '../support/hooks';
import { describeCell, type Cell } from '../support/liar/cells';
import { describeJudgement, Liar, MODES, type Mode } from '../support/liar/liar';
import { limits } from '../support/limits';

jest.setTimeout(limits.manySyncs);

const resources = closedAfterAll();
let liar: Liar;

beforeAll(async () => {
  liar = resources.add(await Liar.start());
});

/** A lie of nearly each kind, about the routes where they did harm. `npm run bench -- liar` tries all lies. */
const LIES: Cell[] = (
  [
    { route: 'team/members/list_v2', kind: 'short-list' },
    { route: 'team/members/list_v2', kind: 'unknown-tag', field: 'members.profile.status' },
    { route: 'team/groups/members/list', kind: 'foreign' },
    { route: 'team/team_folder/list', kind: 'unknown-tag', field: 'team_folders.status' },
    { route: 'files/list_folder', kind: 'short-list' },
    { route: 'team/get_info', kind: 'foreign' },
    { route: 'sharing/list_folder_members', kind: 'empty-list' },
    { route: 'sharing/get_folder_metadata', kind: 'error', field: 'invalid_id' },
    { route: 'sharing/list_received_files', kind: 'repeat' },
    { route: 'files/list_folder', kind: 'missing-field', field: 'entries.path_lower' },
    { route: 'team/groups/members/list', kind: 'empty-list' },
    { route: 'team/groups/members/list', kind: 'error', field: 'group_not_found' },
    { route: 'team/token/get_authenticated_admin', kind: 'foreign' },
    { route: 'team/members/list_v2', kind: 'contradict' },
    { route: 'team/team_folder/list', kind: 'contradict' },
    { route: 'sharing/list_file_members/batch', kind: 'object-field', field: 'result.members' },
    { route: 'files/list_folder', kind: 'odd-field', field: 'entries.path_lower' },
    { route: 'team/groups/members/list', kind: 'stale' },
    { route: 'files/list_folder', kind: 'odd-field', field: 'entries.id' },
    { route: 'team/members/list_v2', kind: 'more-fields' },
  ] as Omit<Cell, 'scope'>[]
).map((lie) => ({ ...lie, scope: 'once' }));

/** Who the admin is, is asked once by each worker. */
const modeOf = ({ route }: Cell, at: number): Mode =>
  route === 'team/token/get_authenticated_admin' ? 'first' : at % 2 === 0 ? 'full' : 'incremental';

const CASES = LIES.map((lie, at) => [modeOf(lie, at), describeCell(lie), lie] as [Mode, string, Cell]);

it.each(form({ short: CASES.filter((_, at) => at % 7 === 0), long: CASES }))(
  'in a sync that is %s, a lie about %s loses nothing and widens no access',
  async (mode, _name, lie) => {
    const judgement = await liar.judge(lie, mode);
    expect(judgement.broken.length === 0 ? '' : describeJudgement(judgement)).toBe('');
    expect(judgement.isTold).toBe(true);
  },
);

it('every union and every list that the code reads can be falsified, since the cells come from the types of the SDK', () => {
  const ofModes = MODES.map((mode) => liar.cells(mode));
  const cells = ofModes.flatMap((ofMode) => ofMode.cells);
  expect(cells.length).toBeGreaterThan(1300);
  const falsified = new Set(
    cells.filter(({ kind }) => kind === 'unknown-tag').map(({ route, field }) => `${route} ${field ?? ''}`),
  );
  for (const expected of [
    'team/members/list_v2 members.profile.status',
    'team/namespaces/list namespaces.namespace_type',
    'team/team_folder/list team_folders.status',
    'sharing/list_folder_members users.access_type',
  ])
    expect(falsified).toContain(expected);
  // Further pages and questions by id: the sample company is small, and nothing is missing from its lists.
  const [first, ...others] = ofModes.map(({ notCalled }) => notCalled);
  for (const route of first?.filter((name) => others.every((names) => names.includes(name))) ?? [])
    expect(route).toMatch(
      /continue|get_info|get_temporary_link|get_current_account|get_metadata|list_file_members$|list_folders$/,
    );
});
