/** The official JavaScript SDK against the simulator. Only the address that its fetch uses is replaced. */
import { Dropbox, DropboxAuth, DropboxResponseError } from 'dropbox';
import { startFixture, type Fixture } from './fixture';

let fixture: Fixture;
let team: Dropbox;
let auth: DropboxAuth;

const toSimulator: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  return fetch(fixture.url + url.pathname + url.search, init);
};

beforeAll(async () => {
  fixture = await startFixture();
  const { appKey, appSecret, refreshToken } = fixture.simulator.grants.app;
  auth = new DropboxAuth({ clientId: appKey, clientSecret: appSecret, refreshToken, fetch: toSimulator });
  team = new Dropbox({ auth, fetch: toSimulator });
});
afterAll(() => fixture.close());

const ben = () => new Dropbox({ auth, fetch: toSimulator, selectUser: fixture.ben.memberId ?? '' });

it('the SDK refreshes its token and lists the team', async () => {
  const { result } = await team.teamMembersListV2({ limit: 100 });
  expect(result.members.map(({ profile }) => profile.email)).toContain('ben@example.com');
  const admin = await team.teamTokenGetAuthenticatedAdmin();
  expect(admin.result.admin_profile.email).toBe('ada@example.com');
});

it('the SDK lists, uploads and downloads as a member', async () => {
  await ben().filesUpload({ path: '/by sdk.txt', contents: 'written by the SDK' });
  const { result } = await ben().filesListFolder({ path: '' });
  expect(result.entries.map((entry) => entry.name)).toContain('by sdk.txt');
  const file = await ben().filesDownload({ path: '/by sdk.txt' });
  expect(file.result.name).toBe('by sdk.txt');
});

it("the SDK reports errors as the route's union", async () => {
  const failure: unknown = await ben()
    .filesListFolder({ path: '/none' })
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DropboxResponseError);
  expect(failure).toMatchObject({ status: 409, error: { error: { '.tag': 'path', path: { '.tag': 'not_found' } } } });
});

it('the SDK works under a path root', async () => {
  const pathRoot = JSON.stringify({ '.tag': 'namespace_id', namespace_id: fixture.plans.id });
  const plans = new Dropbox({ auth, fetch: toSimulator, selectUser: fixture.ben.memberId ?? '', pathRoot });
  const { result } = await plans.filesListFolder({ path: '' });
  expect(result.entries.map((entry) => entry.name)).toEqual(['budget.csv']);
});
