import { useFixture } from './fixture';

const fixture = useFixture();

const asBen = () => ({ as: fixture.ben });
const upload = (path: string) => fixture.content('files/upload', { path }, { ...asBen(), rawBody: 'text' });

it.each(['/Shared/', '/Shared//inner', '/Shared/./inner', '/Shared/../Shared', '/Shared ', '/Shared\n', '/\ud800'])(
  'the path %j is malformed, for reads and for writes',
  async (path) => {
    const error = { '.tag': 'path', path: { '.tag': 'malformed_path' } };
    expect((await fixture.call('files/list_folder', { path }, asBen())).json.error).toEqual(error);
    expect((await fixture.call('files/get_metadata', { path }, asBen())).json.error).toEqual(error);
    expect((await fixture.call('files/create_folder_v2', { path }, asBen())).json.error).toEqual(error);
    expect((await upload(path)).json.error).toMatchObject({ '.tag': 'path', reason: { '.tag': 'malformed_path' } });
  },
);

it('slashes may be repeated at the start of a path, where some clients join an empty root and a name', async () => {
  const shared = { name: 'Shared', path_lower: '/shared' };
  expect((await fixture.call('files/get_metadata', { path: '//Shared' }, asBen())).json).toMatchObject(shared);
  expect((await fixture.call('files/list_folder', { path: '//' }, asBen())).json.error.path['.tag']).toBe(
    'malformed_path',
  );
});

it('an upload to an unknown id is refused as a malformed path without a text', async () => {
  const { json } = await upload('id:nobodyhasthisid');
  expect(json.error.reason).toEqual({ '.tag': 'malformed_path' });
});

it('a root has no metadata, whichever form of path names it', async () => {
  const unsupported =
    'Error in call to API function "files/get_metadata": request body: path: The root folder is unsupported.';
  for (const path of ['', '/', `ns:${fixture.ben.home.id}`]) {
    const { status, text } = await fixture.call('files/get_metadata', { path }, asBen());
    expect([path, status, text]).toEqual([path, 400, unsupported]);
  }
});

it.each(['/desktop.ini', '/Thumbs.db', '/Shared/.DS_Store', '/.dropbox', `/${'x'.repeat(256)}`])(
  'the name in %s is not allowed',
  async (path) => {
    expect((await upload(path)).json.error.reason).toEqual({ '.tag': 'disallowed_name' });
  },
);

it('an error message names the header in which a content route has its argument', async () => {
  const place = 'Error in call to API function "files/upload": HTTP header "Dropbox-API-Arg": path: ';
  expect((await upload('/')).text.startsWith(place)).toBe(true);
});

it('an argument in a header must be escaped', async () => {
  const headers = { 'Dropbox-API-Arg': Buffer.from('{"path":"/Täglich.txt"}').toString('latin1') };
  const { status, text } = await fixture.call('files/download', undefined, { ...asBen(), headers });
  expect([status, text]).toEqual([
    400,
    'Error in call to API function "files/download": HTTP header "Dropbox-API-Arg": could not decode input as JSON',
  ]);
});

it('a path of several megabytes and a body that is too large are refused without a crash', async () => {
  const path = `/${'x'.repeat(5_000_000)}`;
  expect((await fixture.call('files/list_folder', { path }, asBen())).status).toBe(409);
  const body = 'x'.repeat(9_000_000);
  for (const page of ['oauth2/token', 'oauth2/authorize', 'sandbox/faults']) {
    expect((await fetch(`${fixture.url}/${page}`, { method: 'POST', body })).status).toBe(400);
  }
});
