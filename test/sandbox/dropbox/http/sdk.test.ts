/** The official JavaScript SDK, unchanged but for the address to which its fetch goes. */
import { Dropbox, DropboxAuth, DropboxResponseError } from 'dropbox';
import { openOffice, type Office } from './office';

let office: Office;
let team: Dropbox;
let auth: DropboxAuth;

const toOffice: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  return fetch(office.url + url.pathname + url.search, init);
};

beforeAll(async () => {
  office = await openOffice();
  const { appKey, appSecret, refreshToken } = office.simulator.grants.app;
  auth = new DropboxAuth({ clientId: appKey, clientSecret: appSecret, refreshToken, fetch: toOffice });
  team = new Dropbox({ auth, fetch: toOffice });
});
afterAll(() => office.close());

const ben = () => new Dropbox({ auth, fetch: toOffice, selectUser: office.ben.memberId ?? '' });

it('refreshes its token and lists the team', async () => {
  const { result } = await team.teamMembersListV2({ limit: 100 });
  expect(result.members.map(({ profile }) => profile.email)).toContain('ben@example.com');
  const admin = await team.teamTokenGetAuthenticatedAdmin();
  expect(admin.result.admin_profile.email).toBe('ada@example.com');
});

it('lists, uploads and downloads as a member', async () => {
  await ben().filesUpload({ path: '/by sdk.txt', contents: 'written by the SDK' });
  const { result } = await ben().filesListFolder({ path: '' });
  expect(result.entries.map((entry) => entry.name)).toContain('by sdk.txt');
  const file = await ben().filesDownload({ path: '/by sdk.txt' });
  expect(file.result.name).toBe('by sdk.txt');
});

it('sees errors in its own shape', async () => {
  const failure: unknown = await ben()
    .filesListFolder({ path: '/none' })
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DropboxResponseError);
  expect(failure).toMatchObject({ status: 409, error: { error: { '.tag': 'path', path: { '.tag': 'not_found' } } } });
});

it('works under a path root', async () => {
  const pathRoot = JSON.stringify({ '.tag': 'namespace_id', namespace_id: office.plans.id });
  const plans = new Dropbox({ auth, fetch: toOffice, selectUser: office.ben.memberId ?? '', pathRoot });
  const { result } = await plans.filesListFolder({ path: '' });
  expect(result.entries.map((entry) => entry.name)).toEqual(['budget.csv']);
});
